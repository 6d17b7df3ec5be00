// Rows of a table as text: CSV, or JSON objects.

#ifndef DIDACT_FRAMEWORK_EXPORT_TABLE_ROW_H_
#define DIDACT_FRAMEWORK_EXPORT_TABLE_ROW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "didact/framework/export/export.h"
#include "didact/framework/export/survey.h"
#include "didact/framework/results/metrics_reader.h"

namespace didact {

// Returns a cell of CSV, quoted if necessary (RFC 4180, section 2).
std::string CsvCell(absl::string_view text);

// Returns a value of a sweep in JSON: numbers and truth values as such, anything else as text.
std::string JsonCell(absl::string_view text);

// Formats the rows of a table. Threads: one at a time.
class TableRows {
 public:
  // `format`: kCsv or kJsonLines.
  TableRows(ExportFormat format, const std::vector<SweepColumn>& columns,
            const MetricColumns& metrics);

  // The header line; empty in JSON lines.
  std::string Header() const;

  // Sets the experiment of the following rows.
  void Begin(const ResultExperiment& experiment);

  // Returns a row with its newline, valid until the next call. `evaluation`: null for a trial
  // without any.
  absl::string_view Row(uint64_t seed, TrialStatus status, const RecordedEvaluation* evaluation) &;

 private:
  absl::string_view CsvRow(uint64_t seed, TrialStatus status, const RecordedEvaluation* evaluation);
  absl::string_view JsonRow(uint64_t seed, TrialStatus status,
                            const RecordedEvaluation* evaluation);
  // Assigns the values of an evaluation to columns; null where there is none.
  void Spread(const RecordedEvaluation* evaluation);

  bool is_csv_;
  std::vector<SweepColumn> columns_;
  const MetricColumns& metrics_;
  std::vector<std::string> json_keys_;  // of metrics, with a comma before and a colon after
  std::string prefix_;
  std::vector<const MetricValue*> cells_;
  std::string row_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_TABLE_ROW_H_
