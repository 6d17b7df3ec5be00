#include "didact/framework/results/trial_directory.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "didact/framework/io/file.h"

namespace didact {
namespace {

std::string EpochFile(int64_t epoch) { return absl::StrFormat("epoch_%04d.npz", epoch); }

}  // namespace

std::string TrialDirectory::MetricsPath() const { return JoinPath(path_, "metrics.jsonl"); }

std::string TrialDirectory::OutcomePath() const { return JoinPath(path_, "outcome.json"); }

std::string TrialDirectory::CheckpointPath() const { return JoinPath(path_, "checkpoint.pb"); }

std::string TrialDirectory::PreviousCheckpointPath() const {
  return JoinPath(path_, "checkpoint.previous.pb");
}

std::string TrialDirectory::ArraysPath() const { return JoinPath(path_, "arrays"); }

std::string TrialDirectory::WeightsPath() const { return JoinPath(path_, "weights"); }

std::string TrialDirectory::ArraysPath(int64_t epoch) const {
  return JoinPath(ArraysPath(), EpochFile(epoch));
}

std::string TrialDirectory::WeightsPath(int64_t epoch) const {
  return JoinPath(WeightsPath(), EpochFile(epoch));
}

std::optional<int64_t> EpochOfFile(absl::string_view name) {
  int64_t epoch = 0;
  absl::string_view digits = name;
  if (!absl::ConsumePrefix(&digits, "epoch_") || !absl::ConsumeSuffix(&digits, ".npz") ||
      !absl::SimpleAtoi(digits, &epoch) || EpochFile(epoch) != name) {
    return std::nullopt;
  }
  return epoch;
}

}  // namespace didact
