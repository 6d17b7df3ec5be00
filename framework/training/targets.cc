#include "didact/framework/training/targets.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/training/evaluated_inputs.h"

namespace didact {
namespace {

// Copies `from` to the rows of `to` that begin at `first`.
template <class T>
void CopyRows(const ArrayView<const T>& from, int64_t first, Matrix<T>& to) {
  for (int64_t i = 0; i < from.shape(0); ++i) {
    absl::c_copy(from.row(i), to.row(first + i).begin());
  }
}

}  // namespace

template <class T>
double TargetOutputBytes(int64_t samples, int64_t outputs) {
  return MatrixBytes<T>(static_cast<double>(samples), static_cast<double>(outputs));
}

template <class T>
double TargetActivationBytes(int64_t samples, absl::Span<const SampleShape> shapes) {
  double bytes = 0;
  for (const SampleShape& shape : shapes) {
    bytes += MatrixBytes<T>(static_cast<double>(samples) * static_cast<double>(shape.positions()),
                            static_cast<double>(shape.channels));
  }
  return bytes;
}

template <class T>
absl::StatusOr<Targets<T>> ComputeTargets(
    const Network<T>& teacher, const Matrix<T>& inputs, int64_t batch, double activation_budget,
    StopFlag stop, absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations) {
  const int64_t samples = inputs.rows();
  Targets<T> targets;
  targets.teacher = &teacher;
  targets.outputs = Matrix<T>(samples, teacher.outputs());
  const std::vector<SampleShape>& shapes = teacher.shapes();
  if (TargetActivationBytes<T>(samples, shapes) <= activation_budget) {
    for (const SampleShape& shape : shapes) {
      targets.activations.emplace_back(samples * shape.positions(), shape.channels);
    }
  }
  Pass<T> pass(teacher, std::min(batch, samples), PassScope::kForward);
  EvaluatedInputs<T> evaluated(inputs, augmentations, pass.capacity());
  for (int64_t first = 0; first < samples; first += batch) {
    if (IsSet(stop)) return StoppedError();
    pass.Forward(evaluated.Read(first, std::min(batch, samples - first)));
    for (size_t l = 0; l < targets.activations.size(); ++l) {
      CopyRows(pass.activations()[l], first * shapes[l].positions(), targets.activations[l]);
    }
    CopyRows(pass.outputs(), first, targets.outputs);
  }
  return targets;
}

template <class T>
Targets<T> FirstTarget(const Targets<T>& targets) {
  const auto first_rows = [](const Matrix<T>& matrix, int64_t count) {
    Matrix<T> rows(count, matrix.columns());
    CopyRows(matrix.view().rows(0, count), 0, rows);
    return rows;
  };
  Targets<T> first;
  first.teacher = targets.teacher;
  first.outputs = first_rows(targets.outputs, 1);
  for (size_t l = 0; l < targets.activations.size(); ++l) {
    first.activations.push_back(
        first_rows(targets.activations[l], targets.teacher->shapes()[l].positions()));
  }
  return first;
}

template double TargetOutputBytes<float>(int64_t, int64_t);
template double TargetOutputBytes<double>(int64_t, int64_t);
template double TargetActivationBytes<float>(int64_t, absl::Span<const SampleShape>);
template double TargetActivationBytes<double>(int64_t, absl::Span<const SampleShape>);
template absl::StatusOr<Targets<float>> ComputeTargets(
    const Network<float>&, const Matrix<float>&, int64_t, double, StopFlag,
    absl::Span<const ConfiguredPlugin<Augmentation<float>>>);
template absl::StatusOr<Targets<double>> ComputeTargets(
    const Network<double>&, const Matrix<double>&, int64_t, double, StopFlag,
    absl::Span<const ConfiguredPlugin<Augmentation<double>>>);
template Targets<float> FirstTarget(const Targets<float>&);
template Targets<double> FirstTarget(const Targets<double>&);

}  // namespace didact
