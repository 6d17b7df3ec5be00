// Finds keys that two metrics write in one evaluation.

#ifndef DIDACT_FRAMEWORK_TRAINING_KEY_CHECK_H_
#define DIDACT_FRAMEWORK_TRAINING_KEY_CHECK_H_

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/record.h"

namespace didact {

// A key of a number or an array, and the indices of the two metrics that wrote it: first <= second.
struct RepeatedKey {
  absl::string_view key;
  size_t first = 0;
  size_t second = 0;
};

// Tracks which metric wrote which part of a record. Threads: one at a time.
class KeyCheck {
 public:
  // Call it before metric 0 writes. Earlier contents of the record are ignored.
  void Begin(const Record& record);

  // Call it after each metric: attributes everything added since the last call to that metric.
  void EndMetric(const Record& record);

  // Calls `visit` for everything written since Begin, with the index of the metric, the key, and
  // the array (null for a number).
  void ForEach(
      const Record& record,
      absl::FunctionRef<void(size_t metric, absl::string_view key, const RecordArray* array)> visit)
      const;

  // Returns the first key, in byte order, that was written twice since Begin. Valid as long as the
  // record is unchanged.
  std::optional<RepeatedKey> FindRepeated(const Record& record);

 private:
  struct Position {
    size_t numbers = 0;
    size_t arrays = 0;
  };
  static Position EndOf(const Record& record);

  std::vector<Position> positions_;                         // at Begin and after each metric
  std::vector<std::pair<absl::string_view, size_t>> keys_;  // with the metric; used by FindRepeated
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_KEY_CHECK_H_
