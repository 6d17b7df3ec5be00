// The index of a sweep: one JSON object per line, appended when a trial begins and when it ends.
//
//   {"experiment": 7, "label": "007-width=5", "seed": 1, "status": "finished", "steps": 1000, "seconds": 0.5,
//    "folder": "experiments/007-width=5/trials/1", "overrides": {"teacher.hidden[0].width": "5"},
//    "numbers": {"eval.loss": 0.001}}
//
// Where there is something to say: "message", why a trial failed or diverged; "resumed_at", the step
// of the checkpoint that it went on from; "notes", e.g. why another checkpoint was not used.
//
// The last line of a trial holds; "running" holds also when the process has been killed since, and means
// no more than that the trial was begun. Each process appends to a file of its own, since appending from
// several machines to one file is not safe on network file systems; ReadSweepIndex puts them
// together.

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
#include "framework/io/file.h"
#include "framework/results/provenance.h"
#include "framework/results/trial_status.h"

namespace didact {

// What the index says of a trial: how far it is or how it ended, and the headlines of its last evaluation
// (framework/plugin/metric_key.h), which tables show.
struct TrialState {
  TrialProvenance provenance;
  std::vector<std::pair<std::string, double>> numbers;

  TrialStatus status() const { return provenance.status; }
};

// A trial as the index names it.
struct IndexedTrial {
  int64_t experiment = 0;                                      // number in the sweep
  std::string label;                                           // folder of the experiment
  std::vector<std::pair<std::string, std::string>> overrides;  // path and value
};

// The line, without its end.
std::string IndexLine(const IndexedTrial& trial, const TrialState& state);

// Appends to one file. Threads: may be used from several.
class SweepIndexWriter {
 public:
  // Lines go after those that are there.
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

// Calls `visit(experiment, state)` for every line of every index file in the sweep directory
// `directory`, file by file and in the order of the lines; `file` counts the files. Lines that are
// not whole are passed over: their process ended while writing. What GatherSweepIndex moves meanwhile
// is visited at least once.
absl::Status ReadSweepIndex(
    const std::string& directory,
    absl::FunctionRef<void(int file, int64_t experiment, const TrialState& state)> visit);

// Appends the lines of the index files in `directory` of processes whose names begin with `prefix`
// to the file of the process `into`, and removes those files then. When it is interrupted, lines may
// stand twice, which means the same. Nobody else may be writing any of these files.
absl::Status GatherSweepIndex(const std::string& directory, absl::string_view into,
                              absl::string_view prefix);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_INDEX_H_
