#include "didact/framework/results/failed_trials.h"

#include <fstream>
#include <optional>

#include "didact/framework/base/status.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/results/trial_status.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

using Json = nlohmann::json;

// Reads {..., "trials": [{"seed": 1, "status": "failed", ...}, ...]} without holding it in memory.
class ProvenanceHandler final : public Json::json_sax_t {
 public:
  explicit ProvenanceHandler(absl::flat_hash_set<std::pair<int64_t, uint64_t>>& failed)
      : failed_(failed) {}

  bool key(string_t& key) override {
    if (depth_ == 1) in_trials_ = key == "trials";
    key_ = std::move(key);
    return true;
  }
  bool start_object(std::size_t) override { return Open(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_object() override {
    if (IsTrial() && seed_ && is_failed_) failed_.emplace(0, *seed_);
    return Close();
  }
  bool end_array() override { return Close(); }

  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t number) override {
    if (IsTrial() && key_ == "seed") seed_ = number;
    return true;
  }
  bool string(string_t& text) override {
    if (IsTrial() && key_ == "status") {
      is_failed_ = TrialStatusOf(text) == TrialStatus::kFailed;
    }
    return true;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool IsTrial() const { return in_trials_ && depth_ == 3; }
  bool Open() {
    ++depth_;
    // Values within a trial, such as its notes, must not reset the trial's own.
    if (!IsTrial()) return true;
    seed_.reset();
    is_failed_ = false;
    return true;
  }
  bool Close() {
    --depth_;
    return true;
  }

  absl::flat_hash_set<std::pair<int64_t, uint64_t>>& failed_;
  int depth_ = 0;
  bool in_trials_ = false;
  std::string key_;
  std::optional<uint64_t> seed_;
  bool is_failed_ = false;
};

}  // namespace

absl::StatusOr<FailedTrials> FailedTrials::OfSweep(const std::string& directory) {
  FailedTrials trials;
  absl::flat_hash_set<std::pair<int64_t, uint64_t>> of_file;
  int current = -1;
  const auto visit = [&](int file, int64_t experiment, const TrialState& state) {
    if (file != current) {
      trials.failed_.merge(of_file);
      of_file.clear();
      current = file;
    }
    // If a trial has several lines, the last one is valid.
    const std::pair trial(experiment, state.provenance.seed);
    if (state.status() == TrialStatus::kFailed) {
      of_file.insert(trial);
    } else {
      of_file.erase(trial);
    }
  };
  DIDACT_RETURN_IF_ERROR(ReadSweepIndex(directory, visit));
  trials.failed_.merge(of_file);
  return trials;
}

FailedTrials FailedTrials::OfRun(const std::string& path) {
  FailedTrials trials;
  std::ifstream file(path, std::ios::binary);
  ProvenanceHandler handler(trials.failed_);
  Json::sax_parse(file, &handler);
  return trials;
}

}  // namespace didact
