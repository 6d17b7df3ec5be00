// provenance.json: what ran, where, when and how it ended. The only file of a run that two
// executions of the same experiment do not share byte for byte.

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
#include "framework/config/data_files.h"
#include "framework/plugin/metric_key.h"
#include "framework/plugin/registry.h"
#include "framework/results/trial_status.h"

namespace didact {

// How one trial ended.
struct TrialProvenance {
  uint64_t seed = 0;
  TrialStatus status = TrialStatus::kPending;
  int64_t steps = 0;    // steps done
  std::string message;  // why it failed or diverged
  // Wall time in the process that ended it; negative: unknown.
  double seconds = 0;
  int64_t resumed_at = -1;            // the step of the checkpoint it went on from; negative: none
  std::vector<std::string> notes;     // e.g. why a checkpoint was not used
  std::vector<std::string> warnings;  // Trial::warnings, without the place of the config
};

// A plugin library that a process had loaded.
struct LoadedLibrary {
  PluginLibraryInfo library;
  bool is_used = false;  // whether plugins of the experiment, or of the sweep, come from it
};

// All libraries of `registry`, of which `used` are used.
std::vector<LoadedLibrary> LoadedLibraries(const PluginRegistry& registry,
                                           absl::Span<const PluginLibraryInfo> used);

// What one process did. Made when it begins.
struct Provenance {
  std::vector<std::string> command;  // the command line
  // kRunning until it has ended, then that of all trials (CombineOutcomes).
  TrialStatus outcome = TrialStatus::kRunning;
  int threads = 1;    // of one process
  int processes = 1;  // that worked together
  absl::Time start = absl::Now();
  // How long it took, by a clock that is never set, unlike the one that says when it was; infinite: it
  // has not ended.
  absl::Duration taken = absl::InfiniteDuration();
  std::vector<LoadedLibrary> plugin_libraries;
  std::vector<DataFile> data_files;  // those that the experiment, or those of the sweep, name
  // Descriptions of the keys that the metrics of an experiment write, so that a reader of its
  // results needs no plugin.
  std::vector<MetricKey> metric_keys;
  std::vector<std::string> notes;  // e.g. that it went on with another plugin library
  std::vector<TrialProvenance> trials;
  // A JSON array of what earlier processes did for the run, from ReadProvenance.
  std::string earlier;

  // It ends now.
  void End() { taken = absl::FromChrono(std::chrono::steady_clock::now() - began_); }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// What whoever goes on with a run needs to know of it.
struct EarlierProvenance {
  std::string simd;   // instruction set of the kernels, empty: unknown
  std::string start;  // in a form whose order is that of time
  // The libraries that plugins came from; nothing: unknown. Canonical paths are not recorded.
  std::optional<std::vector<PluginLibraryInfo>> used_libraries;
  // The files of data that were read; nothing: unknown. Stamps are not recorded.
  std::optional<std::vector<DataFile>> data_files;
  std::vector<TrialProvenance> trials;
  // For Provenance::earlier: all processes until now, without their trials.
  std::string earlier;
};

// Reads a file that WriteProvenance wrote. What is missing or damaged in it is left empty: results
// do not depend on it.
EarlierProvenance ReadProvenance(const std::string& path);

// The one that was started last of those that the processes of a sweep wrote into `directory`, shards
// among them; with the files of data of all, each as the last process that read it says.
EarlierProvenance ReadLatestProvenance(const std::string& directory);

// Writes the file atomically, with version, commit, SIMD architecture, processor and host added.
absl::Status WriteProvenance(const std::string& path, const Provenance& provenance);

// The descriptions of metrics' keys in the file at `path`; none if there is no such file, or if an older release wrote
// it.
std::vector<MetricKey> ReadMetricKeys(const std::string& path);

// Whether the file at `path` says that the run came to its end: all its trials have ended, each in its way.
bool RunEnded(const std::string& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_PROVENANCE_H_
