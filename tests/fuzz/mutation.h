// Makes invalid inputs from valid ones, reproducibly, for the tests in this folder.

#ifndef DIDACT_TESTS_FUZZ_MUTATION_H_
#define DIDACT_TESTS_FUZZ_MUTATION_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace didact {

// Input number i is one of the examples with one to eight changes: bits are flipped; bytes and
// machine words are overwritten by values that upset size computations; ranges are removed,
// repeated, exchanged with ranges of another example or cut off at the end; words of the format's
// language are inserted. It depends only on the examples and i. Threads: safe to share.
class Mutation {
 public:
  // `examples`: valid inputs, at least one. `words`: the words of the grammar of a text format; may
  // be empty.
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
