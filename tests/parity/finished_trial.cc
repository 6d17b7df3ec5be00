#include "tests/parity/finished_trial.h"

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_tool.h"

namespace didact {
namespace {

absl::Status ReadNumbers(const std::string& path, int64_t epoch, EvaluationResults& results) {
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const nlohmann::json evaluation =
        nlohmann::json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
    if (!evaluation.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": not JSON: ", line));
    }
    if (evaluation.value("epoch", int64_t{-2}) != epoch) continue;
    for (const auto& [key, value] : evaluation.items()) {
      if (value.is_number()) results[key] = Array(value.get<double>());
    }
    return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat(path, ": has no epoch ", epoch));
}

absl::Status ReadArrays(const std::string& path, EvaluationResults& results) {
  DIDACT_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(path));
  for (const std::string& name : reader.names()) {
    DIDACT_ASSIGN_OR_RETURN(const NpyArray array, reader.Read(name));
    results[name] = ToArray(array);
  }
  return absl::OkStatus();
}

// Calls the tool. Errors: INTERNAL with the tool's messages if its exit code is not 0.
absl::Status Call(const std::vector<std::string>& arguments) {
  const ToolResult result = RunTool(arguments);
  if (result.exit_code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("didact ", absl::StrJoin(arguments, " "), ": exit code ",
                                          result.exit_code, "\n", result.standard_error));
}

}  // namespace

absl::StatusOr<std::string> RunTrialOf(const std::string& config, const std::string& name,
                                       const std::vector<std::string>& overrides) {
  const std::string run = JoinPath(DirectoryName(config), name);
  std::vector<std::string> arguments = {"run", config, "--out=" + run, "--quiet"};
  for (const std::string& override : overrides) arguments.push_back("--set=" + override);
  DIDACT_RETURN_IF_ERROR(Call(arguments));
  return JoinPath(run, "trials/1");
}

absl::StatusOr<std::vector<std::string>> RunTrialsOf(
    const std::string& config, const std::string& name,
    const std::vector<std::vector<std::string>>& overrides) {
  std::string text = absl::StrCat("# proto-message: didact.Sweep\nname: \"", name,
                                  "\"\nbase_path: \"", config, "\"\n");
  std::vector<std::string> labels;
  for (const std::vector<std::string>& of_point : overrides) {
    labels.push_back(absl::StrCat("-point", labels.size()));
    absl::StrAppend(&text, "point { label: \"", labels.back().substr(1), "\"");
    for (const std::string& override : of_point) {
      absl::StrAppend(&text, " set: \"", absl::CEscape(override), "\"");
    }
    text += " }\n";
  }
  const std::string folder = JoinPath(DirectoryName(config), name);
  const std::string sweep = folder + ".textproto";
  DIDACT_RETURN_IF_ERROR(WriteFileAtomically(sweep, text));
  DIDACT_RETURN_IF_ERROR(Call({"sweep", sweep, "--out=" + folder, "--quiet"}));

  const std::string experiments = folder + "/experiments";
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> folders, ListDirectory(experiments));
  std::vector<std::string> trials;
  for (const std::string& label : labels) {
    const auto found =
        absl::c_find_if(folders, [&](const std::string& f) { return absl::EndsWith(f, label); });
    if (found == folders.end()) {
      return absl::NotFoundError(absl::StrCat(experiments, ": has no experiment ", label));
    }
    trials.push_back(absl::StrCat(experiments, "/", *found, "/trials/1"));
  }
  return trials;
}

absl::StatusOr<EvaluationResults> ReadEvaluation(const std::string& trial, int64_t epoch) {
  const std::string file = absl::StrFormat("epoch_%04d.npz", epoch);
  EvaluationResults results;
  DIDACT_RETURN_IF_ERROR(ReadNumbers(JoinPath(trial, "metrics.jsonl"), epoch, results));
  DIDACT_RETURN_IF_ERROR(ReadArrays(absl::StrCat(trial, "/weights/", file), results));
  // A run without metrics has no arrays.
  const std::string arrays = absl::StrCat(trial, "/arrays");
  if (PathExists(arrays)) {
    DIDACT_RETURN_IF_ERROR(ReadArrays(JoinPath(arrays, file), results));
  }
  return results;
}

}  // namespace didact
