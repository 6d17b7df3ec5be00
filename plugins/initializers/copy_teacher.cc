#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/layer_initializer.h"
#include "didact/framework/plugin/layer_selection.h"
#include "didact/framework/plugin/needs_teacher.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

template <class T>
std::string ShapeOf(const ArrayView<T>& array) {
  if (array.rank() == 0) return "none";
  std::vector<int64_t> shape;
  for (int d = 0; d < array.rank(); ++d) shape.push_back(array.shape(d));
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

// Calls change(student, teacher) for each weight and then for each bias.
template <class T, class Change>
void ForEachPair(const LayerView<T>& student, const LayerView<const T>& teacher, Change change) {
  for (int64_t i = 0; i < student.weight.shape(0); ++i) {
    for (int64_t j = 0; j < student.weight.shape(1); ++j) {
      change(student.weight(i, j), teacher.weight(i, j));
    }
  }
  for (int64_t i = 0; i < student.bias.size(); ++i) change(student.bias(i), teacher.bias(i));
}

template <class T>
double FrobeniusNorm(const ArrayView<T>& matrix) {
  double squares = 0;
  for (int64_t i = 0; i < matrix.shape(0); ++i) {
    for (int64_t j = 0; j < matrix.shape(1); ++j) {
      squares += static_cast<double>(matrix(i, j)) * static_cast<double>(matrix(i, j));
    }
  }
  return std::sqrt(squares);
}

// Makes the student's weights and biases from the teacher's:
//
//   VALUE      w <- w_teacher + perturbation * n, n standard normal; with `add`, w is added too
//   DIRECTION  w <- w_teacher * ||W|| / ||W_teacher||, for each layer, with the Frobenius norms of
//              its weights; biases with the same ratio
//   SIGN       w <- -w where w * w_teacher < 0
//
// Where both networks normalize a layer, VALUE without `add` also copies gains, shifts and running
// statistics, so that without a perturbation the student computes what the teacher computes.
//
// Config:   didact.CopyTeacher; part (default VALUE), perturbation >= 0 (default 0) and add
//           (default false), both only with VALUE, layer (none: all).
// Shapes:   weight [out, in] (of a convolution, [out, in, rows, columns]), bias [out] of each
//           selected layer, of both networks the same. Gains, shifts and running statistics [out]
//           have no perturbation, and with `add` or another part they stay.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT for fields out of range or with another part;
//           Apply for the teacher itself, without a teacher, when a network has no such layer, when
//           shapes differ (for all layers at once), and with DIRECTION when the teacher's weights
//           have no direction. Apply then changes nothing.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: weight (i, j) of layer l has the normal number i * in + j of the stream of l, biases
//           have a stream of their own. Norms in double; the perturbation and the ratio are rounded
//           to the network's precision, then each product and sum.
// Source:   `set_teacher`, `set_teacher_dir` and `set_teacher_sign` of the multi-layer reference of
//           Tian, ICML 2020.
// Example:  student { initializer { [didact/CopyTeacher] { perturbation: 0.1 } } }
template <class T>
class CopyTeacherInitializer final : public Initializer<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Initializer<T>>> Build(const CopyTeacher& config,
                                                               const BuildContext& context) {
    if (config.part() != CopyTeacher::VALUE) {
      Problems problems;
      const std::string& part = CopyTeacher::Part_Name(config.part());
      if (config.perturbation() != 0) {
        problems.Add(context.path.Field("perturbation")
                         .Invalid(absl::StrCat("must be 0 with part: ", part, ", got ",
                                               config.perturbation())));
      }
      if (config.add()) {
        problems.Add(context.path.Field("add").Invalid(
            absl::StrCat("must be false with part: ", part, ", got true")));
      }
      DIDACT_RETURN_IF_ERROR(problems.ToStatus());
    }
    return std::make_unique<CopyTeacherInitializer>(config, context.path);
  }

  CopyTeacherInitializer(const CopyTeacher& config, const FieldPath& path)
      : part_(config.part()),
        perturbation_(static_cast<T>(config.perturbation())),
        add_(config.add()),
        selects_all_(config.layer().empty()),
        layers_(config.layer(), path.Field("layer")),
        path_(path) {}

  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T> weights) const override {
    if (context.teacher.empty()) return NeedsTeacherOfStudentError(path_);
    DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> layers, LayersOf(context.teacher, weights));
    DIDACT_RETURN_IF_ERROR(CheckLayers(layers, context.teacher, weights));
    for (const int64_t l : layers) {
      switch (part_) {
        case CopyTeacher::DIRECTION:
          CopyDirection(weights[l], context.teacher[l]);
          break;
        case CopyTeacher::SIGN:
          CopySigns(weights[l], context.teacher[l]);
          break;
        default:
          CopyValues(weights[l], context.teacher[l]);
          if (perturbation_ != 0) {
            Perturb(context.random.Split(static_cast<uint64_t>(l)), weights[l]);
          }
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::vector<int64_t>> LayersOf(NetworkView<const T> teacher,
                                                NetworkView<T> student) const {
    if (selects_all_ && teacher.size() != student.size()) {
      return path_.Field("layer").Invalid(
          absl::StrCat("must say which layers are copied, since the teacher has ", teacher.size(),
                       " and the student ", student.size(), ", e.g. layer: 0"));
    }
    return layers_.Of(static_cast<int64_t>(std::min(teacher.size(), student.size())));
  }

  absl::Status CheckLayers(absl::Span<const int64_t> layers, NetworkView<const T> teacher,
                           NetworkView<T> student) const {
    Problems problems;
    for (const int64_t l : layers) {
      problems.Add(CheckShape(l, "weight", ShapeOf(teacher[l].shaped_weight()),
                              ShapeOf(student[l].shaped_weight())));
      problems.Add(CheckShape(l, "bias", ShapeOf(teacher[l].bias), ShapeOf(student[l].bias)));
      if (part_ == CopyTeacher::DIRECTION && !(FrobeniusNorm(teacher[l].weight) > 0)) {
        problems.Add(path_.Invalid(
            absl::StrCat("needs a direction, but the teacher's weights of layer ", l,
                         " are all 0; change the teacher's initializers, or select other layers")));
      }
    }
    return problems.ToStatus();
  }

  absl::Status CheckShape(int64_t layer, absl::string_view array, const std::string& teacher,
                          const std::string& student) const {
    if (teacher == student) return absl::OkStatus();
    return path_.Invalid(absl::StrCat("needs a student whose ", array, " of layer ", layer,
                                      " has the teacher's shape, ", teacher, ", got ", student));
  }

  void CopyValues(const LayerView<T>& student, const LayerView<const T>& teacher) const {
    ForEachPair(student, teacher,
                [this](T& w, const T& copied) { w = add_ ? w + copied : copied; });
    if (add_) return;
    CopyIfBothHaveIt(student.gain, teacher.gain);
    CopyIfBothHaveIt(student.shift, teacher.shift);
    CopyIfBothHaveIt(student.running_mean, teacher.running_mean);
    CopyIfBothHaveIt(student.running_variance, teacher.running_variance);
  }

  // Copies an array [out]. Those of layers whose weights have one shape have one shape.
  static void CopyIfBothHaveIt(const ArrayView<T>& student, const ArrayView<const T>& teacher) {
    if (student.empty() || teacher.empty()) return;
    for (int64_t i = 0; i < student.size(); ++i) student(i) = teacher(i);
  }

  static void CopyDirection(const LayerView<T>& student, const LayerView<const T>& teacher) {
    const T ratio = static_cast<T>(FrobeniusNorm(student.weight) / FrobeniusNorm(teacher.weight));
    ForEachPair(student, teacher, [ratio](T& w, const T& copied) { w = ratio * copied; });
  }

  static void CopySigns(const LayerView<T>& student, const LayerView<const T>& teacher) {
    ForEachPair(student, teacher, [](T& w, const T& copied) {
      if ((w > 0 && copied < 0) || (w < 0 && copied > 0)) w = -w;
    });
  }

  void Perturb(const RandomStream& random, const LayerView<T>& layer) const {
    ForEachRowOfNormals<T>(random, NumberedByRows(layer.weight),
                           [&](int64_t i, absl::Span<const T> normals) {
                             for (size_t j = 0; j < normals.size(); ++j) {
                               layer.weight(i, j) += perturbation_ * normals[j];
                             }
                           });
    const RandomStream bias_random = random.Split("bias");
    for (int64_t i = 0; i < layer.bias.size(); ++i) {
      layer.bias(i) += perturbation_ * static_cast<T>(bias_random.Normal(static_cast<uint64_t>(i)));
    }
  }

  CopyTeacher::Part part_;
  T perturbation_;
  bool add_;
  bool selects_all_;
  LayerSelection layers_;
  FieldPath path_;
};

}  // namespace

absl::Status RegisterCopyTeacher(PluginRegistry& registry) {
  return registry.Add<CopyTeacher, CopyTeacherInitializer>();
}

}  // namespace didact
