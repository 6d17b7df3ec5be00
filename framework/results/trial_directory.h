// Paths of the files in the folder of a trial.

#ifndef DIDACT_FRAMEWORK_RESULTS_TRIAL_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_TRIAL_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace didact {

// The layout:
//   metrics.jsonl            a line for each evaluation (framework/results/trial_writer.h)
//   arrays/epoch_0099.npz    arrays of metrics from the evaluation after an epoch
//   weights/epoch_0099.npz   the weights of teacher and student at that evaluation
//   outcome.json             how the trial ended (framework/results/trial_result.h)
//   checkpoint.pb            the newest checkpoint (framework/results/checkpoint_files.h)
//   checkpoint.previous.pb   the one before it
//
// A value that accesses no file; the folder need not exist.
class TrialDirectory {
 public:
  explicit TrialDirectory(std::string path) : path_(std::move(path)) {}

  const std::string& path() const& { return path_; }
  const std::string& path() const&& = delete;

  std::string MetricsPath() const;
  std::string OutcomePath() const;
  std::string CheckpointPath() const;
  std::string PreviousCheckpointPath() const;

  // The folders that contain a file for each epoch.
  std::string ArraysPath() const;
  std::string WeightsPath() const;
  // The files of the evaluation after `epoch`; -1 for the one before the first step.
  std::string ArraysPath(int64_t epoch) const;
  std::string WeightsPath(int64_t epoch) const;

 private:
  std::string path_;
};

// Returns the epoch of a file of ArraysPath or WeightsPath from its name, such as `epoch_0099.npz`;
// std::nullopt for any other name.
std::optional<int64_t> EpochOfFile(absl::string_view name);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_TRIAL_DIRECTORY_H_
