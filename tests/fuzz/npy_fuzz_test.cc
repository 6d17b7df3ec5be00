#include <string>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/io/npy.h"
#include "gtest/gtest.h"
#include "tests/fuzz/mutation.h"
#include "tests/fuzz/reader_fuzz.h"

namespace didact {
namespace {

constexpr uint64_t kInputs = 20000;

std::vector<std::string> Examples() {
  std::string fortran =
      *SerializeNpy(MakeNpyArray<float>({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  fortran.replace(fortran.find("False"), 5, "True ");
  return {
      *SerializeNpy(MakeNpyArray<double>({3, 2}, std::vector<double>{1, 2, 3, 4, 5, 6})),
      *SerializeNpy(MakeNpyArray<int64_t>({2}, std::vector<int64_t>{-1, 300})),
      *SerializeNpy(MakeNpyArray<uint8_t>({}, std::vector<uint8_t>{7})),
      fortran,
  };
}

// Returns the tokens of a header.
std::vector<std::string> Words() {
  return {"'descr'",
          "'fortran_order'",
          "'shape'",
          "{",
          "}",
          "(",
          ")",
          ",",
          ":",
          "True",
          "False",
          "'<f8'",
          "'>i4'",
          "'|O'",
          "[(",
          "0, ",
          "1, ",
          "'",
          "\"",
          "\n",
          "-1",
          "9223372036854775807, ",
          "4294967296, ",
          "L",
          "\x93NUMPY"};
}

absl::Status Read(const std::string& input) {
  const absl::StatusOr<NpyArray> array = ParseNpy(input, kFuzzFileName);
  if (!array.ok()) return array.status();
  const absl::StatusOr<std::vector<double>> values = array->ReadAs<double>();
  if (!values.ok()) return values.status();
  EXPECT_EQ(static_cast<int64_t>(values->size()), array->size());
  // Reading as integers is tried too: floating-point elements and values out of range must be
  // reported as errors that name the file.
  const absl::StatusOr<std::vector<int32_t>> integers = array->ReadAs<int32_t>();
  // An array that was read can be written, and reading it again gives the same array.
  const absl::StatusOr<std::string> written = SerializeNpy(*array);
  if (!written.ok()) return written.status();
  const absl::StatusOr<NpyArray> again = ParseNpy(*written, kFuzzFileName);
  EXPECT_TRUE(again.ok() && again->bytes == array->bytes && again->shape == array->shape);
  return integers.ok() ? absl::OkStatus() : integers.status();
}

TEST(NpyFuzz, BrokenFilesAreRefusedOrRead) {
  FuzzReader(Mutation(Examples(), Words()), kInputs, Read);
}

}  // namespace
}  // namespace didact
