// Base class of data sets whose inputs are drawn at random.

#ifndef DIDACT_FRAMEWORK_PLUGIN_GENERATED_DATASET_H_
#define DIDACT_FRAMEWORK_PLUGIN_GENERATED_DATASET_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/base/random.h"
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

// Calls write(component, normal) for the components 0 to dimension - 1 of sample `sample`, in
// order; the normals are independent over components and samples. Every sample begins with a new
// pair of normals, so that with an odd dimension no sample shares a pair with the next.
template <class Write>
void ForEachNormal(const RandomStream& random, int64_t sample, int64_t dimension, Write write) {
  uint64_t pair = static_cast<uint64_t>(sample) * static_cast<uint64_t>((dimension + 1) / 2);
  int64_t component = 0;
  for (; component + 1 < dimension; component += 2, ++pair) {
    const auto [even, odd] = random.NormalPair(pair);
    write(component, even);
    write(component + 1, odd);
  }
  if (component < dimension) write(component, random.NormalPair(pair)[0]);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_GENERATED_DATASET_H_
