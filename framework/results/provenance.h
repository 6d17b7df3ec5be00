// provenance.json: what ran, where, when and how it ended. It is the only file of a run that
// differs between two executions of the same experiment.

#ifndef DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_
#define DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/trial_status.h"

namespace didact {

// How one trial ended.
struct TrialProvenance {
  uint64_t seed = 0;
  TrialStatus status = TrialStatus::kPending;
  int64_t steps = 0;    // steps done
  std::string message;  // why it failed or diverged
  // Wall time in the process that ended the trial; negative if unknown.
  double seconds = 0;
  int64_t resumed_at = -1;            // step of the checkpoint it continued from; negative: none
  std::vector<std::string> notes;     // e.g. why a checkpoint was not used
  std::vector<std::string> warnings;  // Trial::warnings, without the place of the config
  // The folders in `teachers` of the trainings of its teacher, in the order of the preparations.
  std::vector<std::string> teachers;
};

// A plugin library that a process had loaded.
struct LoadedLibrary {
  PluginLibraryInfo library;
  bool is_used = false;  // plugins of the experiment, or of the sweep, come from it
};

// Returns all libraries of `registry`, with is_used set for those in `used`.
std::vector<LoadedLibrary> LoadedLibraries(const PluginRegistry& registry,
                                           absl::Span<const PluginLibraryInfo> used);

// The record of one process. Construct it when the process begins, and call End when it ends.
struct Provenance {
  std::vector<std::string> command;  // the command line
  // kRunning until the process has ended, then the outcome of all trials (CombineOutcomes).
  TrialStatus outcome = TrialStatus::kRunning;
  int threads = 1;    // in this process
  int processes = 1;  // number of processes that worked together
  absl::Time start = absl::Now();
  // Run time by a monotonic clock, unlike `start`, which comes from the system's clock. Infinite
  // until the process has ended.
  absl::Duration taken = absl::InfiniteDuration();
  std::vector<LoadedLibrary> plugin_libraries;
  std::vector<DataFile> data_files;  // those that the experiments name
  // Descriptions of the keys that the metrics of an experiment write, so that a reader of its
  // results needs no plugin.
  std::vector<MetricKey> metric_keys;
  std::vector<std::string> notes;  // e.g. that a plugin library has changed
  std::vector<TrialProvenance> trials;
  // A JSON array with the records of earlier processes of the same run, from ReadProvenance.
  std::string earlier;

  // Sets `taken` to the time since construction.
  void End() { taken = absl::FromChrono(std::chrono::steady_clock::now() - began_); }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// The parts of an earlier record that a process needs to continue a run.
struct EarlierProvenance {
  std::string simd;   // instruction set of the kernels; empty if unknown
  std::string start;  // in a form whose alphabetical order is that of time
  // The libraries that plugins came from; std::nullopt if unknown. Canonical paths are not
  // recorded.
  std::optional<std::vector<PluginLibraryInfo>> used_libraries;
  // The data files that were read; std::nullopt if unknown. Stamps are not recorded.
  std::optional<std::vector<DataFile>> data_files;
  std::vector<TrialProvenance> trials;
  // The value for Provenance::earlier: the records of all processes until now, without their
  // trials.
  std::string earlier;
};

// Reads a file that WriteProvenance wrote. Parts that are missing or damaged are left empty, since
// no result depends on them.
EarlierProvenance ReadProvenance(const std::string& path);

// Returns the record of the process that started last among all processes of the sweep in
// `directory`, including shards. Its data files are those of all processes; if several have read a
// file, the hash of the last one is taken.
EarlierProvenance ReadLatestProvenance(const std::string& directory);

// Writes the file atomically, with version, commit, SIMD architecture, processor and host added.
absl::Status WriteProvenance(const std::string& path, const Provenance& provenance);

// Returns the descriptions of metric keys in the file at `path`; none if there is no such file, or
// if an older release wrote it.
std::vector<MetricKey> ReadMetricKeys(const std::string& path);

// Returns true if, according to the file at `path`, all trials of the run have finished, diverged
// or failed.
bool RunEnded(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_
