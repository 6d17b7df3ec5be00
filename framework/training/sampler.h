// Samplers: which samples each training step sees.

#ifndef DIDACT_FRAMEWORK_TRAINING_SAMPLER_H_
#define DIDACT_FRAMEWORK_TRAINING_SAMPLER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "framework/base/field_path.h"
#include "framework/base/random.h"
#include "protos/training.pb.h"

namespace didact {

// The mini-batch of a step is a function of the step alone, so that training can go on from any
// step. One trial has one sampler.
class Sampler {
 public:
  virtual ~Sampler() = default;

  virtual int64_t steps_per_epoch() const = 0;

  // Whether the number of steps per epoch depends on the number of epochs.
  virtual bool uses_total_epochs() const { return false; }

  // The most samples that a mini-batch has.
  virtual int64_t batch_size() const = 0;

  // Rows of the training set for step `step` (counted over all epochs, from 0); good until the next
  // call.
  virtual absl::Span<const int64_t> Batch(int64_t step) = 0;
};

// The sampler that a config asks for, over a training set of `samples` samples. `training` must be
// that of a resolved experiment (framework/config/resolve_experiment.h).
// Errors: INVALID_ARGUMENT with the path of the field below `path`, the path of `training`; what
// reading a replay file may say.
absl::StatusOr<std::unique_ptr<Sampler>> CreateSampler(const Training& training, int64_t samples,
                                                       const RandomStream& random,
                                                       const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_SAMPLER_H_
