#include "tests/fuzz/reader_fuzz.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/base/allocation_meter.h"

namespace didact {

void FuzzReader(const Mutation& mutation, uint64_t count,
                const std::function<absl::Status(const std::string& input)>& read,
                const std::function<std::string(std::string input)>& prepare) {
  uint64_t accepted = 0;
  uint64_t refused = 0;
  for (uint64_t i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    std::string input = mutation.Input(i);
    size_t input_bytes = input.size();
    if (prepare != nullptr) input = prepare(std::move(input));
    input_bytes = std::max(input_bytes, input.size());
    const int64_t bound = 1100 * static_cast<int64_t>(input_bytes) + (4 << 20);

    const AllocationMeter meter;
    const absl::Status status = read(input);
    const int64_t largest = meter.largest();
    const int64_t peak = meter.peak();

    const auto describe = [&] {
      constexpr size_t kMost = 1000;
      return absl::StrCat("input ", i, ", ", input.size(),
                          " bytes: ", absl::CHexEscape(absl::string_view(input).substr(0, kMost)),
                          "\nresult: ", status.ToString());
    };
    EXPECT_LE(largest, bound) << describe();
    EXPECT_LE(peak, 4 * bound) << describe();
    if (status.ok()) {
      ++accepted;
    } else {
      ++refused;
      EXPECT_TRUE(absl::StrContains(status.message(), kFuzzFileName)) << describe();
    }
  }
  EXPECT_GT(accepted, 0u);
  EXPECT_GT(refused, 0u);
  testing::Test::RecordProperty("accepted", static_cast<int>(accepted));
  testing::Test::RecordProperty("refused", static_cast<int>(refused));
}

}  // namespace didact
