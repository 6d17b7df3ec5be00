#include "framework/training/trial_warnings.h"

#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace didact {
namespace {

// What to change: `fields` are those of an initializer that draws the weights.
std::string DrawThem(absl::string_view fields) {
  return absl::StrCat("draw them first, e.g. by initializer { [didact/GaussianWeights] { ", fields,
                      " } }");
}

// Whether all weights of a layer are 0, whatever its biases.
template <class T>
bool HasNoWeights(const Network<T>& network, int64_t layer) {
  const Matrix<T>& block = network.block(layer);
  for (int64_t i = 0; i + 1 < block.rows(); ++i) {
    if (absl::c_any_of(block.row(i), [](T weight) { return weight != 0; })) return false;
  }
  return true;
}

template <class T>
std::vector<int64_t> HiddenLayersWithoutWeights(const Network<T>& network) {
  std::vector<int64_t> layers;
  for (int64_t l = 0; l + 1 < network.layers(); ++l) {
    if (HasNoWeights(network, l)) layers.push_back(l);
  }
  return layers;
}

// Whether all rows, of which there are several, are equal.
template <class T>
bool IsConstant(const Matrix<T>& outputs) {
  for (int64_t i = 1; i < outputs.rows(); ++i) {
    if (!absl::c_equal(outputs.row(i), outputs.row(0))) return false;
  }
  return outputs.rows() > 1;
}

std::string Warning(const FieldPath& path, absl::string_view warning) {
  return absl::StrCat(path.ToString(), ": ", warning);
}

template <class T>
void WarnOfTeacher(const TrialParts<T>& parts, const FieldPath& path,
                   std::vector<std::string>& warnings) {
  const std::vector<int64_t> layers = HiddenLayersWithoutWeights(*parts.teacher);
  for (const int64_t layer : layers) {
    warnings.push_back(
        Warning(path.Field("teacher").Field("initializer"),
                absl::StrCat("leaves all weights of hidden layer ", layer,
                             " at 0, so that the teacher's outputs are the same for every input; ",
                             DrawThem(absl::StrCat("layer: ", layer)))));
  }
  if (layers.empty() && IsConstant(parts.train.teacher_outputs)) {
    warnings.push_back(
        Warning(path.Field("teacher"),
                absl::StrCat("has the same outputs for all ", parts.train.size(),
                             " samples of train_data, so that its nodes cannot be told apart; "
                             "change its initializers, or train_data")));
  }
}

template <class T>
void WarnOfStudent(const TrialParts<T>& parts, const FieldPath& path,
                   std::vector<std::string>& warnings) {
  const Network<T>& student = *parts.student;
  const FieldPath initializer = path.Field("student").Field("initializer");
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

}  // namespace

template <class T>
std::vector<std::string> TrialWarnings(const Experiment& experiment, const TrialParts<T>& parts,
                                       const FieldPath& path) {
  std::vector<std::string> warnings;
  WarnOfTeacher(parts, path, warnings);
  WarnOfStudent(parts, path, warnings);
  if (experiment.training().epochs() > 0 && !absl::c_linear_search(parts.trains, true)) {
    warnings.push_back(Warning(path.Field("projection"),
                               "leaves no layer to train, so that no epoch changes "
                               "the student; leave a layer out of it"));
  }
  return warnings;
}

template std::vector<std::string> TrialWarnings(const Experiment&, const TrialParts<float>&,
                                                const FieldPath&);
template std::vector<std::string> TrialWarnings(const Experiment&, const TrialParts<double>&,
                                                const FieldPath&);

}  // namespace didact
