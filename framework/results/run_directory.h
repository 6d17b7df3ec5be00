// A run directory: where an experiment leaves its results.

#ifndef DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// The layout:
//   experiment.textproto   the resolved experiment
//   provenance.json        what ran, where, when and how it ended (framework/results/provenance.h)
//   trials/SEED/           one folder per trial (framework/results/trial_writer.h)
class RunDirectory {
 public:
  // Whether a run may go to `path`: nothing is there, an empty folder, or an unfinished run, or
  // (with `force`) a finished one. Changes nothing.
  // Errors: ALREADY_EXISTS.
  static absl::Status Check(const std::string& path, bool force);

  // Creates the directory, or clears an earlier run's trials from it, and writes
  // experiment.textproto.
  // Errors: as Check, and what the file system says.
  static absl::StatusOr<RunDirectory> Create(const std::string& path, bool force,
                                             absl::string_view experiment_text);

  // Creates the directory and experiment.textproto unless they are there; trials that are there
  // stay. Several processes may do so at once.
  static absl::StatusOr<RunDirectory> Join(const std::string& path,
                                           absl::string_view experiment_text);

  // One that is there.
  static RunDirectory At(std::string path) { return RunDirectory(std::move(path)); }

  const std::string& path() const { return path_; }
  std::string TrialPath(uint64_t seed) const;
  std::string ProvenancePath() const;

 private:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_
