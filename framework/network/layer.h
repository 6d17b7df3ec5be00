// A layer of a network, and its computation for a batch of samples.
//
// 1. A network owns its layers, and each layer owns its parameters, in the memory layout that suits
//    its products. Plugins and files see them through LayerView, optimizers as matrices of
//    unspecified meaning.
// 2. For each pass (framework/network/pass.h) a layer makes a LayerPass, which holds the results
//    for a batch of samples.
// 3. The pass calls Forward from the first layer to the last. For a gradient, its user writes the
//    gradient of the objective to gradient() of the last layer; the pass then calls Backward from
//    the last layer to the one above the lowest that is trained, and ParameterGradient or
//    ReadParameterGradient for each layer that is trained.
// 4. After a training step, UpdateStatistics moves the running statistics of a normalization.
//
// Example:
//
//   const DenseLayer<double> layer(/*inputs=*/3, /*outputs=*/2, /*activation=*/std::nullopt);
//   const std::unique_ptr<LayerPass<double>> pass =
//       layer.MakePass(/*capacity=*/16, PassScope::kForward);
//   const Matrix<double> samples(16, 3);
//   pass->Forward(SampleRows<double>(samples, /*first=*/0, /*count=*/16), PassMode::kEvaluation,
//                 /*workers=*/nullptr);
//   const ArrayView<const double> outputs = pass->activations().view();  // [16, 2]

#ifndef DIDACT_FRAMEWORK_NETWORK_LAYER_H_
#define DIDACT_FRAMEWORK_NETWORK_LAYER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/workers.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/state.h"

namespace didact {

// The parameters of a layer, or a gradient with respect to them. Views stay valid when it is moved.
template <class T>
class LayerParameters {
 public:
  // `view` shows all elements of `blocks`.
  LayerParameters(std::vector<Matrix<T>> blocks, const LayerView<T>& view)
      : blocks_(std::move(blocks)), view_(view) {}

  LayerParameters(LayerParameters&&) = default;
  LayerParameters& operator=(LayerParameters&&) = default;

  // Matrices that together hold every parameter once, in the layout of the layer.
  std::vector<Matrix<T>>& blocks() { return blocks_; }
  const std::vector<Matrix<T>>& blocks() const { return blocks_; }

  // Views of the same parameters, as plugins and files see them.
  const LayerView<T>& view() { return view_; }
  LayerView<const T> view() const { return view_; }

  // Adds a block. `view` replaces the views, and also shows all elements of this block.
  void AddBlock(Matrix<T> block, const LayerView<T>& view) {
    blocks_.push_back(std::move(block));
    view_ = view;
  }
  // Replaces the views by others of the same parameters, perhaps with statistics.
  void set_view(const LayerView<T>& view) { view_ = view; }

 private:
  std::vector<Matrix<T>> blocks_;
  LayerView<T> view_;
};

// The purpose of a forward pass. In training mode, which is that of training steps, normalizations
// use the statistics of the batch; in evaluation mode, the running statistics.
enum class PassMode { kEvaluation, kTraining };

// What a pass is made for. One for the forward direction alone has no memory for the gradients of a
// batch, nor for what only the backward pass reads, and takes at most half as much.
enum class PassScope { kForward, kForwardAndBackward };

// A derivative in a form that the layer above can fuse into its matrix product: 1 where the
// activation is positive, `slope` elsewhere. Valid until the next Forward.
template <class T>
struct Gate {
  const T* activation = nullptr;  // [batch, outputs], rows `stride` apart
  int64_t stride = 0;
  T slope = T(0);
};

// Reads a part of a gradient: [rows, columns], whose element (0, 0) is element (first_row,
// first_column) of block `block` of the layer. The view is valid during the call.
template <class T>
using ReadGradientPart = absl::FunctionRef<void(
    int64_t block, int64_t first_row, int64_t first_column, const ArrayView<const T>& part)>;

template <class T>
class Layer;

// The results of one layer for a batch of samples, which the backward pass reads again. All memory
// is allocated at construction. In a pass of PassScope::kForward, only Forward and the activations
// may be used.
//
// Threads: one call at a time. `workers`, if not null, compute parts of large products; results are
// bitwise identical.
// Throws:  exceptions of activations (ConfiguredPlugin::Call).
template <class T>
class LayerPass {
 public:
  LayerPass() = default;
  virtual ~LayerPass() = default;
  LayerPass(const LayerPass&) = delete;
  LayerPass& operator=(const LayerPass&) = delete;

  // Computes activations() from `inputs`, as the layer below has laid them out.
  virtual void Forward(const SampleRows<T>& inputs, PassMode mode, Workers* workers) = 0;

  // The layer's outputs for the last batch, as the layer above reads them: [batch, outputs of the
  // layer] for a fully connected layer, with the features of images in the order channel, row,
  // column; [batch * positions, nodes] for a convolution.
  virtual SampleRows<T> activations() const = 0;

  // The same outputs by nodes: [batch * positions, nodes], the positions of a sample side by side.
  virtual ArrayView<const T> node_activations() const = 0;

  // The memory of the outputs of a linear pass (Layer::MakeLinearPass), in which operations on them
  // may write their results if there is no backward pass; null for other passes.
  virtual Matrix<T>* linear_outputs() { return nullptr; }

  // The gradient with respect to activations(), in the same layout, for the whole capacity; with
  // respect to the pre-activations if the layer above applies a gate(). The layer above writes it
  // (Backward); for the last layer, which is linear, the user of the pass does.
  virtual Matrix<T>& gradient() = 0;

  // The gradient with respect to the layer's pre-activations, the outputs of its linear map:
  // [batch * positions before pooling, nodes]. Valid after Backward of the layer above.
  virtual ArrayView<const T> pre_activation_gradient() const = 0;

  // The derivative of the nonlinearity if the layer above can multiply by it; std::nullopt if it
  // must call PropagateToPreActivations instead.
  virtual std::optional<Gate<T>> gate() const = 0;

  // Computes pre_activation_gradient() from gradient(), which holds the gradient with respect to
  // activations(). Called by Backward of the layer above if there is no gate().
  virtual void PropagateToPreActivations() = 0;

  // Computes the gradient with respect to the pre-activations of the layer below from
  // pre_activation_gradient(). Applies the derivative of that layer too: below.gate() if there is
  // one, otherwise below.PropagateToPreActivations().
  virtual void Backward(LayerPass<T>& below, Workers* workers) const = 0;

  // Computes the gradient with respect to the layer's parameters from pre_activation_gradient() and
  // from `inputs`, the consecutive rows of the last Forward. Adds `factor` times it to `gradient` if
  // `accumulate`; otherwise overwrites `gradient` with `factor` times it.
  virtual void ParameterGradient(const SampleRows<T>& inputs, T factor, bool accumulate,
                                 LayerParameters<T>& gradient, Workers* workers) const = 0;

  // Computes the gradient of ParameterGradient with factor 1 and calls `read` for parts of it that
  // together are all blocks, without overlaps. A layer with large blocks computes them part by
  // part, so that each is read while it is in the cache; `workers` may then call `read` for several
  // parts at a time. `read` must not throw. `gradient` is memory that the layer may use.
  virtual void ReadParameterGradient(const SampleRows<T>& inputs, LayerParameters<T>& gradient,
                                     Workers* workers, ReadGradientPart<T> read) const = 0;

  // Moves the running statistics of `layer`, from which this pass was made, towards those of the
  // last batch, if that was in training mode. Does nothing for a layer without normalization.
  virtual void UpdateStatistics(Layer<T>& layer) const { static_cast<void>(layer); }
};

// One layer with its parameters. Const methods may run concurrently.
template <class T>
class Layer {
 public:
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // Number of inputs and outputs per sample: nodes times positions.
  virtual int64_t inputs() const = 0;
  virtual int64_t outputs() const = 0;

  // Number of pre-activations per sample, the outputs of the linear map: nodes times positions
  // before pooling.
  virtual int64_t pre_activations() const { return outputs(); }

  // Fewest samples of a mini-batch with which the layer can be trained: 2 if it normalizes by the
  // variance over a batch and has one position, else 1.
  virtual int64_t least_training_batch() const { return 1; }

  // True if f(-x) = -f(x) for the function f of nonlinearity and pooling.
  virtual bool is_odd() const = 0;

  // Returns zeros in the layout of parameters(), for a gradient.
  virtual LayerParameters<T> MakeParameters() const = 0;

  // Returns a pass for batches of up to `capacity` samples; it must not outlive the layer.
  virtual std::unique_ptr<LayerPass<T>> MakePass(int64_t capacity, PassScope scope) const = 0;

  // Returns a pass of the layer's linear map alone, for batches of up to `capacity` samples; it
  // must not outlive the layer. Its activations are z for pre-activations z > 0, and
  // `negative_slope` z for others: 1 gives the pre-activations. Its gradient() is that with respect
  // to the pre-activations in any case.
  virtual std::unique_ptr<LayerPass<T>> MakeLinearPass(int64_t capacity, T negative_slope,
                                                       PassScope scope) const = 0;

  // Lower bound on the bytes of a pass.
  virtual double PassBytes(int64_t capacity, PassScope scope) const = 0;

  // Visits everything that training steps change, under PyTorch's names, as far as the layer has
  // it: `weight`, `bias`, `bn.weight`, `bn.bias`, `bn.running_mean`, `bn.running_var`.
  virtual void VisitState(StateVisitor& visitor) = 0;

  LayerParameters<T>& parameters() { return *parameters_; }
  const LayerParameters<T>& parameters() const { return *parameters_; }

  // True if training steps change this layer; true at first.
  bool is_trained() const { return is_trained_; }
  void set_trained(bool is_trained) { is_trained_ = is_trained; }

 protected:
  struct SharedParameters {};

  explicit Layer(LayerParameters<T> parameters)
      : parameters_(std::make_shared<LayerParameters<T>>(std::move(parameters))) {}

  // Makes a layer that contains `inner` and shares its parameters. The derived class may add blocks
  // and views to them.
  Layer(const Layer& inner, SharedParameters) : parameters_(inner.parameters_) {}

 private:
  std::shared_ptr<LayerParameters<T>> parameters_;
  bool is_trained_ = true;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_LAYER_H_
