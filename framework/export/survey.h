// The first of two passes over the trials of an experiment, which finds how each ended and which
// metrics there are. The second pass writes only what the first found, so that the export of a
// directory in use shows a single state of it.

#ifndef DIDACT_FRAMEWORK_EXPORT_SURVEY_H_
#define DIDACT_FRAMEWORK_EXPORT_SURVEY_H_

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/export/metric_filter.h"
#include "didact/framework/results/damage.h"
#include "didact/framework/results/metrics_reader.h"
#include "didact/framework/results/result_directory.h"

namespace didact {

struct MetricColumn {
  std::string name;
  bool is_integer = true;  // true if all its numbers have an integer type
};

// Metrics in the order in which they first occur. A value.
class MetricColumns {
 public:
  // Results of Find for a metric that is not exported, and for an unknown one.
  static constexpr int kLeftOut = -1;
  static constexpr int kUnknown = -2;

  // Returns the column of a metric, from 0.
  int Find(const std::string& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? kUnknown : found->second;
  }

  // Adds a column for a number of this name if `filter` accepts it.
  void Add(const std::string& name, bool is_integer, MetricFilter& filter);

  // Adds the columns of another.
  void Add(const MetricColumns& other);

  const std::vector<MetricColumn>& list() const& { return list_; }
  const std::vector<MetricColumn>& list() const&& = delete;

 private:
  std::vector<MetricColumn> list_;
  absl::flat_hash_map<std::string, int> places_;
};

// The results of the first pass over one experiment.
struct Survey {
  std::vector<TrialStatus> statuses;  // one for each trial
  MetricColumns metrics;
  std::set<int64_t> epochs;  // epochs of all evaluations
};

// Surveys all trials. A damaged file is added to `damage`, and its trial has that status. `last`:
// only the last evaluation of each trial counts. Memory: one byte for each trial, and the epochs.
// Errors: CANCELLED if `stop` becomes true.
absl::StatusOr<Survey> SurveyExperiment(const ResultDirectory& directory,
                                        const ResultExperiment& experiment, bool last,
                                        MetricFilter& filter, const std::atomic<bool>& stop,
                                        Damage& damage);

// The second pass over one trial: calls `visit` for each evaluation, or only the last one,
// including later ones than the survey saw. Evaluations of a damaged trial end at the damage; those
// of an unfinished trial end before one with a metric that the survey did not see. Returns the
// number of calls. Errors: those of `visit`; a file that was intact at the survey is damaged.
absl::StatusOr<int64_t> VisitEvaluations(
    const ResultExperiment& experiment, int64_t trial, TrialStatus status, bool last,
    const MetricColumns& metrics, absl::FunctionRef<absl::Status(const RecordedEvaluation&)> visit);

// CANCELLED if `stop` is true.
absl::Status CheckStop(const std::atomic<bool>& stop);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_SURVEY_H_
