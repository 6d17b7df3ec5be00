// Writes the results of a trial into its folder:
//
//   metrics.jsonl            one JSON object per evaluation: {"epoch": -1, "step": 0, KEY: 0.25}
//   arrays/epoch_-001.npz    the arrays of metrics
//   weights/epoch_-001.npz   all weights of teacher and student

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_WRITER_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_WRITER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/results/metrics_position.h"
#include "didact/framework/results/trial_directory.h"
#include "didact/framework/training/run_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/protos/experiment.pb.h"

namespace didact {

// Observes one trial.
//
// Ownership: owns the open metrics.jsonl.
// Errors:    those of the file system, with the path of the file.
// Threads:   one at a time.
class TrialWriter final : public TrialObserver {
 public:
  // Creates the folder and an empty metrics.jsonl in it.
  static absl::StatusOr<TrialWriter> Create(const TrialDirectory& directory, const Output& output);

  // Continues in a folder from `position`, at which metrics.jsonl is truncated. Files of later
  // epochs stay until they are written again, with the same bytes.
  static absl::StatusOr<TrialWriter> Resume(const TrialDirectory& directory, const Output& output,
                                            const MetricsPosition& position);

  absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) override;

  // Makes everything written so far durable and returns the position of the end of metrics.jsonl.
  absl::StatusOr<MetricsPosition> Flush();

  // Makes everything durable and closes the file. Nothing may be written afterwards.
  absl::Status Close();

 private:
  TrialWriter(TrialDirectory directory, const Output& output, LineWriter metrics,
              const MetricsPosition& position)
      : directory_(std::move(directory)),
        output_(output),
        metrics_(std::move(metrics)),
        position_(position) {}

  // Writes the file `path` of an epoch. Creates `folder`, which contains it, if necessary.
  absl::Status WriteEpoch(const std::string& folder, const std::string& path,
                          const std::vector<NamedArray>& arrays);

  TrialDirectory directory_;
  Output output_;
  LineWriter metrics_;
  MetricsPosition position_;
  // True if names in the folder may not be durable: new ones, or those that a killed process left.
  bool has_new_names_ = true;
};

// Returns the line of metrics.jsonl, without a newline. Numbers that are not finite become null.
std::string MetricsLine(int64_t epoch, int64_t step, const Record& record);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_WRITER_H_
