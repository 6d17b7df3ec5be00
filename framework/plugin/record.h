// The results of an evaluation: named numbers and arrays, in the order in which they were added.

#ifndef DIDACT_FRAMEWORK_PLUGIN_RECORD_H_
#define DIDACT_FRAMEWORK_PLUGIN_RECORD_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace didact {

// An array of results: row-major elements of `shape`.
struct RecordArray {
  std::vector<int64_t> shape;
  std::variant<std::vector<double>, std::vector<int64_t>> elements;
};

// Results under their keys. Keys are those of the metric; the framework adds the prefix `train.` or
// `eval.` once the metric has finished, and shows no metric the records of others. A value; one
// thread at a time.
//
// Example:
//
//   record.Add("mean_norm", 0.5);
//   record.Add("norms", RecordArray{{3}, std::vector<double>{0.4, 0.5, 0.6}});
//
// A non-const record returns copies of its lists, so that a loop over the lists of a temporary is
// safe: `for (const auto& [key, number] : trial->Evaluate()->numbers())`. C++20 destroys such a
// temporary before the first iteration.
class Record {
 public:
  using Number = std::variant<double, int64_t>;

  void Add(absl::string_view key, double number) { numbers_.emplace_back(key, number); }
  void Add(absl::string_view key, int64_t count) { numbers_.emplace_back(key, count); }
  void Add(absl::string_view key, RecordArray array) {
    arrays_.emplace_back(key, std::move(array));
  }

  // Adds everything in `other`, with `prefix` before each key.
  void AddAll(absl::string_view prefix, Record other) {
    for (const auto& [key, number] : other.numbers_) {
      numbers_.emplace_back(absl::StrCat(prefix, key), number);
    }
    for (auto& [key, array] : other.arrays_) {
      arrays_.emplace_back(absl::StrCat(prefix, key), std::move(array));
    }
  }

  const std::vector<std::pair<std::string, Number>>& numbers() const& { return numbers_; }
  std::vector<std::pair<std::string, Number>> numbers() & { return numbers_; }
  std::vector<std::pair<std::string, Number>> numbers() && { return std::move(numbers_); }

  const std::vector<std::pair<std::string, RecordArray>>& arrays() const& { return arrays_; }
  std::vector<std::pair<std::string, RecordArray>> arrays() & { return arrays_; }
  std::vector<std::pair<std::string, RecordArray>> arrays() && { return std::move(arrays_); }

 private:
  std::vector<std::pair<std::string, Number>> numbers_;
  std::vector<std::pair<std::string, RecordArray>> arrays_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_RECORD_H_
