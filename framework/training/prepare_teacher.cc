#include "didact/framework/training/prepare_teacher.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/data_files.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/network/kept_nodes.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/exception_status.h"
#include "didact/framework/plugin/library/used_libraries.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/weakest_nodes.h"
#include "didact/framework/training/hidden_layer_plans.h"
#include "didact/framework/training/prefixed_state.h"
#include "didact/framework/training/trial_parts.h"
#include "didact/framework/training/typed_trial.h"
#include "google/protobuf/any.pb.h"

namespace didact {
namespace {

// For each hidden layer, the numbers of some of its nodes.
using NodesOfLayers = std::vector<std::vector<int64_t>>;

// Sets the fan-out weights of nodes to 0.
template <class T>
void ClearFanOut(const NodesOfLayers& nodes, NetworkView<T> network) {
  for (size_t l = 0; l < nodes.size(); ++l) {
    const LayerView<T>& above = network[l + 1];
    const int64_t columns = ColumnsPerNode(above, network[l].nodes);
    for (const int64_t node : nodes[l]) {
      for (int64_t i = 0; i < above.weight.shape(0); ++i) {
        for (int64_t j = node * columns; j < (node + 1) * columns; ++j) above.weight(i, j) = 0;
      }
    }
  }
}

// Keeps nodes pruned that are not removed. Immutable; exact.
template <class T>
class KeepPruned final : public Projection<T> {
 public:
  explicit KeepPruned(NodesOfLayers nodes) : nodes_(std::move(nodes)) {}

  void Apply(const RandomStream&, NetworkView<T> student) const override {
    ClearFanOut(nodes_, student);
  }

 private:
  NodesOfLayers nodes_;
};

// The teacher on its way through the preparations.
template <class T>
class Preparation {
 public:
  Preparation(const ResolvedExperiment& experiment, uint64_t seed, const PluginRegistry& registry,
              const FieldPath& path, TeacherTrainer& trainer, std::unique_ptr<Network<T>> teacher,
              StopFlag stop)
      : experiment_(experiment),
        config_(experiment->teacher()),
        seed_(config_.has_stream_seed() ? config_.stream_seed() : seed),
        registry_(registry),
        path_(path),
        trainer_(trainer),
        stop_(stop),
        teacher_(std::move(teacher)),
        pruned_(config_.hidden_size()) {}

  absl::StatusOr<std::unique_ptr<Network<T>>> Run() {
    for (int p = 0; p < config_.preparation_size(); ++p) {
      if (config_.preparation(p).has_prune()) {
        Prune(p);
      } else {
        DIDACT_RETURN_IF_ERROR(Train(p));
      }
    }
    return std::move(teacher_);
  }

 private:
  absl::Status Train(int preparation) {
    const FieldPath path =
        path_.Field("teacher").Field("preparation").Index(preparation).Field("train");
    DIDACT_ASSIGN_OR_RETURN(const ResolvedExperiment training,
                            ResolvedExperiment::Create(
                                PreparationExperiment(*experiment_, preparation), registry_, path));
    const TeacherTrainingTask task = {experiment_, preparation, training,
                                      seed_,       path,        path_.Field("teacher")};
    const auto visit = [this](StateVisitor& visitor) {
      for (int64_t l = 0; l < teacher_->layers(); ++l) {
        PrefixedState layer(absl::StrCat(l, "."), visitor);
        teacher_->layer(l).VisitState(layer);
      }
    };
    std::unique_ptr<TypedTrial<T>> trial;
    absl::Status created;
    const auto create = [&]() -> absl::StatusOr<Trial*> {
      created = CreateTrialOf(task, trial);
      if (!created.ok()) return created;
      return trial.get();
    };
    const absl::Status trained = trainer_.Train(task, create, visit, stop_);
    DIDACT_RETURN_IF_ERROR(created);
    if (absl::IsCancelled(trained)) return trained;
    DIDACT_RETURN_IF_ERROR(AnnotateWithPath(trained, task.path));
    if (trial != nullptr) teacher_ = trial->TakeStudent();
    return absl::OkStatus();
  }

  // Makes the trial of a training, into which the teacher is moved.
  absl::Status CreateTrialOf(const TeacherTrainingTask& task,
                             std::unique_ptr<TypedTrial<T>>& trial) {
    const RandomStream random =
        RandomStream(seed_, "teacher").Split("preparation").Split(task.preparation);
    TrialInfo info;
    info.seed = seed_;
    info.plugin_libraries = UsedLibraries(*task.training, registry_);
    DIDACT_ASSIGN_OR_RETURN(info.data_files, HashDataFiles(*task.training, registry_, stop_));
    DIDACT_ASSIGN_OR_RETURN(TrialParts<T> parts, BuildTeacherTrainingParts<T>(
                                                     task.training, random, registry_,
                                                     FieldsOf(task), std::move(teacher_), stop_));
    StageParts<T>& stage = parts.stages.front().training;
    if (!absl::c_all_of(pruned_, [](const auto& nodes) { return nodes.empty(); })) {
      stage.projections.emplace_back(std::make_unique<KeepPruned<T>>(pruned_),
                                     "didact.TeacherPruning", path_.Field("teacher"));
      stage.projection_random.push_back(random.Split("pruned"));
    }
    trial = std::make_unique<TypedTrial<T>>(task.training, std::move(info), std::move(parts));
    return trial->Prepare();
  }

  // Returns the fields that configure a training, for messages.
  TrialFields FieldsOf(const TeacherTrainingTask& task) const {
    const TeacherTraining& train = config_.preparation(task.preparation).train();
    TrialFields fields;
    fields.train_data = train.has_data() ? task.path.Field("data") : path_.Field("train_data");
    fields.eval_data =
        train.has_eval_data() ? task.path.Field("eval_data") : path_.Field("eval_data");
    fields.train_augmentation = task.path.Field("augmentation");
    fields.eval_augmentation = path_.Field("eval_augmentation");
    fields.student = path_.Field("teacher");
    fields.loss = task.path.Field("loss");
    fields.optimizer = task.path.Field("optimizer");
    fields.projection = task.path.Field("projection");
    fields.training = task.path.Field("training");
    fields.metric = task.path.Field("metric");
    return fields;
  }

  void Prune(int preparation) {
    const TeacherPruning& prune = config_.preparation(preparation).prune();
    const NetworkView<const T> view = std::as_const(*teacher_).view();
    NodesOfLayers weakest;
    for (int l = 0; l < config_.hidden_size(); ++l) {
      weakest.push_back(WeakestNodes(view[l + 1], view[l].nodes, PruningRatio(prune, l)));
    }
    if (prune.remove()) return Remove(preparation, weakest);
    ClearFanOut(weakest, teacher_->view());
    for (size_t l = 0; l < weakest.size(); ++l) {
      for (const int64_t node : weakest[l]) {
        if (!absl::c_linear_search(pruned_[l], node)) pruned_[l].push_back(node);
      }
    }
  }

  // Replaces the teacher by one without these nodes.
  void Remove(int preparation, const NodesOfLayers& removed) {
    NodesOfLayers kept(removed.size());
    NodesOfLayers pruned(removed.size());
    for (size_t l = 0; l < removed.size(); ++l) {
      for (int64_t node = 0; node < teacher_->widths()[l]; ++node) {
        if (absl::c_linear_search(removed[l], node)) continue;
        if (absl::c_linear_search(pruned_[l], node)) {
          pruned[l].push_back(static_cast<int64_t>(kept[l].size()));
        }
        kept[l].push_back(node);
      }
    }
    const BuildContext context = experiment_.context(registry_, path_);
    const auto create = [&context](const google::protobuf::Any& config, const FieldPath& path) {
      auto activation = context.Create<Activation<T>>(config, path);
      // The same config gave a plugin before.
      if (!activation.ok()) throw PluginException(activation.status());
      return *std::move(activation);
    };
    auto smaller = std::make_unique<Network<T>>(
        teacher_->input_shape(),
        HiddenLayerPlans<T>(config_.hidden(), WidthsAfter(config_, preparation + 1),
                            path_.Field("teacher").Field("hidden"), create),
        teacher_->outputs(), config_.bias());
    CopyKeptNodes<T>(std::as_const(*teacher_).view(), kept, smaller->view());
    teacher_ = std::move(smaller);
    pruned_ = std::move(pruned);
  }

  const ResolvedExperiment& experiment_;
  const Teacher& config_;
  uint64_t seed_;
  const PluginRegistry& registry_;
  FieldPath path_;
  TeacherTrainer& trainer_;
  StopFlag stop_;
  std::unique_ptr<Network<T>> teacher_;
  NodesOfLayers pruned_;  // nodes that are pruned and not removed
};

}  // namespace

absl::Status InMemoryTeacherTrainer::Train(const TeacherTrainingTask&,
                                           CreateTeacherTrial create_trial, VisitTeacher,
                                           StopFlag stop) {
  DIDACT_ASSIGN_OR_RETURN(Trial* const trial, create_trial());
  while (!trial->finished()) {
    if (IsSet(stop)) return StoppedError();
    DIDACT_RETURN_IF_ERROR(trial->Step());
  }
  return absl::OkStatus();
}

absl::Status UntrainedTeachers::Train(const TeacherTrainingTask& task,
                                      CreateTeacherTrial create_trial, VisitTeacher, StopFlag) {
  DIDACT_ASSIGN_OR_RETURN(const Trial* const trial, create_trial());
  warnings_.insert(warnings_.end(), trial->warnings().begin(), trial->warnings().end());
  teachers_.push_back(task.teacher_path);
  return absl::OkStatus();
}

std::vector<Problem> UntrainedTeachers::WarningsOf(const Trial& trial) const {
  std::vector<Problem> warnings = warnings_;
  for (const Problem& warning : trial.warnings()) {
    const bool is_about_teacher = absl::c_any_of(
        teachers_, [&warning](const FieldPath& path) { return path.Contains(warning.path); });
    if (!is_about_teacher) warnings.push_back(warning);
  }
  return warnings;
}

template <class T>
absl::StatusOr<std::unique_ptr<Network<T>>> PrepareTeacher(
    const ResolvedExperiment& experiment, uint64_t seed, const PluginRegistry& registry,
    const FieldPath& path, TeacherTrainer& trainer, std::unique_ptr<Network<T>> teacher,
    StopFlag stop) {
  return Preparation<T>(experiment, seed, registry, path, trainer, std::move(teacher), stop).Run();
}

template absl::StatusOr<std::unique_ptr<Network<float>>> PrepareTeacher(
    const ResolvedExperiment&, uint64_t, const PluginRegistry&, const FieldPath&, TeacherTrainer&,
    std::unique_ptr<Network<float>>, StopFlag);
template absl::StatusOr<std::unique_ptr<Network<double>>> PrepareTeacher(
    const ResolvedExperiment&, uint64_t, const PluginRegistry&, const FieldPath&, TeacherTrainer&,
    std::unique_ptr<Network<double>>, StopFlag);

}  // namespace didact
