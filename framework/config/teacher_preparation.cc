#include "didact/framework/config/teacher_preparation.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/plugin/weakest_nodes.h"

namespace didact {
namespace {

// `widths`: those of the teacher's layers before.
absl::Status CheckPruning(const TeacherPruning& prune, const std::vector<int64_t>& widths,
                          const FieldPath& path) {
  const FieldPath ratio = path.Field("ratio");
  const int layers = static_cast<int>(widths.size());
  if (prune.ratio_size() != 1 && prune.ratio_size() != layers) {
    // A list without a number is reported by the field's rule.
    if (prune.ratio().empty()) return absl::OkStatus();
    return ratio.Invalid(
        absl::StrCat("must have one number for all hidden layers or one for each, ", layers,
                     ", got ", prune.ratio_size()));
  }
  Problems problems;
  for (int l = 0; l < layers; ++l) {
    const double part = PruningRatio(prune, l);
    // Numbers out of range are reported by the field's rule.
    if (widths[l] < 1 || !(part >= 0 && part <= 1)) continue;
    if (PrunedNodes(widths[l], part) < widths[l]) continue;
    problems.Add(ratio.Index(prune.ratio_size() == 1 ? 0 : l)
                     .Invalid(absl::StrCat("must leave a node in every hidden layer, got ", part,
                                           ", which prunes all ", widths[l],
                                           " nodes that teacher.hidden[", l, "] has")));
  }
  return problems.ToStatus();
}

}  // namespace

bool TrainsTeacher(const Experiment& experiment) {
  return absl::c_any_of(
      experiment.teacher().preparation(),
      [](const TeacherPreparation& preparation) { return preparation.has_train(); });
}

double PruningRatio(const TeacherPruning& prune, int layer) {
  return prune.ratio(prune.ratio_size() == 1 ? 0 : layer);
}

std::vector<int64_t> WidthsAfter(const Teacher& teacher, int preparations) {
  std::vector<int64_t> widths;
  for (const HiddenLayer& layer : teacher.hidden()) widths.push_back(layer.width());
  for (int p = 0; p < preparations; ++p) {
    const TeacherPruning& prune = teacher.preparation(p).prune();
    const bool has_ratios = prune.ratio_size() == 1 || prune.ratio_size() == teacher.hidden_size();
    if (!teacher.preparation(p).has_prune() || !prune.remove() || !has_ratios) continue;
    for (int l = 0; l < teacher.hidden_size(); ++l) {
      const double ratio = PruningRatio(prune, l);
      if (ratio >= 0 && ratio <= 1) widths[l] -= PrunedNodes(widths[l], ratio);
    }
  }
  return widths;
}

std::vector<int64_t> PreparedWidths(const Teacher& teacher) {
  return WidthsAfter(teacher, teacher.preparation_size());
}

absl::Status ResolvePreparations(Teacher& teacher, const FieldPath& path) {
  Problems problems;
  for (int p = 0; p < teacher.preparation_size(); ++p) {
    TeacherPreparation& preparation = *teacher.mutable_preparation(p);
    const FieldPath place = path.Field("preparation").Index(p);
    switch (preparation.step_case()) {
      case TeacherPreparation::STEP_NOT_SET:
        problems.Add(place.Invalid(
            "must have a step, such as prune { ratio: 0.5 }, or train { loss { ... } ... }"));
        break;
      case TeacherPreparation::kPrune:
        problems.Add(
            CheckPruning(preparation.prune(), WidthsAfter(teacher, p), place.Field("prune")));
        break;
      case TeacherPreparation::kTrain: {
        if (!preparation.train().has_training()) break;  // reported by the field's rule
        Training& training = *preparation.mutable_train()->mutable_training();
        if (training.sampler_case() == Training::SAMPLER_NOT_SET) training.mutable_shuffle();
        problems.Add(
            CheckBatchSize(training, place.Field("train").Field("training").Field("batch_size")));
        break;
      }
    }
  }
  return problems.ToStatus();
}

absl::Status CheckBatchSize(const Training& training, const FieldPath& path) {
  const bool draws = training.has_shuffle() || training.has_with_replacement();
  if (!draws || training.batch_size() != 0) return absl::OkStatus();
  return path.Invalid(absl::StrCat(
      "must be >= 1 with ", training.has_shuffle() ? "shuffle" : "with_replacement", ", got 0"));
}

Experiment PreparationExperiment(const Experiment& experiment, int preparation) {
  const Teacher& teacher = experiment.teacher();
  const TeacherTraining& train = teacher.preparation(preparation).train();
  Experiment trained;
  trained.set_name(experiment.name());
  trained.set_precision(experiment.precision());
  *trained.mutable_train_data() = train.has_data() ? train.data() : experiment.train_data();
  if (train.has_eval_data()) {
    *trained.mutable_eval_data() = train.eval_data();
  } else {
    *trained.mutable_eval_data() = experiment.eval_data();
    *trained.mutable_eval_augmentation() = experiment.eval_augmentation();
  }
  *trained.mutable_train_augmentation() = train.augmentation();
  Student& student = *trained.mutable_student();
  *student.mutable_hidden() = teacher.hidden();
  const std::vector<int64_t> widths = WidthsAfter(teacher, preparation);
  for (int l = 0; l < student.hidden_size(); ++l) {
    student.mutable_hidden(l)->set_width(static_cast<int32_t>(widths[l]));
  }
  *student.mutable_initializer() = teacher.initializer();
  student.set_outputs(teacher.outputs());
  student.set_bias(teacher.bias());
  *trained.mutable_loss() = train.loss();
  *trained.mutable_optimizer() = train.optimizer();
  *trained.mutable_projection() = train.projection();
  *trained.mutable_training() = train.training();
  *trained.mutable_metric() = train.metric();
  Output& output = *trained.mutable_output();
  output.set_checkpoint_every_epochs(experiment.output().checkpoint_every_epochs());
  output.set_checkpoint_every_seconds(experiment.output().checkpoint_every_seconds());
  return trained;
}

}  // namespace didact
