#include "didact/framework/results/sweep_directory.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/remove_tree.h"
#include "didact/framework/results/extension_request.h"

namespace didact {
namespace {

constexpr absl::string_view kSweepFile = "sweep.textproto";
constexpr absl::string_view kExperimentsFolder = "experiments";
constexpr absl::string_view kTeachersFolder = "teachers";
constexpr absl::string_view kAsideFolder = "extension";

// Returns true for files that exist while a process creates the directory, or that it leaves behind
// if it is killed at that time.
bool IsLeftover(absl::string_view name) {
  return name == "lock" || absl::StartsWith(name, "lock.") ||
         absl::StartsWith(name, absl::StrCat(kSweepFile, ".tmp-"));
}

std::string NameOf(absl::string_view stem, absl::string_view process, absl::string_view suffix) {
  return absl::StrCat(stem, process.empty() ? "" : ".", process, suffix);
}

// Removes the index and provenance first, durably: without them, nothing that is left counts as
// finished.
absl::Status Clear(const std::string& path) {
  if (!PathExists(path)) return absl::OkStatus();
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(path));
  for (const std::string& name : names) {
    const bool is_index = absl::StartsWith(name, "index.") && absl::EndsWith(name, ".jsonl");
    const bool is_provenance =
        absl::StartsWith(name, "provenance.") && absl::EndsWith(name, ".json");
    if (is_index || is_provenance) DIDACT_RETURN_IF_ERROR(RemoveFile(JoinPath(path, name)));
  }
  DIDACT_RETURN_IF_ERROR(FlushDirectory(path));
  DIDACT_RETURN_IF_ERROR(RemoveTree(JoinPath(path, kExperimentsFolder)));
  DIDACT_RETURN_IF_ERROR(RemoveTree(JoinPath(path, kTeachersFolder)));
  // The request is removed last: until then, an interrupted extension can be finished with the
  // files that are left.
  DIDACT_RETURN_IF_ERROR(RemoveTree(JoinPath(path, kAsideFolder)));
  return RemoveFile(ExtensionRequestPath(path));
}

}  // namespace

absl::StatusOr<SweepDirectory::State> SweepDirectory::Look(const std::string& path,
                                                           absl::string_view sweep_text) {
  if (!PathExists(path)) return State::kNew;
  if (!IsDirectory(path)) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": is a file, a folder for the sweep is wanted"));
  }
  // The order matters. A process that creates the directory writes the sweep's file before any
  // other file that counts. So if other files are listed here, the sweep's file exists when it is
  // checked.
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> entries, ListDirectory(path));
  const std::string file = JoinPath(path, kSweepFile);
  if (!PathExists(file)) {
    if (std::all_of(entries.begin(), entries.end(), IsLeftover)) return State::kNew;
    return absl::AlreadyExistsError(absl::StrCat(
        path, ": is not empty and not a sweep directory; choose another with --out=DIR"));
  }
  if (IsBeingExtended(path)) return State::kBeingExtended;
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  return text == sweep_text ? State::kSame : State::kOther;
}

absl::StatusOr<SweepDirectory> SweepDirectory::Open(const std::string& path,
                                                    absl::string_view sweep_text, bool clear) {
  if (clear) DIDACT_RETURN_IF_ERROR(Clear(path));
  DIDACT_ASSIGN_OR_RETURN(const State state, Look(path, sweep_text));
  if (state == State::kBeingExtended) DIDACT_RETURN_IF_ERROR(CheckIsNotBeingExtended(path));
  if (state == State::kOther && !clear) {
    return absl::AlreadyExistsError(
        absl::StrCat(path, ": holds another sweep, which has just been made"));
  }
  DIDACT_RETURN_IF_ERROR(CreateDirectories(path));
  if (state != State::kSame) {
    DIDACT_RETURN_IF_ERROR(WriteFileAtomically(JoinPath(path, kSweepFile), sweep_text));
  }
  DIDACT_RETURN_IF_ERROR(CreateDirectories(JoinPath(path, kExperimentsFolder)));
  return SweepDirectory(path);
}

std::string SweepDirectory::SweepPath() const { return JoinPath(path_, kSweepFile); }

std::string SweepDirectory::ExperimentsPath() const { return JoinPath(path_, kExperimentsFolder); }

std::string SweepDirectory::TeachersPath() const { return JoinPath(path_, kTeachersFolder); }

std::string SweepDirectory::ExperimentPath(absl::string_view label) const {
  return JoinPath(ExperimentsPath(), label);
}

std::string SweepDirectory::IndexPath(absl::string_view process) const {
  return JoinPath(path_, NameOf("index", process, ".jsonl"));
}

std::string SweepDirectory::ProvenancePath(absl::string_view process) const {
  return JoinPath(path_, NameOf("provenance", process, ".json"));
}

SweepDirectory SweepDirectory::Aside() const { return At(JoinPath(path_, kAsideFolder)); }

}  // namespace didact
