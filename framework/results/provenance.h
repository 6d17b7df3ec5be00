// provenance.json: what ran, where, when and how it ended. The only file of a run that two
// executions of the same experiment do not share byte for byte.

#ifndef DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_
#define DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace didact {

// How one trial ended.
struct TrialProvenance {
  uint64_t seed = 0;
  std::string status;   // "finished", "diverged", "failed" or "interrupted"
  int64_t steps = 0;    // steps done
  std::string message;  // why it failed or diverged
  // Wall time in the process that ended it; negative: unknown.
  double seconds = 0;
  int64_t resumed_at = -1;         // the step of the checkpoint it went on from; negative: none
  std::vector<std::string> notes;  // e.g. why a checkpoint was not used
};

// What one process did. Made when it begins.
struct Provenance {
  std::vector<std::string> command;  // the command line
  std::string outcome =
      "running";      // then "finished", "failed" (some trial is not) or "interrupted"
  int threads = 1;    // of one process
  int processes = 1;  // that worked together
  absl::Time start = absl::Now();
  // How long it took, by a clock that is never set, unlike the one that says when it was; infinite: it
  // has not ended.
  absl::Duration taken = absl::InfiniteDuration();
  std::vector<std::string> plugin_libraries;
  std::vector<TrialProvenance> trials;
  // A JSON array of what earlier processes did for the run, from ReadProvenance.
  std::string earlier;

  // It ends now.
  void End() { taken = absl::FromChrono(std::chrono::steady_clock::now() - began_); }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// What whoever goes on with a run needs to know of it.
struct EarlierProvenance {
  std::string simd;  // instruction set of the kernels, empty: unknown
  std::vector<std::string> plugin_libraries;
  std::vector<TrialProvenance> trials;
  // For Provenance::earlier: all processes until now, without their trials.
  std::string earlier;
};

// Reads a file that WriteProvenance wrote. What is missing or damaged in it is left empty: results
// do not depend on it.
EarlierProvenance ReadProvenance(const std::string& path);

// Writes the file atomically, with version, commit, SIMD architecture, processor and host added.
absl::Status WriteProvenance(const std::string& path, const Provenance& provenance);

// Whether the file at `path` says that the run came to its end (finished or failed).
bool RunEnded(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_
