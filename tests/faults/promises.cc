#include "tests/faults/promises.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "didact/framework/training/checkpoint.h"
#include "gtest/gtest.h"

namespace didact {
namespace {

bool ChangesFiles(const WriteOperation& operation, const DiskModel& before) {
  switch (operation.kind) {
    case WriteKind::kBegin:
    case WriteKind::kFlush:
      return false;
    case WriteKind::kOpen:
      return (operation.value & O_CREAT) != 0 && before.BytesOf(operation.path) == nullptr;
    default:
      return true;
  }
}

int64_t StepOf(const std::string& checkpoint) {
  const absl::StatusOr<Checkpoint> parsed = ParseCheckpoint(checkpoint);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? parsed->step() : 0;
}

}  // namespace

void Promises::Add(const WriteOperation& operation, const DiskModel& before,
                   const DiskModel& after) {
  if (ChangesFiles(operation, before)) Keep(operation.process);
  if (operation.kind == WriteKind::kRename) {
    std::map<std::string, int64_t>& made = made_[operation.process];
    const std::string& path = operation.data;
    const std::string trial = std::filesystem::path(path).parent_path().string();
    if (absl::EndsWith(path, "/outcome.json")) made[trial] = kEnded;
    if (absl::EndsWith(path, "/checkpoint.pb")) made[trial] = StepOf(*after.BytesOf(path));
  }
  // The promise ends for a trial that was replaced by another experiment's, or that is extended.
  std::erase_if(promises_, [&](const auto& promise) {
    const char* const file = promise.second == kEnded ? "/outcome.json" : "/metrics.jsonl";
    return after.BytesOf(promise.first + file) == nullptr;
  });
}

void Promises::Keep(int process) {
  for (const auto& [trial, step] : made_[process]) {
    promises_[trial] = std::max(promises_[trial], step);
  }
  made_.erase(process);
}

void Promises::KeepAll() {
  while (!made_.empty()) Keep(made_.begin()->first);
}

}  // namespace didact
