// A sweep directory: where many experiments leave their results.

#ifndef DIDACT_FRAMEWORK_RESULTS_SWEEP_DIRECTORY_H_
#define DIDACT_FRAMEWORK_RESULTS_SWEEP_DIRECTORY_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// The layout:
//   sweep.textproto          the sweep, its base inlined
//   index.jsonl              what became of which trial (framework/results/sweep_index.h)
//   provenance.json          what ran, where, when and how it ended
//   experiments/NNN-LABEL/   a run directory each (framework/results/run_directory.h)
//
// and, while it is being extended, extension.textproto (framework/results/extension_request.h) and
//
//   extension/index.jsonl    what index.jsonl was
//   extension/experiments/   experiments that have not got the names of the larger sweep yet
//
// Several processes may work in it at once. Each has a name, e.g. "shard-0-of-4", empty for one
// that is alone, and writes index.NAME.jsonl and provenance.NAME.json.
class SweepDirectory {
 public:
  enum class State {
    kNew,            // nothing is there, or an empty folder
    kSame,           // this very sweep: what is missing can be added
    kOther,          // another sweep
    kBeingExtended,  // a process extends it, or was killed while it did so
  };

  // What is at `path`, for the sweep whose sweep.textproto is `sweep_text`. Changes nothing.
  // Errors: ALREADY_EXISTS if something else is there.
  static absl::StatusOr<State> Look(const std::string& path, absl::string_view sweep_text);

  // Creates the directory, or joins whoever is at work there on the same sweep. `clear`: removes
  // first what an earlier sweep left. Errors: ALREADY_EXISTS where another sweep is that is not
  // cleared; FAILED_PRECONDITION where one is being extended; what the file system says.
  static absl::StatusOr<SweepDirectory> Open(const std::string& path, absl::string_view sweep_text,
                                             bool clear);

  // One that is there.
  static SweepDirectory At(std::string path) { return SweepDirectory(std::move(path)); }

  std::string path() const { return path_; }
  std::string SweepPath() const;
  std::string ExperimentsPath() const;
  std::string ExperimentPath(absl::string_view label) const;
  std::string IndexPath(absl::string_view process) const;
  std::string ProvenancePath(absl::string_view process) const;
  // What is put aside while the sweep is extended.
  SweepDirectory Aside() const;

 private:
  explicit SweepDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_DIRECTORY_H_
