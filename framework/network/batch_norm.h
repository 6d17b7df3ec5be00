// Batch normalization as an operation on the nodes of a layer.

#ifndef DIDACT_FRAMEWORK_NETWORK_BATCH_NORM_H_
#define DIDACT_FRAMEWORK_NETWORK_BATCH_NORM_H_

#include <cstdint>
#include <vector>

#include "didact/framework/kernels/column_maps.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer_operation.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Piecewise-linear activations next to a normalization, by their negative slopes; 1 if there is
// none. The normalization then saves them passes over memory.
template <class T>
struct NeighbouringActivations {
  // The normalization's inputs are the values of this activation. Backward computes the gradient
  // with respect to its arguments.
  T before = T(1);
  // Forward applies this activation to its results, and Backward begins with its derivative.
  T after = T(1);
};

// y = gain * (x - mean) / sqrt(variance + 1e-5) + shift for every node. In training mode, mean and
// variance (biased) are those over the rows of the batch, samples and positions; in evaluation
// mode, the running statistics. If the layer's view has no gain and shift, they are 1 and 0.
//
// Numerics: statistics and sums over rows in double, in ascending order of rows.
// Errors:   none; callers refuse a batch of one row in training mode, whose unbiased variance is
//           undefined.
// Source:   Ioffe and Szegedy, "Batch Normalization", ICML 2015; PyTorch's BatchNorm1d and
//           BatchNorm2d.
template <class T>
class BatchNormOperation final : public LayerOperation<T> {
 public:
  // `layer`: views of gain, shift and running statistics, which must stay valid. `rows`: the
  // largest number of rows of the input. `in_place`: the matrix whose rows are the input, which the
  // output then replaces; null if there is a backward pass.
  BatchNormOperation(const LayerView<const T>& layer, int64_t rows,
                     const NeighbouringActivations<T>& activations, Matrix<T>* in_place);

  void Forward(const SampleRows<T>& input, PassMode mode) override;
  SampleRows<T> output() const override { return SampleRows<T>(output_, 0, input_.rows); }
  void Backward(const Matrix<T>& above, Matrix<T>& below) override;

  // Adds `factor` times the gradient with respect to gain and shift, as the last Backward computed
  // it, to `gain` and `shift` [nodes] if `accumulate`; otherwise overwrites them with it.
  void ParameterGradient(T factor, bool accumulate, const ArrayView<T>& gain,
                         const ArrayView<T>& shift) const;

  // Moves the running statistics a tenth of the way to those of the last batch (with its unbiased
  // variance), if that was in training mode.
  void UpdateStatistics(const ArrayView<T>& running_mean,
                        const ArrayView<T>& running_variance) const;

 private:
  double GainOf(int64_t node) const { return layer_.gain.empty() ? 1 : layer_.gain(node); }

  ColumnScaling<T> scaling() const {
    return {center_.data(), scale_.data(), shift_.data(), activations_.after};
  }

  LayerView<const T> layer_;
  NeighbouringActivations<T> activations_;
  PassMode mode_ = PassMode::kEvaluation;
  SampleRows<T> input_;
  Matrix<T> own_output_;  // empty if in place
  Matrix<T>& output_;
  // Per node: the statistics that were used, and 1 / sqrt(variance + epsilon).
  std::vector<double> mean_;
  std::vector<double> variance_;
  std::vector<double> inverse_deviation_;
  // Per node, sums over the rows: of the gradient, and of its products with centered inputs.
  std::vector<double> gradient_sums_;
  std::vector<double> gradient_products_;
  // Coefficients of the columns (framework/kernels/column_maps.h): of Forward, then of Backward.
  std::vector<T> center_;
  std::vector<T> scale_;
  std::vector<T> shift_;
  std::vector<T> factor_;
  std::vector<T> offset_;
};

extern template class BatchNormOperation<float>;
extern template class BatchNormOperation<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_BATCH_NORM_H_
