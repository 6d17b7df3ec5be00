// Which trials of a run or a sweep failed: those leave no outcome.json.

#ifndef DIDACT_FRAMEWORK_RESULTS_FAILED_TRIALS_H_
#define DIDACT_FRAMEWORK_RESULTS_FAILED_TRIALS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"

namespace didact {

// Memory: 16 bytes for each trial that failed, nothing for the others.
class FailedTrials {
 public:
  // Those that are named by a sweep's index files. Errors: a file cannot be read.
  static absl::StatusOr<FailedTrials> OfSweep(const std::string& directory);

  // Those that are named by the provenance.json of a run, at `path`. What is missing or damaged in
  // it is left out.
  static FailedTrials OfRun(const std::string& path);

  // `experiment`: its number in the sweep, 0 in a run. A trial that has an outcome.json has not
  // failed, whatever was said before.
  bool Has(int64_t experiment, uint64_t seed) const {
    return failed_.contains(std::pair(experiment, seed));
  }

 private:
  absl::flat_hash_set<std::pair<int64_t, uint64_t>> failed_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_FAILED_TRIALS_H_
