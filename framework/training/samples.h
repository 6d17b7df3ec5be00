// A data set in memory.

#ifndef DIDACT_FRAMEWORK_TRAINING_SAMPLES_H_
#define DIDACT_FRAMEWORK_TRAINING_SAMPLES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/base/field_path.h"
#include "framework/base/random.h"
#include "framework/base/stop.h"
#include "framework/kernels/matrix.h"
#include "framework/plugin/augmentation.h"
#include "framework/plugin/configured_plugin.h"
#include "framework/plugin/dataset.h"

namespace didact {

// All samples of a data set. A value; const use is safe from several threads.
template <class T>
struct Samples {
  Matrix<T> inputs;             // [samples, features]
  std::vector<int64_t> labels;  // one class per sample, or empty

  int64_t size() const { return inputs.rows(); }
};

// The number of elements of an input of shape `sample_shape`, what Dataset::sample_shape returned.
// Errors: INVALID_ARGUMENT at `path` unless it is [features] or [channels, rows, columns], each at
// least 1, with a product that an int64 holds.
absl::StatusOr<int64_t> FeaturesOf(absl::Span<const int64_t> sample_shape, const FieldPath& path);

// Bytes that `size` samples of `features` features take at least.
template <class T>
double SamplesBytes(int64_t size, int64_t features);

// Reads all of a prepared data set, and applies `augmentations` in order, each with a stream of its
// own split off `random`.
//   features: the number of elements of an input.
//   size: what the data set's size() returned, >= 1.
// Errors: what the data set says, annotated with its path; INVALID_ARGUMENT for an input that is not
// finite or a negative label, CANCELLED soon after `stop` is set. Throws: what plugins do
// (ConfiguredPlugin::Call).
template <class T>
absl::StatusOr<Samples<T>> ReadSamples(
    const ConfiguredPlugin<Dataset<T>>& dataset, int64_t size, int64_t features,
    absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations, const RandomStream& random,
    StopFlag stop = nullptr);

// The first of the samples, alone.
template <class T>
Samples<T> FirstOf(const Samples<T>& samples);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_SAMPLES_H_
