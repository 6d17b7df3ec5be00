// Assertions about bytes and files that are too large to be printed when they differ.

#ifndef DIDACT_TESTS_BASE_SAME_BYTES_H_
#define DIDACT_TESTS_BASE_SAME_BYTES_H_

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace didact {

// Succeeds if both are equal. A failure reports their sizes and the first byte that differs.
inline testing::AssertionResult SameBytes(absl::string_view actual, absl::string_view expected) {
  if (actual == expected) return testing::AssertionSuccess();
  const auto* const place =
      std::mismatch(actual.begin(), actual.end(), expected.begin(), expected.end()).first;
  return testing::AssertionFailure()
         << actual.size() << " bytes, expected " << expected.size()
         << "; the first that differs is byte " << place - actual.begin();
}

// Succeeds if both contain the same files, given by name and bytes. A failure reports how many
// differ, and the differences of the first ten.
inline testing::AssertionResult SameFiles(const std::map<std::string, std::string>& actual,
                                          const std::map<std::string, std::string>& expected) {
  constexpr size_t kMost = 10;
  std::vector<std::string> differences;
  for (const auto& [name, bytes] : expected) {
    const auto found = actual.find(name);
    if (found == actual.end()) {
      differences.push_back(absl::StrCat(name, " is missing"));
    } else if (const auto same = SameBytes(found->second, bytes); !same) {
      differences.push_back(absl::StrCat(name, " has ", same.message()));
    }
  }
  for (const auto& [name, bytes] : actual) {
    if (!expected.contains(name)) differences.push_back(absl::StrCat(name, " is not expected"));
  }
  if (differences.empty()) return testing::AssertionSuccess();
  const size_t count = differences.size();
  if (count > kMost) differences.resize(kMost);
  return testing::AssertionFailure() << count << " files of " << expected.size()
                                     << " differ: " << absl::StrJoin(differences, "; ");
}

}  // namespace didact

#endif  // DIDACT_TESTS_BASE_SAME_BYTES_H_
