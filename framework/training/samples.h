// A data set in memory.

#ifndef DIDACT_FRAMEWORK_TRAINING_SAMPLES_H_
#define DIDACT_FRAMEWORK_TRAINING_SAMPLES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/stop.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"

namespace didact {

// All samples of a data set. A value; several threads may use a const object.
template <class T>
struct Samples {
  Matrix<T> inputs;             // [samples, features]
  std::vector<int64_t> labels;  // one class per sample, or empty
  Matrix<T> targets;            // [samples, Dataset::target_size], or without columns

  int64_t size() const { return inputs.rows(); }
};

// Returns the number of elements of an input of shape `sample_shape`, as returned by
// Dataset::sample_shape.
// Errors: INVALID_ARGUMENT at `path` unless the shape is [features] or [channels, rows, columns],
// each at least 1, with a product that fits an int64.
absl::StatusOr<int64_t> FeaturesOf(absl::Span<const int64_t> sample_shape, const FieldPath& path);

// Lower bound on the bytes of the inputs of `size` samples of `features` features.
template <class T>
double SamplesBytes(int64_t size, int64_t features);

// Prepares a data set and returns its size, at least 1.
//   features, known_size: the numbers of features and of samples that it had before; 0 samples if
//   the number was not known.
// Errors: those of Prepare, with the path of the data set; INVALID_ARGUMENT if there are afterwards
// fewer samples or another number of features.
// Throws: exceptions of plugins (ConfiguredPlugin::Call), as does ReadSamples.
template <class T>
absl::StatusOr<int64_t> PrepareData(const ConfiguredPlugin<Dataset<T>>& dataset,
                                    const DatasetContext<T>& context, int64_t features,
                                    int64_t known_size);

// Reads all samples of a prepared data set and applies `augmentations` in order, each with its own
// stream split off `random`.
//   features: number of elements of an input.
//   size: the value of the data set's size(), >= 1.
// Errors: those of the data set, with its path; INVALID_ARGUMENT for an input or a target that is
// not finite or a negative label; CANCELLED soon after `stop` is set.
template <class T>
absl::StatusOr<Samples<T>> ReadSamples(
    const ConfiguredPlugin<Dataset<T>>& dataset, int64_t size, int64_t features,
    absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations, const RandomStream& random,
    StopFlag stop = nullptr);

// Returns a data set that consists of the first sample.
template <class T>
Samples<T> FirstSample(const Samples<T>& samples);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_SAMPLES_H_
