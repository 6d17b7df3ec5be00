#include "didact/framework/results/result_directory.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/config_file.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/packed_config.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/results/extension_request.h"
#include "didact/framework/results/run_directory.h"
#include "didact/framework/results/sweep_directory.h"
#include "didact/framework/results/trial_result.h"
#include "didact/framework/sweep/sweep_places.h"
#include "didact/protos/experiment.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace didact {
namespace {

// Keeps only the first error.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat(":", line + 1, ":", column + 1, ": ", message);
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Reads the config at `path` without the contents of plugins.
absl::Status ReadConfig(const std::string& path, google::protobuf::Message& message) {
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadConfigFile(path));
  const PluginRegistry no_plugins;
  const PluginFinder finder(no_plugins);
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.SetFinder(&finder);
  parser.SetRecursionLimit(2 * kMaxConfigDepth);  // a sweep's base is nested one level deeper
  parser.AllowUnknownField(true);
  parser.RecordErrorsTo(&error);
  if (parser.ParseFromString(text, &message)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, error.text()));
}

// Reads the `experiment.textproto` of `run`, for its name, seeds and other fields outside of
// plugins.
absl::Status ReadExperiment(const RunDirectory& run, didact::Experiment& config) {
  const std::string path = run.ExperimentPath();
  DIDACT_RETURN_IF_ERROR(ReadConfig(path, config));
  return ResolveSeeds(*config.mutable_seed(), FieldPath(path).Field("seed"));
}

}  // namespace

TrialDirectory ResultExperiment::Trial(int64_t trial) const {
  return RunDirectory::At(path).Trial(first_seed + static_cast<uint64_t>(trial));
}

absl::StatusOr<ResultDirectory> ResultDirectory::Open(const std::string& path) {
  if (!PathExists(path)) return absl::NotFoundError(absl::StrCat(path, ": does not exist"));
  if (!IsDirectory(path)) {
    return absl::NotFoundError(
        absl::StrCat(path, ": is a file, the folder of a run or sweep is wanted"));
  }
  DIDACT_RETURN_IF_ERROR(CheckIsNotBeingExtended(path));
  ResultDirectory directory(path);
  const RunDirectory run = RunDirectory::At(path);
  if (PathExists(SweepDirectory::At(path).SweepPath())) {
    DIDACT_RETURN_IF_ERROR(directory.OpenSweep());
    return directory;
  }
  if (!PathExists(run.ExperimentPath())) {
    return absl::NotFoundError(
        absl::StrCat(path,
                     ": is not the directory of a run or a sweep: there is neither "
                     "experiment.textproto nor sweep.textproto in it"));
  }
  didact::Experiment config;
  DIDACT_RETURN_IF_ERROR(ReadExperiment(run, config));
  directory.name_ = config.name();
  directory.failed_ = FailedTrials::OfRun(run.ProvenancePath());
  return directory;
}

absl::Status ResultDirectory::OpenSweep() {
  const std::string file = SweepDirectory::At(path_).SweepPath();
  DIDACT_RETURN_IF_ERROR(ReadConfig(file, sweep_));
  sweep_.clear_base();
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile config, OpenConfigFile(file));
  DIDACT_ASSIGN_OR_RETURN(SweepGrid grid, SweepGrid::Create(sweep_, SweepPlaces(config)));
  grid_.emplace(std::move(grid));
  name_ = sweep_.name();
  columns_ = SweepColumns(sweep_);
  DIDACT_ASSIGN_OR_RETURN(failed_, FailedTrials::OfSweep(path_));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<ResultExperiment>> ResultDirectory::Experiment(int64_t i) const {
  ResultExperiment experiment;
  experiment.number = i;
  experiment.label = name_;
  experiment.path = path_;
  if (grid_) {
    experiment.label = grid_->Label(i);
    experiment.path = SweepDirectory::At(path_).ExperimentPath(experiment.label);
    experiment.cells = SweepCells(columns_, sweep_, *grid_, i);
  }
  const RunDirectory run = RunDirectory::At(experiment.path);
  if (!PathExists(run.ExperimentPath())) return std::nullopt;
  didact::Experiment config;
  DIDACT_RETURN_IF_ERROR(ReadExperiment(run, config));
  experiment.first_seed = config.seed().first();
  experiment.trials = static_cast<int64_t>(config.seed().last() - config.seed().first() + 1);
  return experiment;
}

TrialEnd ResultDirectory::EndOf(const ResultExperiment& experiment, int64_t trial) const {
  TrialEnd end;
  const TrialDirectory folder = experiment.Trial(trial);
  const absl::StatusOr<TrialResult> outcome = ReadOutcome(folder);
  if (outcome.ok()) {
    end.steps = outcome->provenance.steps;
    end.status = outcome->provenance.status;
    return end;
  }
  if (absl::IsNotFound(outcome.status())) {
    const uint64_t seed = experiment.first_seed + static_cast<uint64_t>(trial);
    if (failed_.Has(experiment.number, seed)) {
      end.status = TrialStatus::kFailed;
    } else if (PathExists(folder.path())) {
      end.status = TrialStatus::kUnfinished;
    }
    return end;
  }
  end.problem = outcome.status();
  end.status = TrialStatus::kDamaged;
  return end;
}

}  // namespace didact
