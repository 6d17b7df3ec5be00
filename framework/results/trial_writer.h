// Writes what a trial finds into its folder:
//
//   metrics.jsonl            a JSON object per evaluation: {"epoch": -1, "step": 0, KEY: number, ...}
//   arrays/epoch_-001.npz    what the metrics call arrays
//   weights/epoch_-001.npz   all weights of teacher and student

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_WRITER_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_WRITER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "framework/io/file.h"
#include "framework/io/npz.h"
#include "framework/plugin/record.h"
#include "framework/results/metrics_position.h"
#include "framework/results/trial_directory.h"
#include "framework/training/run_trial.h"
#include "framework/training/trial.h"
#include "protos/experiment.pb.h"

namespace didact {

// Observes one trial. Errors are those of the file system, with the file.
class TrialWriter final : public TrialObserver {
 public:
  // Creates the folder and an empty metrics.jsonl in it.
  static absl::StatusOr<TrialWriter> Create(const TrialDirectory& directory, const Output& output);

  // Goes on in a folder from `position`: what metrics.jsonl has behind it is cut off. Files of
  // later epochs stay until they are written again, with the same bytes.
  static absl::StatusOr<TrialWriter> Resume(const TrialDirectory& directory, const Output& output,
                                            const MetricsPosition& position);

  absl::Status OnEvaluation(const Trial& trial, int64_t epoch, const Record& record) override;

  // Makes everything written until now durable, and says how far metrics.jsonl is.
  absl::StatusOr<MetricsPosition> Flush();

  // The same at the end. Nothing may be written afterwards.
  absl::Status Close();

 private:
  TrialWriter(TrialDirectory directory, const Output& output, LineWriter metrics,
              const MetricsPosition& position)
      : directory_(std::move(directory)),
        output_(output),
        metrics_(std::move(metrics)),
        position_(position) {}

  // Writes the file `path` of an epoch, whose folder is made if it is not there.
  absl::Status WriteEpoch(const std::string& folder, const std::string& path,
                          const std::vector<NamedArray>& arrays);

  TrialDirectory directory_;
  Output output_;
  LineWriter metrics_;
  MetricsPosition position_;
  // True if the folder may hold names that are not durable: new ones, or those that a killed process left.
  bool has_new_names_ = true;
};

// The line of metrics.jsonl, without its end. Numbers that are not finite become null.
std::string MetricsLine(int64_t epoch, int64_t step, const Record& record);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_WRITER_H_
