#include "didact/framework/results/checkpoint_files.h"

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/training/checkpoint.h"

namespace didact {
namespace {

absl::StatusOr<Checkpoint> Read(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(bytes);
  if (!checkpoint.ok()) return Annotate(checkpoint.status(), path);
  return checkpoint;
}

MetricsPosition PositionOf(const Checkpoint& checkpoint) {
  return {checkpoint.metrics_bytes(), checkpoint.metrics_crc32()};
}

absl::StatusOr<MetricsPosition> Restore(const std::string& path, const TrialDirectory& directory,
                                        const Experiment& experiment, const AllowedChanges& allowed,
                                        Trial& trial) {
  DIDACT_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Read(path));
  const MetricsPosition position = PositionOf(checkpoint);
  // Checked before restoring, which cannot be undone.
  DIDACT_RETURN_IF_ERROR(Annotate(CheckMetrics(directory.MetricsPath(), position), path));
  DIDACT_RETURN_IF_ERROR(Annotate(RestoreTrial(checkpoint, experiment, trial, allowed), path));
  return position;
}

absl::Status RemoveDurably(const TrialDirectory& directory,
                           std::initializer_list<std::string> paths) {
  bool is_changed = false;
  for (const std::string& path : paths) {
    if (!PathExists(path)) continue;
    DIDACT_RETURN_IF_ERROR(RemoveFile(path));
    is_changed = true;
  }
  return is_changed ? FlushDirectory(directory.path()) : absl::OkStatus();
}

}  // namespace

absl::Status WriteCheckpoint(const TrialDirectory& directory, const Experiment& experiment,
                             const MetricsPosition& position, const Trial& trial) {
  const std::string newest = directory.CheckpointPath();
  absl::StatusOr<Checkpoint> checkpoint = MakeCheckpoint(experiment, trial);
  if (!checkpoint.ok()) return Annotate(checkpoint.status(), newest);
  checkpoint->set_metrics_bytes(position.bytes);
  checkpoint->set_metrics_crc32(position.crc32);
  const absl::StatusOr<std::string> bytes = SerializeCheckpoint(*checkpoint);
  if (!bytes.ok()) return Annotate(bytes.status(), newest);
  if (PathExists(newest)) {
    DIDACT_RETURN_IF_ERROR(RenameFile(newest, directory.PreviousCheckpointPath()));
  }
  return WriteFileAtomically(newest, *bytes);
}

std::optional<MetricsPosition> RestoreNewestCheckpoint(const TrialDirectory& directory,
                                                       const Experiment& experiment,
                                                       const AllowedChanges& allowed, Trial& trial,
                                                       std::vector<std::string>& notes) {
  for (const std::string& path : {directory.CheckpointPath(), directory.PreviousCheckpointPath()}) {
    if (!PathExists(path)) continue;
    const absl::StatusOr<MetricsPosition> position =
        Restore(path, directory, experiment, allowed, trial);
    if (position.ok()) return *position;
    notes.push_back(absl::StrCat("checkpoint not used: ", position.status().message()));
  }
  return std::nullopt;
}

bool HasCheckpoint(const TrialDirectory& directory) {
  return PathExists(directory.CheckpointPath());
}

absl::StatusOr<Checkpoint> ReadNewestCheckpoint(const TrialDirectory& directory) {
  return Read(directory.CheckpointPath());
}

absl::Status CheckNewestCheckpoint(const TrialDirectory& directory, const Experiment& experiment,
                                   uint64_t seed) {
  const std::string path = directory.CheckpointPath();
  DIDACT_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Read(path));
  DIDACT_RETURN_IF_ERROR(
      Annotate(CheckMetrics(directory.MetricsPath(), PositionOf(checkpoint)), path));
  return Annotate(CheckCheckpoint(checkpoint, experiment, seed), path);
}

absl::Status RemoveCheckpoints(const TrialDirectory& directory) {
  return RemoveDurably(directory, {directory.CheckpointPath(), directory.PreviousCheckpointPath()});
}

absl::Status RemovePreviousCheckpoint(const TrialDirectory& directory) {
  return RemoveDurably(directory, {directory.PreviousCheckpointPath()});
}

}  // namespace didact
