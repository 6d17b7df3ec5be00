// provenance.json: what ran, where, when and how it ended. The only file of a run that two
// executions of the same experiment do not share byte for byte.

#ifndef DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_
#define DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace didact {

// How one trial ended.
struct TrialProvenance {
  uint64_t seed = 0;
  std::string status;   // "finished", "diverged", "failed" or "interrupted"
  int64_t steps = 0;    // steps done
  std::string message;  // why it failed or diverged
  double seconds = 0;   // wall time
};

struct Provenance {
  std::vector<std::string> command;  // the command line
  std::string outcome =
      "running";  // then "finished", "failed" (some trial is not) or "interrupted"
  int threads = 1;
  absl::Time start;
  absl::Time end = absl::InfiniteFuture();  // infinite: not ended
  std::vector<std::string> plugin_libraries;
  std::vector<TrialProvenance> trials;
};

// Writes the file atomically, with version, commit, SIMD architecture, processor and host added.
absl::Status WriteProvenance(const std::string& path, const Provenance& provenance);

// Whether the file at `path` says that the run came to its end (finished or failed).
bool RunEnded(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_
