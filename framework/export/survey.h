// The first of two passes over the trials of an experiment: how each ended, and which metrics there
// are. The second pass writes, and holds to what the first saw, so that what is exported of a
// directory in use is one state of it.

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
#include "framework/export/metric_filter.h"
#include "framework/results/damage.h"
#include "framework/results/metrics_reader.h"
#include "framework/results/result_directory.h"

namespace didact {

struct MetricColumn {
  std::string name;
  bool is_integer = true;  // all its numbers are whole by their type
};

// Metrics in the order in which they first occur. A value.
class MetricColumns {
 public:
  // What Find says of a metric that is not exported, and of one that it does not know.
  static constexpr int kLeftOut = -1;
  static constexpr int kUnknown = -2;

  // The column of a metric, from 0.
  int Find(const std::string& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? kUnknown : found->second;
  }

  // Makes room for a number of this name if `filter` accepts it.
  void Add(const std::string& name, bool is_integer, MetricFilter& filter);

  // Adds those of another.
  void Add(const MetricColumns& other);

  const std::vector<MetricColumn>& list() const& { return list_; }
  const std::vector<MetricColumn>& list() const&& = delete;

 private:
  std::vector<MetricColumn> list_;
  absl::flat_hash_map<std::string, int> places_;
};

// Of one experiment.
struct Survey {
  std::vector<TrialStatus> statuses;  // by trial
  MetricColumns metrics;
  std::set<int64_t> epochs;  // of all evaluations
};

// Looks at all trials. A file that is damaged is added to `damage`, and its trial has that status.
// `last`: of each trial, the last evaluation counts alone. Memory: a byte for each trial, and the
// epochs. Errors: CANCELLED when `stop` becomes true.
absl::StatusOr<Survey> SurveyExperiment(const ResultDirectory& directory,
                                        const ResultExperiment& experiment, bool last,
                                        MetricFilter& filter, const std::atomic<bool>& stop,
                                        Damage& damage);

// The second pass over one trial: calls `visit` for each evaluation, or the last alone, as far as
// the survey saw them or further. Evaluations of a damaged trial end where the damage begins; those
// of an unfinished trial end before one with a metric that the survey did not see. Returns how
// often it called. Errors: those of `visit`; a file that was whole at the survey is no longer.
absl::StatusOr<int64_t> VisitEvaluations(
    const ResultExperiment& experiment, int64_t trial, TrialStatus status, bool last,
    const MetricColumns& metrics, absl::FunctionRef<absl::Status(const RecordedEvaluation&)> visit);

// CANCELLED if `stop` is true.
absl::Status CheckStop(const std::atomic<bool>& stop);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_SURVEY_H_
