// Feeds invalid inputs to a reader of data files and checks its contract.

#ifndef DIDACT_TESTS_FUZZ_READER_FUZZ_H_
#define DIDACT_TESTS_FUZZ_READER_FUZZ_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tests/fuzz/mutation.h"

namespace didact {

// The name of inputs that readers get.
inline constexpr absl::string_view kFuzzFileName = "fuzzed-input";

// Runs `read` on `count` inputs of `mutation`. Fails the running test, with the number of the
// input, from which the input can be made again, and its first 1000 bytes, if
//   - a refusal does not name kFuzzFileName;
//   - one allocation takes more than 1100 times the input (deflate makes at most 1032 bytes of one)
//     and 4 MiB (libzip allocates space for 65536 members at once, 2 MiB), or four times that is
//     allocated at one time;
//   - no input is accepted, or none is refused: the inputs then test nothing.
// A crash ends the program, and thus fails the test.
//   prepare: converts a mutated input into the bytes that are read, for example by putting it into
//   an archive with correct checksums; the larger of both counts as the input.
void FuzzReader(const Mutation& mutation, uint64_t count,
                const std::function<absl::Status(const std::string& input)>& read,
                const std::function<std::string(std::string input)>& prepare = nullptr);

}  // namespace didact

#endif  // DIDACT_TESTS_FUZZ_READER_FUZZ_H_
