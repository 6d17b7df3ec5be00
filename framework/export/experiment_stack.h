// Stacks all results of the trials of one experiment over seeds, into one archive.

#ifndef DIDACT_FRAMEWORK_EXPORT_EXPERIMENT_STACK_H_
#define DIDACT_FRAMEWORK_EXPORT_EXPERIMENT_STACK_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/export/metric_filter.h"
#include "didact/framework/export/survey.h"
#include "didact/framework/export/trial_arrays.h"
#include "didact/framework/io/npz_stream_writer.h"
#include "didact/framework/results/damage.h"
#include "didact/framework/results/result_directory.h"

namespace didact {

// Call Look first, then Write.
//
// Memory:  one byte for each trial, the epochs, one evaluation or one array, and the writer's.
// Threads: one at a time.
class ExperimentStack {
 public:
  // The first pass, which finds what there is. Errors: CANCELLED.
  static absl::StatusOr<ExperimentStack> Look(const ResultDirectory& directory,
                                              ResultExperiment experiment, MetricFilter& filter,
                                              const std::atomic<bool>& stop, Damage& damage);

  ResultExperiment experiment() const { return experiment_; }
  // Status of each trial.
  std::vector<TrialStatus> statuses() const { return survey_.statuses; }
  // Epochs of all evaluations, ascending.
  std::set<int64_t> epochs() const { return survey_.epochs; }
  // The members of the archive in order; see Export.
  std::vector<StreamedArray> members() const { return members_; }

  // The second pass, which writes the archive. Errors: those of the file system; a file that was
  // intact in the first pass is damaged; CANCELLED.
  absl::Status Write(const std::string& path, const std::atomic<bool>& stop) const;

 private:
  explicit ExperimentStack(ResultExperiment experiment) : experiment_(std::move(experiment)) {}

  void Plan();
  absl::Status WriteTrial(int64_t trial, NpzStreamWriter& writer) const;
  absl::Status WriteEvaluations(int64_t trial, NpzStreamWriter& writer) const;

  ResultExperiment experiment_;
  Survey survey_;
  TrialArrays arrays_;
  std::map<int64_t, size_t> epoch_places_;
  std::vector<StreamedArray> members_;
  size_t first_array_ = 0;  // index in members_
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_EXPERIMENT_STACK_H_
