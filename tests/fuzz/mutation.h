// Makes invalid inputs from valid ones, reproducibly, for the tests in this folder.

#ifndef DIDACT_TESTS_FUZZ_MUTATION_H_
#define DIDACT_TESTS_FUZZ_MUTATION_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace didact {

// Input number i is one of the examples with one to eight changes: bits are flipped, bytes and
// machine words are overwritten by values that make size computations overflow, ranges are removed,
// repeated, exchanged with another example's or cut off at the end, or words of the format's
// language are inserted. It depends only on the examples and i. Threads: may be shared.
class Mutation {
 public:
  // `examples`: valid inputs, at least one. `words`: tokens of the format's grammar, for text
  // formats; may be empty.
  explicit Mutation(std::vector<std::string> examples, std::vector<std::string> words = {});

  std::string Input(uint64_t i) const;

 private:
  using Random = std::mt19937_64;  // identical on all platforms, unlike the standard distributions

  void Change(Random& random, std::string& bytes) const;

  std::vector<std::string> examples_;
  std::vector<std::string> words_;
  size_t max_bytes_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_FUZZ_MUTATION_H_
