// Reads a trial's metrics.jsonl, evaluation by evaluation.

#ifndef DIDACT_FRAMEWORK_RESULTS_METRICS_READER_H_
#define DIDACT_FRAMEWORK_RESULTS_METRICS_READER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/io/line_reader.h"
#include "framework/plugin/record.h"

namespace didact {

// A number of an evaluation.
struct MetricValue {
  std::string key;
  Record::Number number;  // NaN for one that was not finite
  std::string text;       // as the file has it; "null" for one that was not finite
};

// A line of metrics.jsonl.
struct RecordedEvaluation {
  int64_t epoch = 0;
  int64_t step = 0;
  std::vector<MetricValue> values;  // in the order of the line
};

// Memory: that of one line (LineReader). Threads: one at a time.
class MetricsReader {
 public:
  // Errors: those of the file; it may not be there.
  static absl::StatusOr<MetricsReader> Open(const std::string& path);

  // The next evaluation; false at the end. A last line without its end counts as not there: its
  // process was killed while writing. Errors: DATA_LOSS, `FILE:LINE: ...`, for a line that is none
  // of TrialWriter's, or whose epoch does not come after that of the line before.
  absl::StatusOr<bool> Next(RecordedEvaluation& evaluation);

  // Once Next has said false: whether a last line without its end was left out.
  bool is_torn() const { return lines_.is_torn(); }

  std::string path() const { return lines_.path(); }

 private:
  explicit MetricsReader(LineReader lines) : lines_(std::move(lines)) {}

  LineReader lines_;
  int64_t last_epoch_ = -2;  // the first is -1
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_METRICS_READER_H_
