// An operation on the outputs of a layer's linear map, for a batch: normalization, nonlinearity,
// pooling.

#ifndef DIDACT_FRAMEWORK_NETWORK_LAYER_OPERATION_H_
#define DIDACT_FRAMEWORK_NETWORK_LAYER_OPERATION_H_

#include <cstdint>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/sample_rows.h"

namespace didact {

// One operation with its results for the last batch. Matrices are [batch * positions, nodes] unless
// the operation says otherwise. All memory is allocated at construction.
//
// Threads: one call at a time.
// Throws:  exceptions of activations (ConfiguredPlugin::Call).
template <class T>
class LayerOperation {
 public:
  LayerOperation() = default;
  virtual ~LayerOperation() = default;
  LayerOperation(const LayerOperation&) = delete;
  LayerOperation& operator=(const LayerOperation&) = delete;

  // Computes output() from `input`, consecutive rows that must not change until Backward.
  virtual void Forward(const SampleRows<T>& input, PassMode mode) = 0;

  // The results for the last batch, in the memory of the operation.
  virtual SampleRows<T> output() const = 0;

  // The gradient with respect to output(); null if it has the shape of the input's gradient and is
  // kept in the same matrix.
  virtual Matrix<T>* gradient() { return nullptr; }

  // Computes the gradient with respect to the input, `below`, from that with respect to output(),
  // `above`; the same matrix if gradient() is null.
  virtual void Backward(const Matrix<T>& above, Matrix<T>& below) = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_LAYER_OPERATION_H_
