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
// input, from which it can be made again, and its first 1000 bytes, if
//   - a refusal does not name kFuzzFileName;
//   - one allocation is larger than 1100 times the input (deflate makes at most 1032 bytes of one)
//     plus 4 MiB (libzip reserves room for 65536 members at once, 2 MiB), or four times that is
//     allocated at one time;
//   - no input is accepted, or none is refused, because the inputs then test nothing.
// A crash ends the program, as it should.
//   prepare: turns an input of the mutation into what is read, for instance an archive with valid
//       checksums that contains it; the larger of both counts as the input.
void FuzzReader(const Mutation& mutation, uint64_t count,
                const std::function<absl::Status(const std::string& input)>& read,
                const std::function<std::string(std::string input)>& prepare = nullptr);

}  // namespace didact

#endif  // DIDACT_TESTS_FUZZ_READER_FUZZ_H_
