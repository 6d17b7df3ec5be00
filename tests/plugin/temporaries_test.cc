// Accessors return values that outlive the object, or do not accept temporaries. Run this test
// under the sanitizers.

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/record.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

// Returns a key that is long enough to be on the heap, where the sanitizers detect every read after
// it is freed.
std::string LongKey(int64_t number) {
  return "a key that is longer than a string holds in itself " + std::to_string(number);
}

absl::StatusOr<Record> MakeRecord() {
  Record record;
  for (int64_t i = 0; i < 20; ++i) {
    record.Add(LongKey(i), i);
    record.Add(LongKey(100 + i), RecordArray{{2}, std::vector<int64_t>{i, -i}});
  }
  return record;
}

TEST(Record, ThatIsATemporaryCanBeLoopedOver) {
  int64_t next = 0;
  for (const auto& [key, number] : MakeRecord()->numbers()) {
    EXPECT_EQ(key, LongKey(next));
    EXPECT_EQ(std::get<int64_t>(number), next++);
  }
  for (auto& [key, number] : (*MakeRecord()).numbers()) {
    EXPECT_EQ(key, LongKey(std::get<int64_t>(number)));
    ++next;
  }
  for (auto& [key, number] : MakeRecord().value().numbers()) {
    EXPECT_EQ(key, LongKey(std::get<int64_t>(number)));
    ++next;
  }
  for (const auto& [key, array] : MakeRecord()->arrays()) {
    EXPECT_EQ(array.shape, std::vector<int64_t>{2});
    ++next;
  }
  for (const auto& [key, array] : (*MakeRecord()).arrays()) {
    EXPECT_EQ(std::get<std::vector<int64_t>>(array.elements).size(), 2);
    ++next;
  }
  EXPECT_EQ(next, 100);
}

TEST(Record, GivesItsListsAway) {
  Record record = *MakeRecord();
  const auto copy = record.numbers();
  const auto moved = std::move(record).numbers();
  EXPECT_EQ(moved, copy);
  EXPECT_EQ(moved.size(), 20);
  Record other = *MakeRecord();
  EXPECT_EQ(std::move(other).arrays().size(), 20);
}

TEST(Record, ThatIsConstIsNotCopied) {
  const Record record = *MakeRecord();
  EXPECT_EQ(&record.numbers(), &record.numbers());
  EXPECT_EQ(&record.arrays(), &record.arrays());
}

TEST(FieldPath, ThatIsATemporaryGivesTextThatStays) {
  const FieldPath file("a file with a name that is longer than a string holds in itself");
  std::string text;
  for (const char character : file.Field("first").Index(3).Field("second").path()) {
    text += character;
  }
  EXPECT_EQ(text, "first[3].second");
  const std::string& origin = file.Field("first").origin();
  EXPECT_EQ(origin, file.origin());
}

// A view of a temporary has no valid use.
template <class Object>
concept HasViews = requires(Object object) {
  std::forward<Object>(object).view();
  std::forward<Object>(object).row(0);
  std::forward<Object>(object).storage();
  std::forward<Object>(object).data();
};
template <class Object>
concept HasAnyView = requires(Object object) { std::forward<Object>(object).view(); } ||
                     requires(Object object) { std::forward<Object>(object).row(0); } ||
                     requires(Object object) { std::forward<Object>(object).storage(); } ||
                     requires(Object object) { std::forward<Object>(object).data(); };
static_assert(HasViews<Matrix<double>&> && HasViews<const Matrix<double>&>);
static_assert(!HasAnyView<Matrix<double>> && !HasAnyView<const Matrix<double>>);

template <class Object>
concept HasPlace = requires(Object object) {
  std::forward<Object>(object).path();
  std::forward<Object>(object).name();
};
static_assert(HasPlace<ConfiguredPlugin<int>&> && HasPlace<const ConfiguredPlugin<int>&>);
static_assert(!HasPlace<ConfiguredPlugin<int>>);

}  // namespace
}  // namespace didact
