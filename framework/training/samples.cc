#include "didact/framework/training/samples.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/kernels/reduction.h"

namespace didact {
namespace {

// Checks that the numbers of all samples are finite. `what` are inputs or targets, `component` one
// of their numbers.
template <class T>
absl::Status CheckFinite(const Matrix<T>& numbers, absl::string_view what,
                         absl::string_view component, const FieldPath& path) {
  for (int64_t i = 0; i < numbers.rows(); ++i) {
    // The sum of squares of a row that is not finite is not finite.
    if (std::isfinite(SumOfSquares(numbers.row(i).data(), numbers.columns()))) continue;
    for (int64_t j = 0; j < numbers.columns(); ++j) {
      if (!std::isfinite(numbers(i, j))) {
        return path.Invalid(absl::StrCat(what, " must be finite, got ", numbers(i, j), " for ",
                                         component, " ", j, " of sample ", i));
      }
    }
  }
  return absl::OkStatus();
}

// Reads the rows of all samples by `read`, a method of the data set of this name, in pieces, so
// that it can be cancelled. Pieces do not change the samples.
template <class T>
absl::Status ReadRows(const ConfiguredPlugin<Dataset<T>>& dataset, absl::string_view name,
                      absl::Status (Dataset<T>::*read)(int64_t, ArrayView<T>) const, StopFlag stop,
                      Matrix<T>& matrix) {
  constexpr int64_t kPiece = int64_t{1} << 16;  // elements per piece
  const int64_t rows = std::max<int64_t>(kPiece / std::max<int64_t>(matrix.columns(), 1), 1);
  for (int64_t first = 0; first < matrix.rows(); first += rows) {
    if (IsSet(stop)) return StoppedError();
    const int64_t count = std::min(rows, matrix.rows() - first);
    DIDACT_RETURN_IF_ERROR(dataset.Call(name, read, first, matrix.view().rows(first, count)));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status ReadLabels(const ConfiguredPlugin<Dataset<T>>& dataset, std::vector<int64_t>& labels) {
  const FieldPath& path = dataset.path();
  DIDACT_RETURN_IF_ERROR(
      dataset.Call("ReadLabels", &Dataset<T>::ReadLabels, 0, absl::MakeSpan(labels)));
  // The number of classes, one more than the largest label, must be representable.
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max() - 1;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0 || labels[i] > kLargest) {
      return path.Invalid(absl::StrCat("labels must be >= 0 and <= ", kLargest, ", got ", labels[i],
                                       " for sample ", i));
    }
  }
  return absl::OkStatus();
}

template <class T>
Matrix<T> FirstRow(const Matrix<T>& matrix) {
  Matrix<T> row(1, matrix.columns());
  absl::c_copy(matrix.row(0), row.row(0).begin());
  return row;
}

}  // namespace

absl::StatusOr<int64_t> FeaturesOf(absl::Span<const int64_t> sample_shape, const FieldPath& path) {
  int64_t features = sample_shape.size() == 1 || sample_shape.size() == 3 ? 1 : 0;
  for (const int64_t extent : sample_shape) {
    const bool fits = extent >= 1 && features <= std::numeric_limits<int64_t>::max() / extent;
    features = fits ? features * extent : 0;
  }
  if (features > 0) return features;
  return path.Invalid(absl::StrCat(
      "must have inputs of shape [features] or [channels, rows, columns], each at least 1 and the "
      "product below 2^63, got [",
      absl::StrJoin(sample_shape, ", "), "]"));
}

template <class T>
double SamplesBytes(int64_t size, int64_t features) {
  return MatrixBytes<T>(static_cast<double>(size), static_cast<double>(features));
}

template <class T>
absl::StatusOr<int64_t> PrepareData(const ConfiguredPlugin<Dataset<T>>& dataset,
                                    const DatasetContext<T>& context, int64_t features,
                                    int64_t known_size) {
  const FieldPath& path = dataset.path();
  DIDACT_RETURN_IF_ERROR(dataset.Call("Prepare", &Dataset<T>::Prepare, context));
  DIDACT_ASSIGN_OR_RETURN(
      const int64_t prepared_features,
      FeaturesOf(dataset.Call("sample_shape", &Dataset<T>::sample_shape), path));
  if (prepared_features != features) {
    return path.Invalid(absl::StrCat("must have inputs of ", features,
                                     " features after Prepare as before, got ", prepared_features));
  }
  const int64_t size = dataset.Call("size", &Dataset<T>::size);
  if (size < 1) return path.Invalid(absl::StrCat("must have at least 1 sample, got ", size));
  if (size < known_size) {
    return path.Invalid(
        absl::StrCat("must have ", known_size, " samples after Prepare as before, got ", size));
  }
  return size;
}

template <class T>
absl::StatusOr<Samples<T>> ReadSamples(
    const ConfiguredPlugin<Dataset<T>>& dataset, int64_t size, int64_t features,
    absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations, const RandomStream& random,
    StopFlag stop) {
  const FieldPath& path = dataset.path();
  Samples<T> samples;
  samples.inputs = Matrix<T>(size, features);
  DIDACT_RETURN_IF_ERROR(ReadRows(dataset, "Read", &Dataset<T>::Read, stop, samples.inputs));
  for (size_t a = 0; a < augmentations.size(); ++a) {
    if (IsSet(stop)) return StoppedError();
    augmentations[a].Call("Apply", &Augmentation<T>::Apply, random.Split(a), samples.inputs.view());
  }
  DIDACT_RETURN_IF_ERROR(CheckFinite(samples.inputs, "inputs", "feature", path));
  if (dataset.Call("has_labels", &Dataset<T>::has_labels)) {
    samples.labels.resize(size);
    DIDACT_RETURN_IF_ERROR(ReadLabels(dataset, samples.labels));
  }
  if (const int64_t target_size = dataset.Call("target_size", &Dataset<T>::target_size);
      target_size > 0) {
    samples.targets = Matrix<T>(size, target_size);
    DIDACT_RETURN_IF_ERROR(
        ReadRows(dataset, "ReadTargets", &Dataset<T>::ReadTargets, stop, samples.targets));
    DIDACT_RETURN_IF_ERROR(CheckFinite(samples.targets, "targets", "element", path));
  }
  return samples;
}

template <class T>
Samples<T> FirstSample(const Samples<T>& samples) {
  Samples<T> first;
  first.inputs = FirstRow(samples.inputs);
  if (!samples.labels.empty()) first.labels = {samples.labels.front()};
  if (samples.targets.rows() > 0) first.targets = FirstRow(samples.targets);
  return first;
}

template double SamplesBytes<float>(int64_t, int64_t);
template double SamplesBytes<double>(int64_t, int64_t);
template absl::StatusOr<int64_t> PrepareData(const ConfiguredPlugin<Dataset<float>>&,
                                             const DatasetContext<float>&, int64_t, int64_t);
template absl::StatusOr<int64_t> PrepareData(const ConfiguredPlugin<Dataset<double>>&,
                                             const DatasetContext<double>&, int64_t, int64_t);
template absl::StatusOr<Samples<float>> ReadSamples(
    const ConfiguredPlugin<Dataset<float>>&, int64_t, int64_t,
    absl::Span<const ConfiguredPlugin<Augmentation<float>>>, const RandomStream&, StopFlag);
template absl::StatusOr<Samples<double>> ReadSamples(
    const ConfiguredPlugin<Dataset<double>>&, int64_t, int64_t,
    absl::Span<const ConfiguredPlugin<Augmentation<double>>>, const RandomStream&, StopFlag);
template Samples<float> FirstSample(const Samples<float>&);
template Samples<double> FirstSample(const Samples<double>&);

}  // namespace didact
