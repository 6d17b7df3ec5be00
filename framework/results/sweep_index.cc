#include "didact/framework/results/sweep_index.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/line_reader.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/results/trial_directory.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

constexpr absl::string_view kStem = "index.";
constexpr absl::string_view kSuffix = "jsonl";

bool IsIndex(absl::string_view name) {
  return absl::StartsWith(name, kStem) && absl::EndsWith(name, absl::StrCat(".", kSuffix));
}

// Ends a line that a killed process left incomplete, so that the next line is not appended to it.
absl::Status EndLastLine(const std::string& path) {
  if (!PathExists(path)) return absl::OkStatus();
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (text.empty() || text.back() == '\n') return absl::OkStatus();
  DIDACT_ASSIGN_OR_RETURN(LineWriter lines, LineWriter::Open(path, LineWriter::Existing::kKeep));
  return lines.Append("");
}

// Sets `value` to that of a key, if the key exists and has this type.
template <class T>
void Read(const nlohmann::json& json, const char* key, T& value) {
  const auto found = json.find(key);
  if (found == json.end()) return;
  if constexpr (std::is_same_v<T, std::string>) {
    if (found->is_string()) value = found->get<std::string>();
  } else if constexpr (std::is_integral_v<T>) {
    if (found->is_number_integer()) value = found->get<T>();
  } else {
    if (found->is_number()) value = found->get<T>();
  }
}

void ReadTexts(const nlohmann::json& json, const char* key, std::vector<std::string>& texts) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return;
  for (const auto& text : *found) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
}

bool ParseLine(absl::string_view line, int64_t& experiment, TrialState& state) {
  const nlohmann::json json =
      nlohmann::json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  experiment = -1;
  Read(json, "experiment", experiment);
  Read(json, "seed", state.provenance.seed);
  std::string status;
  Read(json, "status", status);
  state.provenance.status = TrialStatusOf(status);
  Read(json, "steps", state.provenance.steps);
  state.provenance.seconds = -1;
  Read(json, "seconds", state.provenance.seconds);
  Read(json, "message", state.provenance.message);
  Read(json, "resumed_at", state.provenance.resumed_at);
  ReadTexts(json, "notes", state.provenance.notes);
  ReadTexts(json, "warnings", state.provenance.warnings);
  ReadTexts(json, "teachers", state.provenance.teachers);
  const auto numbers = json.find("numbers");
  if (numbers != json.end() && numbers->is_object()) {
    for (const auto& [key, number] : numbers->items()) {
      if (number.is_number()) state.numbers.emplace_back(key, number.get<double>());
    }
  }
  return experiment >= 0 && state.status() >= TrialStatus::kRunning &&
         state.status() <= TrialStatus::kFinished;
}

}  // namespace

std::string IndexLine(const IndexedTrial& trial, const TrialState& state) {
  const TrialProvenance& provenance = state.provenance;
  nlohmann::ordered_json line;
  line["experiment"] = trial.experiment;
  line["label"] = trial.label;
  line["seed"] = provenance.seed;
  line["status"] = std::string(TrialStatusName(provenance.status));
  if (state.status() > TrialStatus::kRunning) {
    line["steps"] = provenance.steps;
    if (provenance.seconds >= 0) line["seconds"] = provenance.seconds;
  }
  if (!provenance.message.empty()) line["message"] = provenance.message;
  if (provenance.resumed_at >= 0) line["resumed_at"] = provenance.resumed_at;
  if (!provenance.notes.empty()) line["notes"] = provenance.notes;
  if (!provenance.warnings.empty()) line["warnings"] = provenance.warnings;
  if (!provenance.teachers.empty()) line["teachers"] = provenance.teachers;
  // Relative to the sweep directory.
  const SweepDirectory sweep = SweepDirectory::At("");
  const RunDirectory run = RunDirectory::At(sweep.ExperimentPath(trial.label));
  const TrialDirectory folder = run.Trial(provenance.seed);
  line["folder"] = folder.path();
  nlohmann::ordered_json overrides = nlohmann::ordered_json::object();
  for (const auto& [path, value] : trial.overrides) overrides[path] = value;
  line["overrides"] = std::move(overrides);
  if (!state.numbers.empty()) {
    nlohmann::ordered_json numbers;
    for (const auto& [key, number] : state.numbers) numbers[key] = number;
    line["numbers"] = std::move(numbers);
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

absl::StatusOr<SweepIndexWriter> SweepIndexWriter::Open(const std::string& path) {
  DIDACT_RETURN_IF_ERROR(EndLastLine(path));
  DIDACT_ASSIGN_OR_RETURN(LineWriter lines, LineWriter::Open(path, LineWriter::Existing::kKeep));
  return SweepIndexWriter(std::move(lines));
}

absl::Status SweepIndexWriter::Append(const IndexedTrial& trial, const TrialState& state) {
  const std::string line = IndexLine(trial, state);
  const std::lock_guard<std::mutex> lock(mutex_);
  return lines_.Append(line);
}

absl::Status SweepIndexWriter::Flush() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lines_.Flush();
}

absl::Status ReadSweepIndex(
    const std::string& directory,
    absl::FunctionRef<void(int file, int64_t experiment, const TrialState& state)> visit) {
  DIDACT_ASSIGN_OR_RETURN(std::vector<std::string> names, ListDirectory(directory));
  // Lines are moved to the file with the shorter name, so that file must be read last.
  std::sort(names.rbegin(), names.rend());
  int file = 0;
  for (const std::string& name : names) {
    if (!IsIndex(name)) continue;
    absl::StatusOr<LineReader> lines = LineReader::Open(JoinPath(directory, name));
    if (lines.status().code() == absl::StatusCode::kNotFound) continue;
    DIDACT_RETURN_IF_ERROR(lines.status());
    for (absl::string_view line;;) {
      DIDACT_ASSIGN_OR_RETURN(const bool found, lines->Next(line));
      if (!found) break;
      int64_t experiment = 0;
      TrialState state;
      if (ParseLine(line, experiment, state)) visit(file, experiment, state);
    }
    ++file;
  }
  return absl::OkStatus();
}

absl::Status GatherSweepIndex(const std::string& directory, absl::string_view into,
                              absl::string_view prefix) {
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(directory));
  const std::string target = absl::StrCat(kStem, into, into.empty() ? "" : ".", kSuffix);
  std::vector<std::string> sources;
  for (const std::string& name : names) {
    if (!IsIndex(name) || name == target) continue;
    if (absl::StartsWith(name, absl::StrCat(kStem, prefix))) {
      sources.push_back(JoinPath(directory, name));
    }
  }
  if (sources.empty()) return absl::OkStatus();
  const std::string path = JoinPath(directory, target);
  DIDACT_RETURN_IF_ERROR(EndLastLine(path));
  DIDACT_ASSIGN_OR_RETURN(LineWriter lines, LineWriter::Open(path, LineWriter::Existing::kKeep));
  for (const std::string& source : sources) {
    DIDACT_ASSIGN_OR_RETURN(LineReader reader, LineReader::Open(source));
    for (absl::string_view line;;) {
      DIDACT_ASSIGN_OR_RETURN(const bool found, reader.Next(line));
      if (!found) break;
      int64_t experiment = 0;
      TrialState state;
      // Incomplete lines are left out.
      if (ParseLine(line, experiment, state)) DIDACT_RETURN_IF_ERROR(lines.Append(line));
    }
  }
  DIDACT_RETURN_IF_ERROR(lines.Close());
  DIDACT_RETURN_IF_ERROR(FlushDirectory(directory));
  for (const std::string& source : sources) DIDACT_RETURN_IF_ERROR(RemoveFile(source));
  return absl::OkStatus();
}

}  // namespace didact
