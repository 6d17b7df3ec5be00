#include "didact/framework/export/table_row.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

using Json = nlohmann::json;

std::string Quoted(absl::string_view text) {
  return Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool IsNotFinite(const MetricValue& value) { return value.text == "null"; }

}  // namespace

std::string CsvCell(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string JsonCell(absl::string_view text) {
  const Json parsed = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  // Keeps the digits of the text.
  if (parsed.is_number() || parsed.is_boolean()) return std::string(text);
  double number = 0;
  const bool is_plain = text.find_first_not_of("+-.eE0123456789") == absl::string_view::npos;
  if (is_plain && absl::SimpleAtod(text, &number) && std::isfinite(number)) {
    return Json(number).dump();
  }
  return Quoted(text);
}

TableRows::TableRows(ExportFormat format, const std::vector<SweepColumn>& columns,
                     const MetricColumns& metrics)
    : is_csv_(format == ExportFormat::kCsv), columns_(columns), metrics_(metrics) {
  for (const MetricColumn& metric : metrics_.list()) {
    json_keys_.push_back(absl::StrCat(",", Quoted(metric.name), ":"));
  }
}

std::string TableRows::Header() const {
  if (!is_csv_) return "";
  std::string header = "experiment";
  for (const SweepColumn& column : columns_) absl::StrAppend(&header, ",", CsvCell(column.name));
  absl::StrAppend(&header, ",seed,status,epoch,step");
  for (const MetricColumn& metric : metrics_.list()) {
    absl::StrAppend(&header, ",", CsvCell(metric.name));
  }
  return absl::StrCat(header, "\n");
}

void TableRows::Begin(const ResultExperiment& experiment) {
  if (is_csv_) {
    prefix_ = CsvCell(experiment.label);
    for (const std::string& cell : experiment.cells) {
      absl::StrAppend(&prefix_, ",", CsvCell(cell));
    }
    return;
  }
  prefix_ = absl::StrCat("{\"experiment\":", Quoted(experiment.label));
  for (size_t c = 0; c < experiment.cells.size(); ++c) {
    if (experiment.cells[c].empty()) continue;
    absl::StrAppend(
        &prefix_, ",", Quoted(columns_[c].name), ":",
        columns_[c].is_label ? Quoted(experiment.cells[c]) : JsonCell(experiment.cells[c]));
  }
}

absl::string_view TableRows::Row(uint64_t seed, TrialStatus status,
                                 const RecordedEvaluation* evaluation) & {
  Spread(evaluation);
  return is_csv_ ? CsvRow(seed, status, evaluation) : JsonRow(seed, status, evaluation);
}

void TableRows::Spread(const RecordedEvaluation* evaluation) {
  cells_.assign(metrics_.list().size(), nullptr);
  if (evaluation == nullptr) return;
  for (const MetricValue& value : evaluation->values) {
    const int column = metrics_.Find(value.key);
    if (column >= 0) cells_[static_cast<size_t>(column)] = &value;
  }
}

absl::string_view TableRows::CsvRow(uint64_t seed, TrialStatus status,
                                    const RecordedEvaluation* evaluation) {
  row_ = prefix_;
  absl::StrAppend(&row_, ",", seed, ",", TrialStatusName(status));
  if (evaluation == nullptr) {
    row_ += ",,";
  } else {
    absl::StrAppend(&row_, ",", evaluation->epoch, ",", evaluation->step);
  }
  for (const MetricValue* value : cells_) {
    row_ += ',';
    if (value != nullptr) row_ += IsNotFinite(*value) ? "nan" : value->text;
  }
  row_ += '\n';
  return row_;
}

absl::string_view TableRows::JsonRow(uint64_t seed, TrialStatus status,
                                     const RecordedEvaluation* evaluation) {
  row_ = prefix_;
  absl::StrAppend(&row_, ",\"seed\":", seed, ",\"status\":\"", TrialStatusName(status), "\"");
  if (evaluation != nullptr) {
    absl::StrAppend(&row_, ",\"epoch\":", evaluation->epoch, ",\"step\":", evaluation->step);
  }
  for (size_t c = 0; c < cells_.size(); ++c) {
    if (cells_[c] != nullptr) absl::StrAppend(&row_, json_keys_[c], cells_[c]->text);
  }
  row_ += "}\n";
  return row_;
}

}  // namespace didact
