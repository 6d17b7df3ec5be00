#include "didact/framework/results/trial_result.h"

#include <cstdint>
#include <limits>
#include <variant>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

constexpr int64_t kMaxBytes = int64_t{1} << 28;

using Json = nlohmann::ordered_json;

}  // namespace

TrialStatus OutcomeOf(absl::Span<const TrialResult> trials) {
  TrialStatus outcome = TrialStatus::kFinished;
  for (const TrialResult& trial : trials) {
    outcome = CombineOutcomes(outcome, trial.provenance.status);
  }
  return outcome;
}

absl::Status WriteOutcome(const TrialDirectory& directory, const TrialResult& result) {
  Json json;
  json["status"] = std::string(TrialStatusName(result.provenance.status));
  json["steps"] = result.provenance.steps;
  if (!result.provenance.message.empty()) json["message"] = result.provenance.message;
  if (result.uses_total_epochs) json["uses_total_epochs"] = true;
  Json& evaluation = json["evaluation"] = Json::object();
  for (const auto& [key, number] : result.numbers) {
    std::visit([&evaluation, &key = key](auto value) { evaluation[key] = value; }, number);
  }
  return WriteFileAtomically(directory.OutcomePath(),
                             json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

absl::Status RemoveOutcome(const TrialDirectory& directory) {
  return RemoveFile(directory.OutcomePath());
}

absl::StatusOr<TrialResult> ReadOutcome(const TrialDirectory& directory) {
  const std::string path = directory.OutcomePath();
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxBytes));
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const bool whole = json.is_object() && json.contains("status") && json["status"].is_string() &&
                     json.contains("steps") && json["steps"].is_number_integer() &&
                     json.contains("evaluation") && json["evaluation"].is_object() &&
                     (!json.contains("message") || json["message"].is_string());
  TrialResult result;
  if (whole) result.provenance.status = TrialStatusOf(json["status"].get<std::string>());
  if (!IsDone(result.provenance.status)) {
    return absl::DataLossError(absl::StrCat(path, ": is damaged"));
  }
  result.provenance.steps = json["steps"].get<int64_t>();
  if (json.contains("message")) result.provenance.message = json["message"].get<std::string>();
  result.uses_total_epochs = json.value("uses_total_epochs", Json()) == true;
  for (const auto& [key, number] : json["evaluation"].items()) {
    Record::Number value = std::numeric_limits<double>::quiet_NaN();
    if (number.is_number_integer()) {
      value = number.get<int64_t>();
    } else if (number.is_number()) {
      value = number.get<double>();
    }
    result.numbers.emplace_back(key, value);
  }
  return result;
}

}  // namespace didact
