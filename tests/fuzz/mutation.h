// Makes invalid inputs from valid ones, reproducibly, for the tests in this folder.

#ifndef DIDACT_TESTS_FUZZ_MUTATION_H_
#define DIDACT_TESTS_FUZZ_MUTATION_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace didact {

// Input number i is one of the examples with one to eight changes: bits flipped, bytes and machine words overwritten by
// values that upset size computations, stretches removed, repeated, exchanged with another example's or cut off at the
// end, words of the format's own language inserted. It depends on the examples and i alone.
// Threads: safe to share.
class Mutation {
 public:
  // `examples`: valid inputs, at least one. `words`: what the format's grammar is made of, for formats of text; may be empty.
  explicit Mutation(std::vector<std::string> examples, std::vector<std::string> words = {});

  std::string Input(uint64_t i) const;

 private:
  using Random = std::mt19937_64;  // the same everywhere, unlike the standard distributions

  void Change(Random& random, std::string& bytes) const;

  std::vector<std::string> examples_;
  std::vector<std::string> words_;
  size_t max_bytes_;
};

}  // namespace didact

#endif  // DIDACT_TESTS_FUZZ_MUTATION_H_
