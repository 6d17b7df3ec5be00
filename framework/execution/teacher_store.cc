#include "didact/framework/execution/teacher_store.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/sha256.h"
#include "didact/framework/base/status.h"
#include "didact/framework/base/version.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/execution/execute_trial.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/file_lock.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/plugin/state.h"
#include "didact/framework/results/provenance.h"
#include "didact/framework/results/trial_directory.h"
#include "didact/framework/results/trial_result.h"
#include "didact/framework/results/trial_status.h"
#include "didact/protos/experiment.pb.h"

namespace didact {
namespace {

constexpr size_t kKeyDigits = 32;
constexpr std::chrono::milliseconds kPause(100);

// Returns the teacher with its preparations up to this training, and with the data sets that these
// leave out, as the only content of an experiment.
Experiment TeacherOf(const TeacherTrainingTask& task) {
  const Experiment& experiment = *task.experiment;
  Experiment part;
  part.set_precision(experiment.precision());
  Teacher& teacher = *part.mutable_teacher();
  teacher = experiment.teacher();
  teacher.set_stream_seed(task.seed);
  auto& preparations = *teacher.mutable_preparation();
  preparations.DeleteSubrange(task.preparation + 1, preparations.size() - task.preparation - 1);
  for (TeacherPreparation& preparation : preparations) {
    if (!preparation.has_train()) continue;
    TeacherTraining& train = *preparation.mutable_train();
    if (!train.has_data()) *train.mutable_data() = experiment.train_data();
    if (train.has_eval_data()) continue;
    *train.mutable_eval_data() = experiment.eval_data();
    *part.mutable_eval_augmentation() = experiment.eval_augmentation();
  }
  return part;
}

// Replaces the names of files by the hashes of their bytes.
void ReplaceFileNames(const std::vector<DataFile>& files, const PluginRegistry& registry,
                      Experiment& experiment) {
  ChangeFileNames(registry, experiment,
                  [&files](const std::string& field, const std::string& name) {
                    for (const DataFile& file : files) {
                      if (file.field != field || !absl::StartsWith(name, file.path)) continue;
                      return absl::StrCat(file.sha256, name.substr(file.path.size()));
                    }
                    return name;
                  });
}

// Writes arrays of a file into those of a teacher.
class WeightsRestorer final : public StateVisitor {
 public:
  explicit WeightsRestorer(const NpzReader& reader) : reader_(reader) {}

  void Visit(absl::string_view name, AnyArrayView array) override {
    problems_.Add(Restore(absl::StrCat("student.", name), array));
  }

  absl::Status ToStatus() const { return problems_.ToStatus(); }

 private:
  absl::Status Restore(const std::string& name, const AnyArrayView& array) const {
    DIDACT_ASSIGN_OR_RETURN(const NpyArray saved, reader_.Read(name));
    const NpyElement element =
        array.type() == ScalarType::kFloat32 ? NpyElement::kFloat32 : NpyElement::kFloat64;
    if (saved.element != element || saved.size() != array.size()) {
      return saved.Invalid(absl::StrCat("must be ", array.size(), " numbers of type ",
                                        NpyElementName(element), ", got ", saved.ShapeString(),
                                        " of type ", NpyElementName(saved.element)));
    }
    CopyFromBytes(saved.bytes.data(), array);
    return absl::OkStatus();
  }

  const NpzReader& reader_;
  Problems problems_;
};

absl::Status RestoreWeights(const TrialDirectory& directory, int64_t epochs,
                            absl::FunctionRef<void(StateVisitor&)> visit) {
  const std::string path = directory.WeightsPath(epochs - 1);
  absl::StatusOr<NpzReader> reader = NpzReader::Open(path);
  absl::Status status = reader.status();
  if (reader.ok()) {
    WeightsRestorer restorer(*reader);
    visit(restorer);
    status = restorer.ToStatus();
  }
  if (status.ok()) return status;
  return absl::DataLossError(absl::StrCat(status.message(), "; remove the folder ",
                                          directory.path(), " to train the teacher again"));
}

// Returns the status of a training that has ended.
absl::Status StatusOfEnded(const TrialResult& result, const TrialDirectory& directory) {
  const TrialProvenance& provenance = result.provenance;
  switch (provenance.status) {
    case TrialStatus::kFinished:
      return absl::OkStatus();
    case TrialStatus::kDiverged:
      return absl::OutOfRangeError(
          absl::StrCat("diverged: ", provenance.message, " (", directory.path(), ")"));
    case TrialStatus::kInterrupted:
      return StoppedError();
    default:
      return absl::InternalError(provenance.message);
  }
}

// Shows a training in the progress of the process as long as this object lives.
class TeacherTrainingUnderWay {
 public:
  // `trial` reports to `progress`; `teachers` may be null.
  TeacherTrainingUnderWay(TeacherProgress* teachers, const Trial& trial, TrialProgress& progress)
      : teachers_(teachers) {
    if (teachers_ == nullptr) return;
    teachers_->last.Reset();
    teachers_->epochs = trial.epochs();
    ++teachers_->trainings;
    progress.last = &teachers_->last;
  }
  ~TeacherTrainingUnderWay() {
    if (teachers_ != nullptr) --teachers_->trainings;
  }
  TeacherTrainingUnderWay(const TeacherTrainingUnderWay&) = delete;
  TeacherTrainingUnderWay& operator=(const TeacherTrainingUnderWay&) = delete;

 private:
  TeacherProgress* const teachers_;
};

}  // namespace

absl::StatusOr<std::string> TeacherKey(const TeacherTrainingTask& task,
                                       const PluginRegistry& registry, StopFlag stop) {
  Experiment part = TeacherOf(task);
  DIDACT_ASSIGN_OR_RETURN(const std::vector<DataFile> files, HashDataFiles(part, registry, stop));
  std::string text = absl::StrCat("release ", Version(), "\n");
  for (const PluginLibraryInfo& library : UsedLibraries(part, registry)) {
    absl::StrAppend(&text, "library ", library.name, " ", library.version, " ", library.sha256,
                    "\n");
  }
  ReplaceFileNames(files, registry, part);
  absl::StrAppend(&text, PrintText(part, registry));
  DIDACT_ASSIGN_OR_RETURN(const std::string hash, Sha256(text));
  return hash.substr(0, kKeyDigits);
}

absl::Status TeacherStore::Train(const TeacherTrainingTask& task,
                                 TeacherTrainer::CreateTeacherTrial create_trial,
                                 TeacherTrainer::VisitTeacher visit, StopFlag stop,
                                 TeacherReport& report) {
  const auto start = std::chrono::steady_clock::now();
  DIDACT_ASSIGN_OR_RETURN(const std::string key, TeacherKey(task, registry_, stop));
  report.keys.push_back(key);
  absl::Status status = TrainOrRestore(task, key, create_trial, visit, stop, report);
  if (report.progress != nullptr) {
    report.progress->seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return status;
}

absl::Status TeacherStore::TrainOrRestore(const TeacherTrainingTask& task, const std::string& key,
                                          TeacherTrainer::CreateTeacherTrial create_trial,
                                          TeacherTrainer::VisitTeacher visit, StopFlag stop,
                                          const TeacherReport& report) {
  TrialTask training;
  training.experiment = &task.training;
  training.seed = task.seed;
  training.path = task.path;
  training.directory = TrialDirectory(JoinPath(directory_, key));
  training.resume = true;
  training.warn = report.warn;
  const std::string lock_path = JoinPath(directory_, absl::StrCat(key, ".lock"));
  DIDACT_RETURN_IF_ERROR(CreateDirectories(directory_));
  std::optional<FileLock> lock;
  std::vector<std::string> notes;
  while (true) {
    notes.clear();
    // Another process may have ended the training before this one got the lock.
    if (const std::optional<TrialResult> ended = EndedTrial(training, notes)) {
      if (PathExists(lock_path)) {
        // A killed process may have left this file and temporary ones behind.
        if (!lock) {
          absl::StatusOr<FileLock> acquired = FileLock::Acquire(lock_path);
          if (acquired.ok()) lock.emplace(*std::move(acquired));
        }
        if (lock) RemoveTemporaries(training.directory.path()).IgnoreError();
        lock.reset();
        FlushDirectory(directory_).IgnoreError();
      }
      DIDACT_RETURN_IF_ERROR(StatusOfEnded(*ended, training.directory));
      return RestoreWeights(training.directory, task.training->training().epochs(), visit);
    }
    if (lock) break;
    if (IsSet(stop)) return StoppedError();
    absl::StatusOr<FileLock> acquired = FileLock::Acquire(lock_path);
    if (acquired.ok()) {
      lock.emplace(*std::move(acquired));
    } else if (absl::IsFailedPrecondition(acquired.status())) {
      std::this_thread::sleep_for(kPause);
    } else {
      return acquired.status();
    }
  }
  DIDACT_ASSIGN_OR_RETURN(Trial* const trial, create_trial());
  DIDACT_RETURN_IF_ERROR(CreateDirectories(training.directory.path()));
  DIDACT_RETURN_IF_ERROR(
      WriteFileAtomically(JoinPath(training.directory.path(), "teacher.textproto"),
                          PrintText(TeacherOf(task), registry_)));
  const std::string provenance_path = JoinPath(training.directory.path(), "provenance.json");
  Provenance provenance;
  provenance.earlier = ReadProvenance(provenance_path).earlier;
  provenance.plugin_libraries =
      LoadedLibraries(registry_, UsedLibraries(*task.training, registry_));
  provenance.data_files = trial->data_files();
  const std::atomic<bool> never = false;
  TrialProgress progress;
  const TeacherTrainingUnderWay under_way(report.progress, *trial, progress);
  TrialResult result = ExecuteTrial(training, *trial, stop == nullptr ? never : *stop, progress);
  provenance.End();
  provenance.outcome = result.provenance.status;
  result.provenance.notes.insert(result.provenance.notes.begin(), notes.begin(), notes.end());
  provenance.trials.push_back(result.provenance);
  DIDACT_RETURN_IF_ERROR(WriteProvenance(provenance_path, provenance));
  // When students have ended, the training is not looked at again.
  lock.reset();
  DIDACT_RETURN_IF_ERROR(FlushDirectory(directory_));
  return StatusOfEnded(result, training.directory);
}

}  // namespace didact
