// Helper functions for tests that use bytes and files.

#ifndef DIDACT_TESTS_BASE_TEST_FILES_H_
#define DIDACT_TESTS_BASE_TEST_FILES_H_

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace didact {

// Returns a path in the scratch folder of the running test program.
inline std::string ScratchPath(const std::string& name) { return testing::TempDir() + "/" + name; }

// Writes bytes to a file in the scratch folder and returns its path.
inline std::string ScratchFile(const std::string& name, absl::string_view bytes) {
  const std::string path = ScratchPath(name);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(file.good()) << path;
  return path;
}

// Returns the bytes that are written as pairs of hexadecimal digits.
inline std::string BytesFromHexadecimal(absl::string_view digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    uint32_t byte = 0;
    EXPECT_TRUE(absl::SimpleHexAtoi(digits.substr(i, 2), &byte)) << digits << " at " << i;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

// Matches a Status or StatusOr that is OK; otherwise shows its message.
MATCHER(IsOk, "") {
  *result_listener << arg;
  return arg.ok();
}

// Matches a Status that has this code and a message that matches.
MATCHER_P2(FailsWith, code, message_matcher, "") {
  *result_listener << arg;
  return arg.code() == code &&
         testing::ExplainMatchResult(message_matcher, std::string(arg.message()), result_listener);
}

}  // namespace didact

#endif  // DIDACT_TESTS_BASE_TEST_FILES_H_
