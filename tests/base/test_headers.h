// Headers of libraries that most tests include, and whose reading would take half of the time in
// which a test compiles. unoptimized_cc_test compiles them once, for all tests: see
// unoptimized_cc_test.bzl. Tests include what they use as if this file did not exist.

#ifndef DIDACT_TESTS_BASE_TEST_HEADERS_H_
#define DIDACT_TESTS_BASE_TEST_HEADERS_H_

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

#endif  // DIDACT_TESTS_BASE_TEST_HEADERS_H_
