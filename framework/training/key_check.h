// Finds keys that metrics write twice in one evaluation.

#ifndef DIDACT_FRAMEWORK_TRAINING_KEY_CHECK_H_
#define DIDACT_FRAMEWORK_TRAINING_KEY_CHECK_H_

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "framework/plugin/record.h"

namespace didact {

// A key, of a number or of an array, and the numbers of the metrics that wrote it: first <= second.
struct RepeatedKey {
  absl::string_view key;
  size_t first = 0;
  size_t second = 0;
};

// Knows which metric wrote which part of a record. Threads: one at a time.
class KeyCheck {
 public:
  // Metrics begin to write, from number 0 on. What the record holds already does not count.
  void Begin(const Record& record);

  // What was added since the last call is that of the next metric.
  void EndMetric(const Record& record);

  // Calls `visit` for everything that was written since Begin: the number of the metric, the key, and the array, null
  // for a number.
  void ForEach(
      const Record& record,
      absl::FunctionRef<void(size_t metric, absl::string_view key, const RecordArray* array)> visit)
      const;

  // The first key, in the order of bytes, that was written twice since Begin; good as long as the
  // record stays as it is.
  std::optional<RepeatedKey> FindRepeated(const Record& record);

 private:
  struct Position {
    size_t numbers = 0;
    size_t arrays = 0;
  };
  static Position EndOf(const Record& record);

  std::vector<Position> positions_;  // where Begin was called, and where each metric ended
  std::vector<std::pair<absl::string_view, size_t>> keys_;  // with their metrics; for FindRepeated
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_KEY_CHECK_H_
