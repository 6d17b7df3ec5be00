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

// The name under which readers get their inputs.
inline constexpr absl::string_view kFuzzFileName = "fuzzed-input";

// Runs `read` on `count` inputs of `mutation`. Fails the running test, with the input's number, which
// makes it again, and its first 1000 bytes, when
//   - a refusal does not name kFuzzFileName;
//   - one allocation takes more than 1100 times the input (deflate makes 1032 bytes of one at most) and 4 MiB (libzip
//     makes room for 65536 members at once, 2 MiB), or four times that is taken at one time;
//   - not a single input is accepted, or not one refused: then the inputs test nothing.
// A crash ends the program, as it should.
//   prepare: turns what the mutation made into what is read, such as by wrapping it into an archive whose checksums
//   are right again; the larger of both counts as the input.
void FuzzReader(const Mutation& mutation, uint64_t count,
                const std::function<absl::Status(const std::string& input)>& read,
                const std::function<std::string(std::string input)>& prepare = nullptr);

}  // namespace didact

#endif  // DIDACT_TESTS_FUZZ_READER_FUZZ_H_
