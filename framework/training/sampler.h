// Samplers choose the samples of each training step.
//
// 1. CreateSampler builds the sampler that `training` in the config selects.
// 2. A stage asks for steps_per_epoch() and batch_size(), the largest batch, and allocates.
// 3. Each step calls Batch with its number.
//
// Example, full-batch gradient descent:
//
//   class WholeSet final : public Sampler {
//    public:
//     explicit WholeSet(int64_t samples) : rows_(samples) {
//       std::iota(rows_.begin(), rows_.end(), int64_t{0});
//     }
//     int64_t steps_per_epoch() const override { return 1; }
//     int64_t batch_size() const override { return static_cast<int64_t>(rows_.size()); }
//     absl::Span<const int64_t> Batch(int64_t) override { return rows_; }
//
//    private:
//     std::vector<int64_t> rows_;
//   };

#ifndef DIDACT_FRAMEWORK_TRAINING_SAMPLER_H_
#define DIDACT_FRAMEWORK_TRAINING_SAMPLER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/protos/training.pb.h"

namespace didact {

// Chooses mini-batches. The mini-batch of a step is a function of the step alone, so that training
// can continue from any step. Threads: one at a time; each trial has its own sampler.
class Sampler {
 public:
  virtual ~Sampler() = default;

  virtual int64_t steps_per_epoch() const = 0;

  // True if the number of steps per epoch depends on the number of epochs.
  virtual bool uses_total_epochs() const { return false; }

  // Largest and smallest number of samples in a mini-batch.
  virtual int64_t batch_size() const = 0;
  virtual int64_t smallest_batch() const { return batch_size(); }

  // Returns the rows of the training set that step `step` uses (counted over all epochs of the
  // stage, from 0): at least one and at most batch_size(); rows may repeat. Valid until the next
  // call.
  virtual absl::Span<const int64_t> Batch(int64_t step) = 0;
};

// Creates the sampler that `training` configures, for a training set of `samples` samples.
// `training` must belong to a resolved experiment (framework/config/resolve_experiment.h).
// Errors: INVALID_ARGUMENT with the path of the field below `path`, the path of `training`; errors
// of reading a replay file.
absl::StatusOr<std::unique_ptr<Sampler>> CreateSampler(const Training& training, int64_t samples,
                                                       const RandomStream& random,
                                                       const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_SAMPLER_H_
