// Reads a trial's metrics.jsonl, evaluation by evaluation.

#ifndef DIDACT_FRAMEWORK_RESULTS_METRICS_READER_H_
#define DIDACT_FRAMEWORK_RESULTS_METRICS_READER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/io/line_reader.h"
#include "didact/framework/plugin/record.h"

namespace didact {

// A number of an evaluation.
struct MetricValue {
  std::string key;
  Record::Number number;  // NaN for one that was not finite
  std::string text;       // the digits in the file; "null" for one that was not finite
};

// A line of metrics.jsonl.
struct RecordedEvaluation {
  int64_t epoch = 0;
  int64_t step = 0;
  std::vector<MetricValue> values;  // in the order of the line
};

// Reads the evaluations of one trial in order. Memory: that of one line (LineReader). Threads: one
// at a time.
class MetricsReader {
 public:
  // Errors: those of LineReader, NOT_FOUND among them.
  static absl::StatusOr<MetricsReader> Open(const std::string& path);

  // Reads the next evaluation into `evaluation` and returns true; returns false at the end. A last
  // line without a newline is ignored, because its process was killed while it wrote the line.
  // Errors: DATA_LOSS, `FILE:LINE: ...`, for a line that TrialWriter has not written, or whose
  // epoch is not greater than that of the line before.
  absl::StatusOr<bool> Next(RecordedEvaluation& evaluation);

  // After Next has returned false: true if a last line without a newline was ignored.
  bool is_torn() const { return lines_.is_torn(); }

  std::string path() const { return lines_.path(); }

 private:
  explicit MetricsReader(LineReader lines) : lines_(std::move(lines)) {}

  LineReader lines_;
  int64_t last_epoch_ = -2;  // the first is -1
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_METRICS_READER_H_
