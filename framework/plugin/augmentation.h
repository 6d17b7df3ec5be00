// Plugin kind `augmentation`: random or fixed changes of inputs.
//
// 1. The framework builds an augmentation for each entry of `train_augmentation` and of
//    `eval_augmentation`.
// 2. It calls Prepare once with the shape of a sample.
// 3. It calls Apply in the order of the list: of `train_augmentation` for each mini-batch, of
//    `eval_augmentation` once for all evaluation samples, when they have been read.
// 4. Evaluations on the training set use its inputs with those of `train_augmentation` that are not
//    random, in the order of the list. As long as no random one stands before it, such an
//    augmentation is applied once to the whole training set, when it has been read.
//
// Example, which negates half of the samples:
//
//   template <class T>
//   class RandomNegation final : public Augmentation<T> {
//    public:
//     void Apply(const RandomStream& random, ArrayView<T> inputs) const override {
//       for (int64_t r = 0; r < inputs.shape(0); ++r) {
//         if (random.Split(r).Uniform(0) >= 0.5) continue;
//         for (T& x : inputs.row(r)) x = -x;
//       }
//     }
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_AUGMENTATION_H_
#define DIDACT_FRAMEWORK_PLUGIN_AUGMENTATION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"

namespace didact {

// A change of inputs that keeps their shape.
//
// Threads: after Prepare all methods are const and may run concurrently.
template <class T>
class Augmentation {
 public:
  static constexpr absl::string_view kKind = "augmentation";
  using Scalar = T;
  using Interface = Augmentation;

  virtual ~Augmentation() = default;

  // Called once with the shape of a sample: [features] or [channels, rows, columns].
  virtual absl::Status Prepare(absl::Span<const int64_t> sample_shape) {
    static_cast<void>(sample_shape);
    return absl::OkStatus();
  }

  // False if Apply does not use `random`, so that it changes an input in the same way each time.
  virtual bool is_random() const { return true; }

  // Changes `inputs` [batch, features] (rows dense) in place. The batch is a mini-batch, or any
  // number of samples of a data set. `random` is a stream for this batch and this augmentation alone;
  // row r may depend only on that row and on random.Split(r).
  virtual void Apply(const RandomStream& random, ArrayView<T> inputs) const = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_AUGMENTATION_H_
