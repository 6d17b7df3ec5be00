// The index of a sweep: one JSON object per line, appended when a trial begins and when it ends.
//
//   {"experiment": 7, "label": "007-width=5", "seed": 1, "status": "finished", "steps": 1000,
//    "seconds": 0.5, "folder": "experiments/007-width=5/trials/1",
//    "overrides": {"teacher.hidden[0].width": "5"}, "numbers": {"eval.loss": 0.001}}
//
// "seconds" is missing if the time is unknown. Some lines also have "message" (why a trial failed or diverged), "resumed_at" (the step of the
// checkpoint from which it continued), "notes" (e.g. why another checkpoint was not used) and
// "warnings" (Trial::warnings).
//
// If one file has several lines about a trial, the last is valid. "running" means only that the trial
// was begun; its process may have been killed since. Each process appends to a file of its own,
// because network file systems do not let several machines append to one file safely. If files
// disagree about a trial, the status that is greater in the order of TrialStatus is valid.

#ifndef DIDACT_FRAMEWORK_RESULTS_SWEEP_INDEX_H_
#define DIDACT_FRAMEWORK_RESULTS_SWEEP_INDEX_H_

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/file.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/trial_status.h"

namespace didact {

// The state of a trial according to the index: its status, and the headlines of its last evaluation
// (framework/plugin/metric_key.h), which tables show.
struct TrialState {
  TrialProvenance provenance;
  std::vector<std::pair<std::string, double>> numbers;

  TrialStatus status() const { return provenance.status; }
};

// The experiment of a trial, in the form in which the index names it.
struct IndexedTrial {
  int64_t experiment = 0;                                      // number in the sweep
  std::string label;                                           // folder of the experiment
  std::vector<std::pair<std::string, std::string>> overrides;  // path and value
};

// Returns the line of the index, without a newline.
std::string IndexLine(const IndexedTrial& trial, const TrialState& state);

// Appends lines to one index file. Ownership: owns the open file. Threads: methods may be called
// concurrently.
class SweepIndexWriter {
 public:
  // Opens or creates the file; lines are appended to those it has.
  static absl::StatusOr<SweepIndexWriter> Open(const std::string& path);

  SweepIndexWriter(SweepIndexWriter&& other) noexcept : lines_(std::move(other.lines_)) {}

  absl::Status Append(const IndexedTrial& trial, const TrialState& state);

  // Makes the lines durable.
  absl::Status Flush();

 private:
  explicit SweepIndexWriter(LineWriter lines) : lines_(std::move(lines)) {}

  std::mutex mutex_;
  LineWriter lines_;
};

// Calls visit(file, experiment, state) for every line of every index file in the sweep directory
// `directory`, file by file and in the order of the lines; `file` is the number of the file, from
// 0. Incomplete lines, which killed processes left, are skipped. A line that GatherSweepIndex moves
// at the same time is visited at least once.
absl::Status ReadSweepIndex(
    const std::string& directory,
    absl::FunctionRef<void(int file, int64_t experiment, const TrialState& state)> visit);

// Appends the lines of the index files of all processes whose names begin with `prefix` to the file
// of the process `into`, and then removes the other files. If it is interrupted, lines may occur
// twice, which changes no meaning. No other process may be writing any of these files.
absl::Status GatherSweepIndex(const std::string& directory, absl::string_view into,
                              absl::string_view prefix);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_INDEX_H_
