// A layer of a network, and what a pass over samples needs of it.
//
// 1. A network owns its layers, and each layer its parameters, in an arrangement that the layer
//    chooses: plugins and files see them through LayerView, optimizers as matrices of any meaning.
// 2. For each pass (framework/network/pass.h) a layer makes a LayerPass, which holds what the layer
//    computes for a batch of samples.
// 3. The pass calls Forward from the first layer to the last, then, from the last to the first,
//    Backward, and ParameterGradient where it is asked to.

#ifndef DIDACT_FRAMEWORK_NETWORK_LAYER_H_
#define DIDACT_FRAMEWORK_NETWORK_LAYER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "framework/base/workers.h"
#include "framework/kernels/matrix.h"
#include "framework/network/sample_rows.h"
#include "framework/plugin/network_view.h"
#include "framework/plugin/state.h"

namespace didact {

// The parameters of a layer, or a gradient with respect to them. Moving keeps views good.
template <class T>
class LayerParameters {
 public:
  // `view` sees all that `blocks` hold.
  LayerParameters(std::vector<Matrix<T>> blocks, const LayerView<T>& view)
      : blocks_(std::move(blocks)), view_(view) {}

  LayerParameters(LayerParameters&&) = default;
  LayerParameters& operator=(LayerParameters&&) = default;

  // Every number once, in matrices whose arrangement is the affair of the layer.
  std::vector<Matrix<T>>& blocks() { return blocks_; }
  const std::vector<Matrix<T>>& blocks() const { return blocks_; }

  // The same numbers in place, as plugins and files see them.
  const LayerView<T>& view() { return view_; }
  LayerView<const T> view() const { return view_; }

 private:
  std::vector<Matrix<T>> blocks_;
  LayerView<T> view_;
};

// A derivative that the layer above may multiply into the gradient which it computes: 1 where the
// activation is above 0, `slope` elsewhere.
template <class T>
struct Gate {
  const T* activation = nullptr;  // [batch, outputs], rows `stride` apart
  int64_t stride = 0;
  T slope = T(0);
};

// What one layer computes for a batch of samples, and what its backward pass reads again. Memory is
// allocated at construction; nothing else allocates.
//
// Threads: one call at a time; large products are computed by `workers`, if not null, with the same
//          bits.
// Throws:  what activations do (ConfiguredPlugin::Call).
template <class T>
class LayerPass {
 public:
  LayerPass() = default;
  virtual ~LayerPass() = default;
  LayerPass(const LayerPass&) = delete;
  LayerPass& operator=(const LayerPass&) = delete;

  // Computes activations() from `inputs` [batch, inputs of the layer].
  virtual void Forward(const SampleRows<T>& inputs, Workers* workers) = 0;

  // Of the last batch, after the nonlinearity: [batch, outputs of the layer].
  virtual SampleRows<T> activations() const = 0;

  // The gradient with respect to the pre-activations [capacity, outputs of the layer], written by
  // the layer above; for the last layer by the objective.
  virtual Matrix<T>& gradient() = 0;
  virtual const Matrix<T>& gradient() const = 0;

  // The derivative of the nonlinearity, if the layer above may apply it.
  virtual std::optional<Gate<T>> gate() const = 0;

  // Multiplies gradient(), which holds that with respect to activations(), by the derivative of the
  // nonlinearity. Only called if there is no gate().
  virtual void MultiplyByDerivative() = 0;

  // From gradient(): the gradient with respect to the pre-activations of the layer below, into
  // below.gradient().
  virtual void Backward(LayerPass<T>& below, Workers* workers) const = 0;

  // From gradient(), and `inputs` as of the last Forward, consecutive rows: adds `factor` times the
  // gradient with respect to the layer's parameters to `gradient`, or, unless `accumulate`,
  // overwrites it.
  virtual void ParameterGradient(const SampleRows<T>& inputs, T factor, bool accumulate,
                                 LayerParameters<T>& gradient, Workers* workers) const = 0;
};

// One layer: parameters and how they are used. Const methods may run concurrently.
template <class T>
class Layer {
 public:
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // Numbers that it reads of a sample, and that it computes for one: nodes times positions.
  virtual int64_t inputs() const = 0;
  virtual int64_t outputs() const = 0;

  // True if f(-x) = -f(x) for its nonlinearity f.
  virtual bool is_odd() const = 0;

  // Zeros in the arrangement of parameters(), for a gradient.
  virtual LayerParameters<T> MakeParameters() const = 0;

  // For batches of up to `capacity` samples; must not outlive the layer.
  virtual std::unique_ptr<LayerPass<T>> MakePass(int64_t capacity) const = 0;

  // Bytes that such a pass takes at least.
  virtual double PassBytes(int64_t capacity) const = 0;

  // All that training changes, under PyTorch's names: `weight`, `bias`.
  virtual void VisitState(StateVisitor& visitor) = 0;

  LayerParameters<T>& parameters() { return parameters_; }
  const LayerParameters<T>& parameters() const { return parameters_; }

  // Whether steps change it; true at first.
  bool is_trained() const { return is_trained_; }
  void set_trained(bool is_trained) { is_trained_ = is_trained; }

 protected:
  explicit Layer(LayerParameters<T> parameters) : parameters_(std::move(parameters)) {}

 private:
  LayerParameters<T> parameters_;
  bool is_trained_ = true;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_LAYER_H_
