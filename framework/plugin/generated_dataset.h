// Base class of data sets whose inputs are drawn at random.

#ifndef DIDACT_FRAMEWORK_PLUGIN_GENERATED_DATASET_H_
#define DIDACT_FRAMEWORK_PLUGIN_GENERATED_DATASET_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/random.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/dataset_size.h"
#include "didact/framework/plugin/factory.h"

namespace didact {

// A data set of inputs [dimension] that are drawn from a random stream. Its config has, among
// others, the fields
//
//   int64 dimension, int64 size, optional uint64 stream_seed
//
// A derived class implements Read. Sample i must be a function of random() and i alone, so that it
// does not depend on the order of reads and a larger data set begins with the samples of a smaller
// one.
//
// Threads: as in Dataset.
// Errors:  none.
template <class T, class Config>
class GeneratedDataset : public Dataset<T> {
 public:
  explicit GeneratedDataset(const Config& config) : config_(config) {}

  static DatasetSize SizeFromConfig(const Config& config, const BuildContext&) {
    return {.samples = config.size(), .features = config.dimension()};
  }

  std::vector<int64_t> sample_shape() const override { return {config_.dimension()}; }

  std::optional<uint64_t> stream_seed() const override {
    if (!config_.has_stream_seed()) return std::nullopt;
    return config_.stream_seed();
  }

  absl::Status Prepare(const DatasetContext<T>& context) override {
    random_ = context.random;
    return absl::OkStatus();
  }

  int64_t size() const override { return config_.size(); }

 protected:
  const Config& config() const { return config_; }

  // The random numbers of the data set in this trial. Call it after Prepare.
  const RandomStream& random() const { return random_; }

 private:
  const Config config_;
  RandomStream random_{uint64_t{0}, uint64_t{0}};
};

// The places of the normals of samples first, first + 1, ..., for ForEachRowOfNormals: independent
// over components and samples. Normals are made in pairs; every sample begins with a new one, so
// that with an odd dimension no sample shares a pair with the next.
inline NumberedRows NormalsOfSamples(int64_t first, int64_t samples, int64_t dimension) {
  const uint64_t stride = static_cast<uint64_t>(dimension + dimension % 2);
  return {.rows = samples,
          .columns = dimension,
          .first = static_cast<uint64_t>(first) * stride,
          .stride = stride};
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_GENERATED_DATASET_H_
