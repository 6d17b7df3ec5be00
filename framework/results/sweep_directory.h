// A sweep directory, which contains the results of many experiments.

#ifndef DIDACT_FRAMEWORK_RESULTS_SWEEP_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_SWEEP_DIRECTORY_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// The layout:
//   sweep.textproto          the sweep, with its base inlined
//   index.jsonl              the state of each trial (framework/results/sweep_index.h)
//   provenance.json          what ran, where, when and how it ended
//   experiments/NNN-LABEL/   one run directory per experiment (framework/results/run_directory.h)
//   teachers/KEY/            one folder per training of a teacher, if there are any
//
// and, while it is being extended, extension.textproto (framework/results/extension_request.h) and
//
//   extension/index.jsonl    the index before the extension
//   extension/experiments/   experiments that have not been renamed yet
//
// Several processes may work in it at the same time (framework/results/sweep_lock.h). Each has a
// name, e.g. "shard-0-of-4" or "rank-3", and writes index.NAME.jsonl and provenance.NAME.json. The
// name is empty, and the files have none, for a process that works alone and for the root of MPI
// processes.
//
// A value: it holds no lock and no open file.
class SweepDirectory {
 public:
  enum class State {
    kNew,            // does not exist, or is empty but for remains of killed processes
    kSame,           // has the same sweep, so missing results can be added
    kOther,          // has another sweep
    kBeingExtended,  // a process is extending it, or was killed while it did
  };

  // Returns the state of `path` with respect to the sweep whose sweep.textproto is `sweep_text`.
  // Changes nothing.
  // Errors: ALREADY_EXISTS if `path` is something other than a sweep directory.
  static absl::StatusOr<State> Look(const std::string& path, absl::string_view sweep_text);

  // Creates the directory, or joins the processes that work on the same sweep there. `clear`: first
  // removes the results of an earlier sweep. Errors: ALREADY_EXISTS if there is another sweep that
  // is not cleared; FAILED_PRECONDITION if the sweep is being extended; those of the file system.
  static absl::StatusOr<SweepDirectory> Open(const std::string& path, absl::string_view sweep_text,
                                             bool clear);

  // Names a directory without looking at it.
  static SweepDirectory At(std::string path) { return SweepDirectory(std::move(path)); }

  std::string path() const { return path_; }
  std::string SweepPath() const;
  std::string ExperimentsPath() const;
  std::string TeachersPath() const;
  std::string ExperimentPath(absl::string_view label) const;
  std::string IndexPath(absl::string_view process) const;
  std::string ProvenancePath(absl::string_view process) const;
  // The folder `extension`, to which files are moved while the sweep is extended.
  SweepDirectory Aside() const;

 private:
  explicit SweepDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_DIRECTORY_H_
