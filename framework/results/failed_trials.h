// The trials of a run or a sweep that failed. They have no outcome.json, so the index or the
// provenance names them.

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
  // Reads the failed trials of the sweep in `directory` from its index files. Errors: a file cannot
  // be read.
  static absl::StatusOr<FailedTrials> OfSweep(const std::string& directory);

  // Reads the failed trials of a run from its provenance.json at `path`. Entries that are missing
  // or damaged are ignored.
  static FailedTrials OfRun(const std::string& path);

  // Returns true if the trial is recorded as failed. `experiment`: its number in the sweep, 0 in a
  // run. A trial that has an outcome.json has ended since, so look for that file first.
  bool Has(int64_t experiment, uint64_t seed) const {
    return failed_.contains(std::pair(experiment, seed));
  }

 private:
  absl::flat_hash_set<std::pair<int64_t, uint64_t>> failed_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_FAILED_TRIALS_H_
