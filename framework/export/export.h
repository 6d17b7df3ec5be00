// Exports a run or a sweep for other programs: as one table, or as arrays stacked over seeds.
//
// Example:
//
//   ExportOptions options;
//   options.directory = "runs/paper";
//   options.out = "paper.csv";
//   DIDACT_ASSIGN_OR_RETURN(const ExportReport report, Export(options, stop));

#ifndef DIDACT_FRAMEWORK_EXPORT_EXPORT_H_
#define DIDACT_FRAMEWORK_EXPORT_EXPORT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/results/damage.h"
#include "didact/framework/results/result_directory.h"

namespace didact {

enum class ExportFormat {
  kCsv,        // a table: RFC 4180, except that lines end with a newline alone
  kJsonLines,  // the same table, one JSON object per row
  kNpz,        // a folder: one archive per experiment, and manifest.json
};

// The value of ExportOptions::out for standard output.
inline constexpr const char* kStandardOutput = "-";

struct ExportOptions {
  std::string directory;  // directory of a run or of a sweep
  ExportFormat format = ExportFormat::kCsv;
  // A file, or kStandardOutput; for kNpz a folder, whose parent exists.
  std::string out = kStandardOutput;
  bool force = false;  // replaces an existing file or export
  bool last = false;   // only the last evaluation of each trial; not for kNpz
  // Metrics and arrays to export, in which `*` stands for any characters; if empty, all.
  std::vector<std::string> metrics;
};

struct ExportReport {
  std::array<int64_t, kTrialStatuses> trials = {};  // by status; of experiments that have begun
  int64_t experiments = 0;                          // of the sweep; 1 for a run
  int64_t experiments_without_files = 0;            // among `experiments`
  int64_t rows = 0;                                 // of the table
  Damage damage;

  int64_t of(TrialStatus status) const { return trials[static_cast<size_t>(status)]; }
};

// The table has a row for each evaluation of each trial that has begun, by experiment, seed and
// epoch; a trial without evaluations has one row with empty cells. Columns: `experiment`, those of
// the sweep (SweepColumns), `seed`, `status` (finished, diverged, failed, unfinished or damaged),
// `epoch`, `step`, then metrics in the order in which they first occur. Numbers have the digits of
// metrics.jsonl, which parse to the same value. A number that is not finite is `nan` in CSV and
// null in JSON; a metric that an evaluation lacks is an empty cell in CSV and is left out in JSON.
//
// The folder has `LABEL.npz` for each experiment that has begun (for a run, with its name), with
//   seed         uint64   [seed]         trials that have begun
//   status       text     [seed]
//   evaluations  int64    [seed]         number of evaluations
//   epoch        int64    [epoch]        of all evaluations of all trials
//   step         int64    [seed, epoch]
//   KEY          float64 or int64 [seed, epoch]               each metric
//   array_epoch  int64    [array_epoch]  of the files in arrays/; missing if there are none
//   KEY          float64 or int64 [seed, array_epoch, ...]    each array of metrics
// Missing values are NaN or -1, also where an array is smaller than that of another seed.
// manifest.json lists the contents.
//
// A trial with a damaged file is exported as far as it can be read, with the status `damaged`; an
// experiment whose experiment.textproto is damaged is left out; the report says why.
//
// `out` appears once it is complete and durable. The directory may be in use. The same directory
// gives the same bytes. Memory: one byte for each trial, and the results of one evaluation or one
// array at a time.
//
// Errors: INVALID_ARGUMENT for a request that cannot be met; NOT_FOUND; ALREADY_EXISTS if `out`
// exists (with `force`, if it is not an export); those of the file system; CANCELLED if `stop`
// becomes true.
absl::StatusOr<ExportReport> Export(const ExportOptions& options, const std::atomic<bool>& stop);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_EXPORT_H_
