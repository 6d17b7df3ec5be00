#include "didact/framework/execution/extend_sweep.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/extend_run.h"
#include "didact/framework/execution/probe_sweep.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/output_file.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/results/sweep_index.h"
#include "didact/framework/results/sweep_lock.h"
#include "didact/framework/results/trial_result.h"
#include "didact/framework/sweep/load_sweep.h"
#include "didact/framework/sweep/sweep_extension.h"

namespace didact {
namespace {

absl::StatusOr<SweepPlan> LoadPlan(const std::string& path, const PluginRegistry& registry) {
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, OpenConfigFile(path));
  return LoadSweep(file, {}, registry);
}

absl::Status RemoveFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (!error) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(path, ": cannot be removed: ", error.message()));
}

// Converts the directory of one sweep into that of a larger one. `matches` gives, for each
// experiment of the smaller sweep, its number in the larger one. After an interruption the
// conversion can be called again; it does not repeat steps that are complete.
//
// First all experiments are moved aside together, so that no name in the larger sweep collides with
// a name in the smaller. Each experiment is moved back under its new name after its trials have
// been extended. The new index is made from the old one, which is moved aside too.
class SweepConversion {
 public:
  SweepConversion(const std::string& directory, const SweepPlan& done, const SweepPlan& wanted,
                  const std::vector<int64_t>& matches, const PluginRegistry& registry)
      : sweep_(SweepDirectory::At(directory)),
        aside_(sweep_.Aside()),
        done_(done),
        wanted_(wanted),
        matches_(matches),
        registry_(registry) {}

  absl::Status Convert() {
    DIDACT_RETURN_IF_ERROR(PutExperimentsAside());
    DIDACT_RETURN_IF_ERROR(BringExperimentsBack());
    return MakeIndex();
  }

  // Removes what the conversion moved aside, once sweep.textproto is that of the larger sweep.
  absl::Status TidyUp() const {
    DIDACT_RETURN_IF_ERROR(RemoveFolder(aside_.ExperimentsPath()));
    DIDACT_RETURN_IF_ERROR(RemoveFile(aside_.IndexPath("")));
    DIDACT_RETURN_IF_ERROR(RemoveFolder(aside_.path()));
    return FlushDirectory(sweep_.path());
  }

 private:
  absl::Status PutExperimentsAside() const {
    if (IsDirectory(aside_.ExperimentsPath())) return absl::OkStatus();
    DIDACT_RETURN_IF_ERROR(CreateDirectories(aside_.path()));
    DIDACT_RETURN_IF_ERROR(CreateDirectories(sweep_.ExperimentsPath()));
    DIDACT_RETURN_IF_ERROR(RenameFile(sweep_.ExperimentsPath(), aside_.ExperimentsPath()));
    DIDACT_RETURN_IF_ERROR(FlushDirectory(aside_.path()));
    return FlushDirectory(sweep_.path());
  }

  absl::Status BringExperimentsBack() const {
    DIDACT_RETURN_IF_ERROR(CreateDirectories(sweep_.ExperimentsPath()));
    DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                            ListDirectory(aside_.ExperimentsPath()));
    absl::flat_hash_map<std::string, int64_t> numbers;
    for (int64_t i = 0; i < static_cast<int64_t>(matches_.size()); ++i) {
      numbers[done_.grid().Label(i)] = i;
    }
    for (const std::string& name : names) {
      const std::string folder = aside_.ExperimentPath(name);
      std::string new_name = name;  // for entries that are not experiments
      if (const auto found = numbers.find(name); found != numbers.end()) {
        DIDACT_RETURN_IF_ERROR(ExtendExperiment(folder, found->second));
        new_name = wanted_.grid().Label(matches_[found->second]);
      }
      DIDACT_RETURN_IF_ERROR(RenameFile(folder, sweep_.ExperimentPath(new_name)));
    }
    DIDACT_RETURN_IF_ERROR(FlushDirectory(aside_.ExperimentsPath()));
    return FlushDirectory(sweep_.ExperimentsPath());
  }

  absl::Status ExtendExperiment(const std::string& folder, int64_t number) const {
    const RunDirectory run = RunDirectory::At(folder);
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment done, done_.Make(number));
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment wanted, wanted_.Make(matches_[number]));
    const std::string text = PrintText(*wanted, registry_);
    const absl::StatusOr<std::string> found = ReadFile(run.ExperimentPath());
    if (found.ok() && *found == text) return absl::OkStatus();
    // Provenance says that the experiment has ended; the process that completes it writes it again.
    DIDACT_RETURN_IF_ERROR(RemoveFile(run.ProvenancePath()));
    return ExtendTrials(folder, done, wanted, text);
  }

  absl::Status MakeIndex() const {
    const std::string path = sweep_.IndexPath("");
    if (!PathExists(aside_.IndexPath(""))) {
      DIDACT_RETURN_IF_ERROR(GatherSweepIndex(sweep_.path(), "", ""));
      if (PathExists(path)) DIDACT_RETURN_IF_ERROR(RenameFile(path, aside_.IndexPath("")));
      DIDACT_RETURN_IF_ERROR(FlushDirectory(aside_.path()));
      DIDACT_RETURN_IF_ERROR(FlushDirectory(sweep_.path()));
    }
    DIDACT_ASSIGN_OR_RETURN(OutputFile index, OutputFile::Create(path));
    absl::Status written;
    DIDACT_RETURN_IF_ERROR(
        ReadSweepIndex(aside_.path(), [&](int, int64_t number, const TrialState& state) {
          if (number >= static_cast<int64_t>(matches_.size()) || !written.ok()) return;
          const IndexedTrial trial = Indexed(matches_[number]);
          // Trials that continue have not ended.
          if (IsDone(state.status()) && !HasOutcome(trial, state)) return;
          written = index.Append(absl::StrCat(IndexLine(trial, state), "\n"));
        }));
    DIDACT_RETURN_IF_ERROR(written);
    return index.Commit();
  }

  IndexedTrial Indexed(int64_t number) const {
    IndexedTrial trial = {number, wanted_.grid().Label(number), {}};
    for (SweepChange& change : wanted_.grid().Changes(number)) {
      trial.overrides.emplace_back(std::move(change.change.path), std::move(change.change.value));
    }
    return trial;
  }

  bool HasOutcome(const IndexedTrial& trial, const TrialState& state) const {
    const RunDirectory run = RunDirectory::At(sweep_.ExperimentPath(trial.label));
    return ReadOutcome(run.Trial(state.provenance.seed)).ok();
  }

  const SweepDirectory sweep_;
  const SweepDirectory aside_;
  const SweepPlan& done_;
  const SweepPlan& wanted_;
  const std::vector<int64_t>& matches_;
  const PluginRegistry& registry_;
};

// Carries out the extension that the request in the directory describes, and removes the request.
absl::Status Finish(const std::string& directory, const PluginRegistry& registry) {
  const std::string request = ExtensionRequestPath(directory);
  const std::string sweep_path = SweepDirectory::At(directory).SweepPath();
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(request));
  DIDACT_ASSIGN_OR_RETURN(const std::string done_text, ReadFile(sweep_path));
  DIDACT_ASSIGN_OR_RETURN(const SweepPlan wanted, LoadPlan(request, registry));
  DIDACT_ASSIGN_OR_RETURN(const SweepPlan done, LoadPlan(sweep_path, registry));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> matches,
                          MatchExperiments(done, wanted, directory));
  SweepConversion conversion(directory, done, wanted, matches, registry);
  if (done_text != text) {
    DIDACT_RETURN_IF_ERROR(conversion.Convert());
    DIDACT_RETURN_IF_ERROR(WriteFileAtomically(sweep_path, text));
  }
  DIDACT_RETURN_IF_ERROR(conversion.TidyUp());
  // The removal need not be durable: if the request reappears, nothing is left to do.
  return RemoveFile(request);
}

absl::StatusOr<ExtensionSummary> Summarize(const std::string& directory, const SweepPlan& done,
                                           const SweepPlan& wanted,
                                           const std::vector<int64_t>& matches) {
  ExtensionSummary summary;
  summary.trials = wanted.trials();
  for (int64_t i = 0; i < static_cast<int64_t>(matches.size()); ++i) {
    const std::string folder = SweepDirectory::At(directory).ExperimentPath(done.grid().Label(i));
    if (!IsDirectory(folder)) continue;
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment smaller, done.Make(i));
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment larger, wanted.Make(matches[i]));
    DIDACT_RETURN_IF_ERROR(
        wanted.Locate(matches[i], AddTrials(folder, smaller, larger, wanted.path(), summary)));
  }
  return summary;
}

absl::Status FindMissingFiles(const std::string& directory, const SweepPlan& wanted,
                              const PluginRegistry& registry, StopFlag stop) {
  if (!wanted.names_data_files()) return absl::OkStatus();
  return ProbeMissingFiles(wanted, registry, wanted.AllExperiments(), directory, stop,
                           ", and extend it then");
}

}  // namespace

absl::Status ExtendSweep(const std::string& directory, const SweepPlan& wanted,
                         const PluginRegistry& registry, const ConfirmExtension& confirm,
                         StopFlag stop) {
  const std::string sweep_path = SweepDirectory::At(directory).SweepPath();
  DIDACT_ASSIGN_OR_RETURN(const SweepLock lock, SweepLock::Acquire(directory, ""));
  if (IsBeingExtended(directory)) DIDACT_RETURN_IF_ERROR(Finish(directory, registry));
  DIDACT_ASSIGN_OR_RETURN(const std::string done_text, ReadFile(sweep_path));
  DIDACT_ASSIGN_OR_RETURN(const SweepPlan done, LoadPlan(sweep_path, registry));
  DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> matches,
                          MatchExperiments(done, wanted, directory));
  DIDACT_ASSIGN_OR_RETURN(const ExtensionSummary summary,
                          Summarize(directory, done, wanted, matches));
  if (!summary.is_complete()) {
    DIDACT_RETURN_IF_ERROR(FindMissingFiles(directory, wanted, registry, stop));
    DIDACT_RETURN_IF_ERROR(ProbeSweep(wanted, registry, /*warnings=*/nullptr, stop));
  }
  if (!confirm(summary)) return absl::OkStatus();
  const std::string text = PrintText(wanted.sweep(), registry);
  if (text == done_text) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(WriteFileAtomically(ExtensionRequestPath(directory), text));
  return Finish(directory, registry);
}

}  // namespace didact
