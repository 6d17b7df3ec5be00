// A run directory: where an experiment leaves its results.

#ifndef DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/io/file_lock.h"
#include "framework/results/trial_directory.h"

namespace didact {

// The layout:
//   experiment.textproto   the resolved experiment
//   provenance.json        what ran, where, when and how it ended (framework/results/provenance.h)
//   trials/SEED/           one folder per trial (framework/results/trial_directory.h)
//   lock                   while a process works on the run (framework/io/file_lock.h)
//   extension.textproto    while it is being extended (framework/results/extension_request.h)
class RunDirectory {
 public:
  // Whether a new run may go to `path`: nothing is there, or an empty folder, or (with `force`) a
  // run that no process is working on. Changes nothing.
  // Errors: ALREADY_EXISTS; FAILED_PRECONDITION when another process is working on it.
  static absl::Status Check(const std::string& path, bool force);

  // Creates the directory, or clears an earlier run's trials from it, and writes
  // experiment.textproto. Holds the directory's lock.
  // Errors: as Check, and what the file system says.
  static absl::StatusOr<RunDirectory> Create(const std::string& path, bool force,
                                             absl::string_view experiment_text);

  // Whether `path` is a run directory, finished or not. Errors: NOT_FOUND.
  static absl::Status CheckIsRun(const std::string& path);

  // Opens one that is there, finished or not, to go on with it. Holds the directory's lock, and
  // clears away what killed processes left half written outside of the trials' folders.
  // Errors: as CheckIsRun; FAILED_PRECONDITION when another process is working on it, or was killed
  // while it extended it.
  static absl::StatusOr<RunDirectory> Open(const std::string& path);

  // The same for extending it, also where another process was killed while it did so. Holds the
  // directory's lock and changes nothing else.
  // Errors: as CheckIsRun; FAILED_PRECONDITION when another process is working on it, and for an
  // experiment of a sweep, which is extended with its sweep.
  static absl::StatusOr<RunDirectory> OpenToExtend(const std::string& path);

  // Creates the directory and experiment.textproto unless they are there; trials that are there
  // stay. Several processes may do so at once, which the lock of their sweep keeps apart. `replace`:
  // experiment.textproto becomes the text also where it has another.
  // Errors: FAILED_PRECONDITION when a process is working on it as a run; what the file system says.
  static absl::StatusOr<RunDirectory> Join(const std::string& path,
                                           absl::string_view experiment_text, bool replace);

  // One that is there.
  static RunDirectory At(std::string path) { return RunDirectory(std::move(path)); }

  std::string path() const { return path_; }
  std::string TrialsPath() const;
  TrialDirectory Trial(uint64_t seed) const;
  std::string ProvenancePath() const;
  std::string ExperimentPath() const;
  // The directory of the sweep that this run belongs to, if it is one of a sweep's experiments.
  std::optional<std::string> ParentSweep() const;

 private:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  absl::Status Lock();

  std::string path_;
  std::optional<FileLock> lock_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_
