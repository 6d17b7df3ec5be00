// Rows of a table as text: CSV, or an object of JSON.

#ifndef DIDACT_FRAMEWORK_EXPORT_TABLE_ROW_H_
#define DIDACT_FRAMEWORK_EXPORT_TABLE_ROW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "framework/export/export.h"
#include "framework/export/survey.h"
#include "framework/results/metrics_reader.h"

namespace didact {

// A cell of CSV, in quotes where it needs them (RFC 4180, section 2).
std::string CsvCell(absl::string_view text);

// A value of a sweep in JSON: a number or a truth value as such, anything else as a text.
std::string JsonCell(absl::string_view text);

// Makes the rows of a table. Threads: one at a time.
class TableRows {
 public:
  // `format`: kCsv or kJsonLines.
  TableRows(ExportFormat format, const std::vector<SweepColumn>& columns,
            const MetricColumns& metrics);

  // The line that comes first; empty in JSON lines.
  std::string Header() const;

  // What the rows of an experiment begin with, from now on.
  void Begin(const ResultExperiment& experiment);

  // A row with its newline, good until the next call. `evaluation`: null for a trial without any.
  absl::string_view Row(uint64_t seed, TrialStatus status, const RecordedEvaluation* evaluation) &;

 private:
  absl::string_view CsvRow(uint64_t seed, TrialStatus status, const RecordedEvaluation* evaluation);
  absl::string_view JsonRow(uint64_t seed, TrialStatus status,
                            const RecordedEvaluation* evaluation);
  // The values of an evaluation by column; null where there is none.
  void Spread(const RecordedEvaluation* evaluation);

  bool is_csv_;
  std::vector<SweepColumn> columns_;
  const MetricColumns& metrics_;
  std::vector<std::string> json_keys_;  // of metrics, with a comma before and a colon behind
  std::string prefix_;
  std::vector<const MetricValue*> cells_;
  std::string row_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_TABLE_ROW_H_
