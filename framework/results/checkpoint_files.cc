#include "framework/results/checkpoint_files.h"

#include <initializer_list>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "framework/base/status.h"
#include "framework/io/file.h"
#include "framework/training/checkpoint.h"

namespace didact {
namespace {

constexpr absl::string_view kNewest = "checkpoint.pb";
constexpr absl::string_view kPrevious = "checkpoint.previous.pb";
constexpr absl::string_view kMetrics = "metrics.jsonl";

absl::StatusOr<Checkpoint> Read(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(bytes);
  if (!checkpoint.ok()) return Annotate(checkpoint.status(), path);
  return checkpoint;
}

MetricsPosition PositionOf(const Checkpoint& checkpoint) {
  return {checkpoint.metrics_bytes(), checkpoint.metrics_crc32()};
}

absl::StatusOr<MetricsPosition> Restore(const std::string& path, const std::string& directory,
                                        const Experiment& experiment, const AllowedChanges& allowed,
                                        Trial& trial) {
  DIDACT_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Read(path));
  const MetricsPosition position = PositionOf(checkpoint);
  // First, since restoring leaves no way back.
  DIDACT_RETURN_IF_ERROR(Annotate(CheckMetrics(JoinPath(directory, kMetrics), position), path));
  DIDACT_RETURN_IF_ERROR(Annotate(RestoreTrial(checkpoint, experiment, trial, allowed), path));
  return position;
}

absl::Status RemoveDurably(const std::string& directory,
                           std::initializer_list<absl::string_view> names) {
  bool is_changed = false;
  for (const absl::string_view name : names) {
    const std::string path = JoinPath(directory, name);
    if (!PathExists(path)) continue;
    DIDACT_RETURN_IF_ERROR(RemoveFile(path));
    is_changed = true;
  }
  return is_changed ? FlushDirectory(directory) : absl::OkStatus();
}

}  // namespace

absl::Status WriteCheckpoint(const std::string& directory, const Experiment& experiment,
                             const MetricsPosition& position, const Trial& trial) {
  const std::string newest = JoinPath(directory, kNewest);
  absl::StatusOr<Checkpoint> checkpoint = MakeCheckpoint(experiment, trial);
  if (!checkpoint.ok()) return Annotate(checkpoint.status(), newest);
  checkpoint->set_metrics_bytes(position.bytes);
  checkpoint->set_metrics_crc32(position.crc32);
  const absl::StatusOr<std::string> bytes = SerializeCheckpoint(*checkpoint);
  if (!bytes.ok()) return Annotate(bytes.status(), newest);
  if (PathExists(newest)) {
    DIDACT_RETURN_IF_ERROR(RenameFile(newest, JoinPath(directory, kPrevious)));
  }
  return WriteFileAtomically(newest, *bytes);
}

std::optional<MetricsPosition> RestoreNewestCheckpoint(const std::string& directory,
                                                       const Experiment& experiment,
                                                       const AllowedChanges& allowed,
                                                       const Trial& trial,
                                                       std::vector<std::string>& notes) {
  for (const absl::string_view name : {kNewest, kPrevious}) {
    const std::string path = JoinPath(directory, name);
    if (!PathExists(path)) continue;
    const absl::StatusOr<MetricsPosition> position =
        Restore(path, directory, experiment, allowed, trial);
    if (position.ok()) return *position;
    notes.push_back(absl::StrCat("checkpoint not used: ", position.status().message()));
  }
  return std::nullopt;
}

bool HasCheckpoint(const std::string& directory) {
  return PathExists(JoinPath(directory, kNewest));
}

absl::StatusOr<Checkpoint> ReadNewestCheckpoint(const std::string& directory) {
  return Read(JoinPath(directory, kNewest));
}

absl::Status CheckNewestCheckpoint(const std::string& directory, const Experiment& experiment,
                                   uint64_t seed) {
  const std::string path = JoinPath(directory, kNewest);
  DIDACT_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Read(path));
  DIDACT_RETURN_IF_ERROR(
      Annotate(CheckMetrics(JoinPath(directory, kMetrics), PositionOf(checkpoint)), path));
  return Annotate(CheckCheckpoint(checkpoint, experiment, seed), path);
}

absl::Status RemoveCheckpoints(const std::string& directory) {
  return RemoveDurably(directory, {kNewest, kPrevious});
}

absl::Status RemovePreviousCheckpoint(const std::string& directory) {
  return RemoveDurably(directory, {kPrevious});
}

}  // namespace didact
