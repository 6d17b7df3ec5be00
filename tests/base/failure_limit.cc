// Ends a test at its 20th failure. A test that loops over every byte or every element of something
// may fail so often that the first reason is lost, and that Bazel prints megabytes.
//
// The macro didact_cc_test links this into every test program; there is nothing to call.

#include <iostream>

#include "gtest/gtest.h"

namespace didact {
namespace {

constexpr int kMostFailures = 20;

class FailureLimit : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo&) override { failures_ = 0; }

  // GoogleTest ends the test at this exception.
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed() || ++failures_ < kMostFailures) return;
    std::cout << "This test ends here, with " << kMostFailures << " failures." << std::endl;
    throw testing::AssertionException(result);
  }

 private:
  int failures_ = 0;
};

// GoogleTest takes ownership of the appended listener.
[[maybe_unused]] const bool appended = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new FailureLimit);
  return true;
}();

}  // namespace
}  // namespace didact
