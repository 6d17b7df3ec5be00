// Pre-activations of a sample network, for checks of initializers that name a data set.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_PRE_ACTIVATIONS_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_PRE_ACTIVATIONS_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "didact/framework/base/array_view.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Pre-activations of a fully connected network whose hidden layers are rectified, computed in
// double.
template <class T>
class SamplePreActivations final : public PreActivations<T> {
 public:
  // Both must outlive it. `samples` is [samples, inputs].
  SamplePreActivations(NetworkView<const T> weights, const GuardedMatrix<double>& samples)
      : weights_(weights), samples_(samples) {}

  ArrayView<const T> Compute(int64_t layer) override {
    GuardedMatrix<double> results = Linear(weights_[0], samples_);
    for (int64_t l = 1; l <= layer; ++l) results = Linear(weights_[l], Rectified(results));
    results_ = GuardedMatrix<T>(results.rows(), results.columns());
    for (int64_t i = 0; i < results.rows(); ++i) {
      for (int64_t k = 0; k < results.columns(); ++k) {
        results_(i, k) = static_cast<T>(results(i, k));
      }
    }
    return std::as_const(results_).view();
  }

 private:
  static GuardedMatrix<double> Linear(const LayerView<const T>& layer,
                                      const GuardedMatrix<double>& inputs) {
    GuardedMatrix<double> results(inputs.rows(), layer.nodes);
    for (int64_t i = 0; i < inputs.rows(); ++i) {
      for (int64_t k = 0; k < layer.nodes; ++k) {
        double sum = layer.bias.empty() ? 0 : static_cast<double>(layer.bias(k));
        for (int64_t j = 0; j < inputs.columns(); ++j) {
          sum += static_cast<double>(layer.weight(k, j)) * inputs(i, j);
        }
        results(i, k) = sum;
      }
    }
    return results;
  }

  static GuardedMatrix<double> Rectified(GuardedMatrix<double> matrix) {
    for (int64_t i = 0; i < matrix.rows(); ++i) {
      for (int64_t k = 0; k < matrix.columns(); ++k) matrix(i, k) = std::max(matrix(i, k), 0.0);
    }
    return matrix;
  }

  NetworkView<const T> weights_;
  const GuardedMatrix<double>& samples_;
  GuardedMatrix<T> results_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_PRE_ACTIVATIONS_H_
