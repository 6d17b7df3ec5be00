// A run directory, which contains the results of one experiment.

#ifndef DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/file_lock.h"
#include "didact/framework/results/trial_directory.h"

namespace didact {

// The layout:
//   experiment.textproto   the resolved experiment
//   provenance.json        what ran, where, when and how it ended (framework/results/provenance.h)
//   trials/SEED/           one folder per trial (framework/results/trial_directory.h)
//   teachers/KEY/          one folder per training of a teacher, if there are any
//   lock                   while a process works on the run (framework/io/file_lock.h)
//   extension.textproto    while it is being extended (framework/results/extension_request.h)
//
// Ownership: an object from Create, Open or OpenToExtend holds the directory's lock until it is
// destroyed; one from Join or At holds none.
// Threads:   const methods may be used concurrently.
class RunDirectory {
 public:
  // Checks that a new run may be written to `path`: it does not exist, is an empty folder (apart
  // from remains of a process that was killed before it began), or, with `force`, is a run that no
  // process is working on. Changes nothing.
  // Errors: ALREADY_EXISTS; FAILED_PRECONDITION if another process is working on it.
  static absl::Status Check(const std::string& path, bool force);

  // Creates the directory, or removes the trials of an earlier run from it, and writes
  // experiment.textproto.
  // Errors: those of Check and of the file system.
  static absl::StatusOr<RunDirectory> Create(const std::string& path, bool force,
                                             absl::string_view experiment_text);

  // Checks that `path` is a run directory, finished or not. Errors: NOT_FOUND.
  static absl::Status CheckIsRun(const std::string& path);

  // Opens an existing run, finished or not, to continue it. Removes partly written files that
  // killed processes left outside of the trials' folders.
  // Errors: those of CheckIsRun; FAILED_PRECONDITION if another process is working on it, or was
  // killed while it extended it.
  static absl::StatusOr<RunDirectory> Open(const std::string& path);

  // Opens an existing run to extend it, also if another process was killed while it extended it.
  // Changes nothing but the lock.
  // Errors: those of CheckIsRun; FAILED_PRECONDITION if another process is working on it, or if it
  // is an experiment of a sweep, which can only be extended with its sweep.
  static absl::StatusOr<RunDirectory> OpenToExtend(const std::string& path);

  // Creates the directory and experiment.textproto unless they exist; existing trials are kept.
  // Several processes of one sweep may call this at the same time; the lock of the sweep keeps
  // others out. `replace`: an experiment.textproto with a different text is replaced.
  // Errors: FAILED_PRECONDITION if a process is working on it as a run; those of the file system.
  static absl::StatusOr<RunDirectory> Join(const std::string& path,
                                           absl::string_view experiment_text, bool replace);

  // Names a directory without looking at it.
  static RunDirectory At(std::string path) { return RunDirectory(std::move(path)); }

  std::string path() const { return path_; }
  std::string TrialsPath() const;
  std::string TeachersPath() const;
  TrialDirectory Trial(uint64_t seed) const;
  std::string ProvenancePath() const;
  std::string ExperimentPath() const;
  // Returns the directory of the sweep to which this run belongs; std::nullopt if it belongs to
  // none.
  std::optional<std::string> ParentSweep() const;

 private:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  absl::Status Lock();

  std::string path_;
  std::optional<FileLock> lock_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_RUN_DIRECTORY_H_
