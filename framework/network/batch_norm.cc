#include "didact/framework/network/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "didact/framework/kernels/reduction.h"

namespace didact {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kMomentum = 0.1;

template <class T>
T Moved(T running, double batch) {
  return static_cast<T>((1 - kMomentum) * running + kMomentum * batch);
}

}  // namespace

template <class T>
BatchNormOperation<T>::BatchNormOperation(const LayerView<const T>& layer, int64_t rows,
                                          const NeighbouringActivations<T>& activations,
                                          Matrix<T>* in_place)
    : layer_(layer),
      activations_(activations),
      own_output_(in_place == nullptr ? rows : 0, layer.nodes),
      output_(in_place == nullptr ? own_output_ : *in_place),
      mean_(layer.nodes),
      variance_(layer.nodes),
      inverse_deviation_(layer.nodes),
      gradient_sums_(layer.nodes),
      gradient_products_(layer.nodes),
      center_(layer.nodes),
      scale_(layer.nodes),
      shift_(layer.nodes),
      factor_(layer.nodes),
      offset_(layer.nodes) {}

template <class T>
void BatchNormOperation<T>::Forward(const SampleRows<T>& input, PassMode mode) {
  mode_ = mode;
  input_ = input;
  if (mode == PassMode::kTraining) {
    ColumnMeansAndVariances(input.data, input.stride, input.rows, input.columns, mean_.data(),
                            variance_.data());
  }
  for (int64_t j = 0; j < input.columns; ++j) {
    if (mode == PassMode::kEvaluation) {
      mean_[j] = layer_.running_mean(j);
      variance_[j] = layer_.running_variance(j);
    }
    inverse_deviation_[j] = 1 / std::sqrt(variance_[j] + kEpsilon);
    const double scale = GainOf(j) * inverse_deviation_[j];
    scale_[j] = static_cast<T>(scale);
    center_[j] = static_cast<T>(mean_[j]);
    // Adds what rounding the mean has taken away from the center.
    const double shift = layer_.shift.empty() ? 0 : layer_.shift(j);
    shift_[j] = static_cast<T>(shift + scale * (center_[j] - mean_[j]));
  }
  ScaleColumns(input.data, input.stride, input.rows, input.columns, scaling(), output_.data(),
               output_.stride());
}

template <class T>
void BatchNormOperation<T>::Backward(const Matrix<T>& above, Matrix<T>& below) {
  std::fill(gradient_sums_.begin(), gradient_sums_.end(), 0.0);
  std::fill(gradient_products_.begin(), gradient_products_.end(), 0.0);
  AccumulateColumnProducts(above.data(), above.stride(), input_.data, input_.stride, input_.rows,
                           input_.columns, scaling(), gradient_sums_.data(),
                           gradient_products_.data());
  const double rows = static_cast<double>(input_.rows);
  for (int64_t j = 0; j < input_.columns; ++j) {
    const double rounding = center_[j] - mean_[j];
    gradient_products_[j] += gradient_sums_[j] * rounding;
    factor_[j] = offset_[j] = T(0);
    if (mode_ == PassMode::kEvaluation) continue;
    // gain / deviation * (g - sum(g) / n - x' * sum(g x') / n) for n rows, where x' is the
    // normalized input.
    const double inverse = inverse_deviation_[j];
    const double scale = GainOf(j) * inverse;
    const double factor = -scale * inverse * inverse * gradient_products_[j] / rows;
    factor_[j] = static_cast<T>(factor);
    offset_[j] = static_cast<T>(factor * rounding - scale * gradient_sums_[j] / rows);
  }
  CombineColumns(above.data(), above.stride(), input_.data, input_.stride, input_.rows,
                 input_.columns, scaling(), factor_.data(), offset_.data(), activations_.before,
                 below.data(), below.stride());
}

template <class T>
void BatchNormOperation<T>::ParameterGradient(T factor, bool accumulate, const ArrayView<T>& gain,
                                              const ArrayView<T>& shift) const {
  for (int64_t j = 0; j < layer_.nodes; ++j) {
    const T of_gain = static_cast<T>(gradient_products_[j] * inverse_deviation_[j]);
    const T of_shift = static_cast<T>(gradient_sums_[j]);
    gain(j) = (accumulate ? gain(j) : T(0)) + factor * of_gain;
    shift(j) = (accumulate ? shift(j) : T(0)) + factor * of_shift;
  }
}

template <class T>
void BatchNormOperation<T>::UpdateStatistics(const ArrayView<T>& running_mean,
                                             const ArrayView<T>& running_variance) const {
  if (mode_ != PassMode::kTraining) return;
  const double rows = static_cast<double>(input_.rows);
  for (int64_t j = 0; j < layer_.nodes; ++j) {
    running_mean(j) = Moved(running_mean(j), mean_[j]);
    running_variance(j) = Moved(running_variance(j), variance_[j] * rows / (rows - 1));
  }
}

template class BatchNormOperation<float>;
template class BatchNormOperation<double>;

}  // namespace didact
