#include "didact/framework/training/trial_warnings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"

namespace didact {
namespace {

// Suggests an initializer that draws the weights; `fields` are its fields.
std::string DrawThem(absl::string_view fields) {
  return absl::StrCat("draw them first, e.g. by initializer { [didact/GaussianWeights] { ", fields,
                      " } }");
}

// Returns true if all weights of a layer are 0, whatever its biases.
template <class T>
bool HasNoWeights(const Network<T>& network, int64_t layer) {
  const ArrayView<const T>& weight = network.view()[layer].weight;
  for (int64_t i = 0; i < weight.shape(0); ++i) {
    for (int64_t j = 0; j < weight.shape(1); ++j) {
      if (weight(i, j) != 0) return false;
    }
  }
  return true;
}

template <class T>
bool HasTrainedLayer(const Network<T>& network) {
  for (int64_t l = 0; l < network.layers(); ++l) {
    if (network.layer(l).is_trained()) return true;
  }
  return false;
}

template <class T>
std::vector<int64_t> HiddenLayersWithoutWeights(const Network<T>& network) {
  std::vector<int64_t> layers;
  for (int64_t l = 0; l + 1 < network.layers(); ++l) {
    if (HasNoWeights(network, l)) layers.push_back(l);
  }
  return layers;
}

// Returns true if there are several rows and all are equal.
template <class T>
bool IsConstant(const Matrix<T>& outputs) {
  for (int64_t i = 1; i < outputs.rows(); ++i) {
    if (!absl::c_equal(outputs.row(i), outputs.row(0))) return false;
  }
  return outputs.rows() > 1;
}

template <class T>
bool AreFinite(const Matrix<T>& outputs) {
  for (int64_t i = 0; i < outputs.rows(); ++i) {
    if (!absl::c_all_of(outputs.row(i), [](T output) { return std::isfinite(output); })) {
      return false;
    }
  }
  return true;
}

Problem Warning(const FieldPath& path, absl::string_view warning) {
  return {path, std::string(warning), ""};
}

// `path`: that of the teacher.
template <class T>
void WarnOfTeacher(const TargetSet<T>& target_set, const FieldPath& path,
                   std::vector<Problem>& warnings) {
  const std::vector<int64_t> layers = HiddenLayersWithoutWeights(*target_set.teacher);
  for (const int64_t layer : layers) {
    warnings.push_back(
        Warning(path.Field("initializer"),
                absl::StrCat("leaves all weights of hidden layer ", layer,
                             " at 0, so that the teacher's outputs are the same for every input; ",
                             DrawThem(absl::StrCat("layer: ", layer)))));
  }
  for (const auto& [data, targets] :
       {std::pair("train_data", &target_set.train), std::pair("eval_data", &target_set.eval)}) {
    if (AreFinite(targets->outputs)) continue;
    warnings.push_back(Warning(path, absl::StrCat("has outputs for ", data,
                                                  " that are not finite, to which no student can "
                                                  "be compared; make its weights smaller")));
  }
  if (layers.empty() && IsConstant(target_set.train.outputs)) {
    warnings.push_back(Warning(
        path, absl::StrCat("has the same outputs for all ", target_set.train.outputs.rows(),
                           " samples of train_data, so that its nodes cannot be told apart; "
                           "change its initializers, or train_data")));
  }
}

template <class T>
void WarnOfStudent(const TrialParts<T>& parts, const TrialFields& fields,
                   std::vector<Problem>& warnings) {
  const Network<T>& student = *parts.student;
  const FieldPath initializer = fields.student.Field("initializer");
  const std::vector<int64_t> layers = HiddenLayersWithoutWeights(student);
  if (static_cast<int64_t>(layers.size()) + 1 == student.layers() &&
      HasNoWeights(student, student.layers() - 1)) {
    warnings.push_back(
        Warning(initializer,
                absl::StrCat("leaves all weights at 0, so that the nodes of a layer stay alike, "
                             "and in most networks nothing but the last biases is learned; ",
                             DrawThem("stddev: 0.1"))));
    return;
  }
  for (const int64_t layer : layers) {
    warnings.push_back(Warning(
        initializer,
        absl::StrCat("leaves all weights of hidden layer ", layer,
                     " at 0, so that its nodes do not depend on the input before the first step, "
                     "and rectifiers never will; ",
                     DrawThem(absl::StrCat("layer: ", layer)))));
  }
}

// Warns of each augmentation of a data set that is not random, if the other data set has none like
// it. `fixed`, `other_fixed`: those of both data sets that are not random, by their numbers in
// their lists, whose fields are `field` and `other_field`.
template <class List>
void WarnOfFixedAugmentations(absl::Span<const int> fixed, const List& list, const FieldPath& field,
                              absl::Span<const int> other_fixed, const List& other_list,
                              const FieldPath& other_field, absl::string_view network,
                              std::vector<Problem>& warnings) {
  for (const int a : fixed) {
    const bool has_same = absl::c_any_of(other_fixed, [&](int other) {
      return list[a].type_url() == other_list[other].type_url() &&
             list[a].value() == other_list[other].value();
    });
    if (has_same) continue;
    warnings.push_back(Warning(
        field.Index(a), absl::StrCat("is not random, and there is none like it in ",
                                     other_field.path(), ", so that the ", network,
                                     " is evaluated on inputs that are changed in another way than "
                                     "those it is trained on; give it there, too")));
  }
}

template <class T>
void WarnOfAugmentations(const Experiment& experiment, const TrialParts<T>& parts,
                         const TrialFields& fields, absl::string_view network,
                         std::vector<Problem>& warnings) {
  const auto& train = experiment.train_augmentation();
  const auto& eval = experiment.eval_augmentation();
  WarnOfFixedAugmentations(parts.fixed_train_augmentations, train, fields.train_augmentation,
                           parts.fixed_eval_augmentations, eval, fields.eval_augmentation, network,
                           warnings);
  WarnOfFixedAugmentations(parts.fixed_eval_augmentations, eval, fields.eval_augmentation,
                           parts.fixed_train_augmentations, train, fields.train_augmentation,
                           network, warnings);
}

// Returns true if `optimizer`, freshly built, leaves parameters unchanged in the first and the last
// step of every epoch (of a subset if there are many epochs), for a nonzero gradient.
template <class T>
bool ChangesNothing(ConfiguredPlugin<Optimizer<T>>& optimizer, int64_t epochs,
                    int64_t steps_per_epoch) {
  constexpr int64_t kMostEpochs = 10000;
  const std::vector<ParameterBlock> blocks = {ParameterBlock::Whole("0.weight", 2, 1)};
  const OptimizerContext context = {RandomStream(0, "optimizer"), blocks};
  if (!optimizer.Call("Prepare", &Optimizer<T>::Prepare, context).ok()) return false;
  Matrix<T> parameters(2, 1);
  Matrix<T> gradient(2, 1);
  parameters(1, 0) = 1;
  gradient(0, 0) = gradient(1, 0) = 1;
  const int64_t stride = std::max<int64_t>(epochs / kMostEpochs, 1);
  for (int64_t epoch = 0; epoch < epochs; epoch += stride) {
    for (const int64_t step : {int64_t{0}, steps_per_epoch - 1}) {
      const TrainingTime time = {epoch * steps_per_epoch + step, epoch, steps_per_epoch, epochs};
      const std::optional<double> rate =
          optimizer.Call("PlainDescentRate", &Optimizer<T>::PlainDescentRate, time);
      if (!rate) {
        optimizer.Call("Update", &Optimizer<T>::Update, time, 0, parameters.view(),
                       std::as_const(gradient).view());
      } else if (static_cast<T>(*rate) != 0) {
        return false;
      }
      if (parameters(0, 0) != 0 || parameters(1, 0) != 1) return false;
    }
  }
  return true;
}

template <class T>
void WarnOfOptimizer(const Experiment& experiment, TrialParts<T>& parts, const FieldPath& field,
                     std::vector<Problem>& warnings) {
  const int64_t epochs = experiment.training().epochs();
  bool changes_nothing = false;
  try {
    changes_nothing = ChangesNothing(parts.probe_optimizer, epochs,
                                     parts.stages.front().training.sampler->steps_per_epoch());
  } catch (const PluginException&) {
    // Training the trial reports the exception.
  }
  if (!changes_nothing) return;
  warnings.push_back(Warning(field,
                             "changes no weight in any epoch, whatever the gradient, as with a "
                             "learning rate of 0; give a learning rate above 0"));
}

}  // namespace

template <class T>
std::vector<Problem> TrialWarnings(const Experiment& experiment, TrialParts<T>& parts,
                                   const TrialFields& fields, absl::string_view network) {
  std::vector<Problem> warnings;
  WarnOfAugmentations(experiment, parts, fields, network, warnings);
  for (const TargetSet<T>& target_set : parts.target_sets) {
    WarnOfTeacher(target_set, fields.teacher, warnings);
  }
  WarnOfStudent(parts, fields, warnings);
  if (experiment.training().epochs() == 0) return warnings;
  if (!HasTrainedLayer(*parts.student)) {
    warnings.push_back(Warning(fields.projection,
                               absl::StrCat("leaves no layer to train, so that no epoch changes "
                                            "the ",
                                            network, "; leave a layer out of it")));
  } else {
    WarnOfOptimizer(experiment, parts, fields.optimizer, warnings);
  }
  return warnings;
}

template std::vector<Problem> TrialWarnings(const Experiment&, TrialParts<float>&,
                                            const TrialFields&, absl::string_view);
template std::vector<Problem> TrialWarnings(const Experiment&, TrialParts<double>&,
                                            const TrialFields&, absl::string_view);

}  // namespace didact
