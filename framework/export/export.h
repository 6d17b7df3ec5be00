// Exports a run or a sweep for other programs: as one table, or as arrays stacked over seeds.

#ifndef DIDACT_FRAMEWORK_EXPORT_EXPORT_H_
#define DIDACT_FRAMEWORK_EXPORT_EXPORT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "framework/results/damage.h"
#include "framework/results/result_directory.h"

namespace didact {

enum class ExportFormat {
  kCsv,        // a table: RFC 4180, but for lines that end with a newline alone
  kJsonLines,  // the same table, a JSON object per row
  kNpz,        // a folder: an archive per experiment, and manifest.json
};

// What ExportOptions::out is for standard output.
inline constexpr const char* kStandardOutput = "-";

struct ExportOptions {
  std::string directory;  // of a run, or of a sweep
  ExportFormat format = ExportFormat::kCsv;
  // A file, or kStandardOutput; for kNpz a folder, whose parent exists.
  std::string out = kStandardOutput;
  bool force = false;  // replaces a file, or an export, that is there
  bool last = false;   // of each trial, the last evaluation alone; not for kNpz
  // Metrics and arrays to export, in which `*` stands for any characters; none: all.
  std::vector<std::string> metrics;
};

struct ExportReport {
  std::array<int64_t, kTrialStatuses> trials = {};  // of experiments that have begun, by status
  int64_t experiments = 0;                          // of the sweep; 1 for a run
  int64_t experiments_without_files = 0;            // of these
  int64_t rows = 0;                                 // of the table
  Damage damage;

  int64_t of(TrialStatus status) const { return trials[static_cast<size_t>(status)]; }
};

// The table. A row for each evaluation of each trial that has begun, by experiment, seed and epoch;
// one with empty cells for a trial without evaluations. Columns: `experiment`, those of the sweep
// (SweepColumns), `seed`, `status` (finished, diverged, failed, unfinished or damaged), `epoch`,
// `step`, then metrics in the order in which they first occur. Numbers have the digits of
// metrics.jsonl, which read back exactly; one that was not finite is `nan` in CSV and null in JSON;
// a metric that an evaluation lacks is an empty cell in CSV and no member in JSON.
//
// The folder. `LABEL.npz` for each experiment that has begun (in a run, of its name), with
//   seed         uint64   [seed]         of the trials that have begun
//   status       text     [seed]
//   evaluations  int64    [seed]         how many there are
//   epoch        int64    [epoch]        of all evaluations of all trials
//   step         int64    [seed, epoch]
//   KEY          float64 or int64 [seed, epoch]               each metric
//   array_epoch  int64    [array_epoch]  of the files in arrays/; not there if there are none
//   KEY          float64 or int64 [seed, array_epoch, ...]    each array of metrics
// Where a trial has nothing, NaN and -1 stand; so they do behind an array that is smaller than that
// of another seed. manifest.json says what there is.
//
// A trial with a damaged file is exported as far as it can be read, and has the status `damaged`;
// an experiment whose experiment.textproto is damaged is left out; the report says why.
//
// Nothing is at `out` before it is complete and durable. The directory may be in use. The same
// directory gives the same bytes. Memory: a byte for each trial, and of the results those of one
// evaluation or one array at a time.
//
// Errors: INVALID_ARGUMENT for a request that cannot be met; NOT_FOUND; ALREADY_EXISTS when there is
// something at `out` (that is no export, with `force`); what the file system says; CANCELLED when
// `stop` becomes true.
absl::StatusOr<ExportReport> Export(const ExportOptions& options, const std::atomic<bool>& stop);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_EXPORT_H_
