#include "didact/framework/network/pooling.h"

#include <algorithm>

#include "didact/framework/kernels/elementwise.h"

namespace didact {

template <class T>
PoolingOperation<T>::PoolingOperation(const PoolingPlan& plan, const SampleShape& input,
                                      int64_t samples, PassScope scope)
    : plan_(plan),
      input_shape_(input),
      output_shape_(PooledShape(plan, input)),
      output_(samples * output_shape_.positions(), input.channels),
      gradient_(scope == PassScope::kForward ? 0 : output_.rows(), input.channels),
      sources_(plan.is_maximum ? std::max<int64_t>(gradient_.rows(), 1) * input.channels : 0) {}

template <class T>
SampleRows<T> PoolingOperation<T>::output() const {
  return SampleRows<T>(output_, 0, samples_ * output_shape_.positions());
}

template <class T>
template <class Visit>
void PoolingOperation<T>::ForEachWindow(const Visit& visit) const {
  int64_t out = 0;
  for (int64_t s = 0; s < samples_; ++s) {
    for (int64_t r = 0; r < output_shape_.rows; ++r) {
      for (int64_t c = 0; c < output_shape_.columns; ++c) {
        visit(out++, RowOf(s * input_shape_.positions(), r * plan_.stride, c * plan_.stride));
      }
    }
  }
}

template <class T>
void PoolingOperation<T>::FindLargest(int64_t out, int64_t first) {
  T* const largest = output_.row(out).data();
  int64_t* const sources = sources_.data() + (gradient_.empty() ? 0 : out * output_.columns());
  std::copy_n(input_.data + first * input_.stride, input_.columns, largest);
  std::fill_n(sources, input_.columns, first);
  for (int64_t r = 0; r < plan_.kernel; ++r) {
    for (int64_t c = 0; c < plan_.kernel; ++c) {
      const int64_t row = RowOf(first, r, c);
      const T* const x = input_.data + row * input_.stride;
      for (int64_t j = 0; j < input_.columns; ++j) {
        if (!(x[j] > largest[j]) && x[j] == x[j]) continue;
        largest[j] = x[j];
        sources[j] = row;
      }
    }
  }
}

template <class T>
void PoolingOperation<T>::Average(int64_t out, int64_t first) {
  T* const mean = output_.row(out).data();
  std::fill_n(mean, input_.columns, T(0));
  for (int64_t r = 0; r < plan_.kernel; ++r) {
    for (int64_t c = 0; c < plan_.kernel; ++c) {
      Axpy(T(1), input_.data + RowOf(first, r, c) * input_.stride, mean, input_.columns);
    }
  }
  const T elements = static_cast<T>(plan_.kernel * plan_.kernel);
  for (int64_t j = 0; j < input_.columns; ++j) mean[j] /= elements;
}

template <class T>
void PoolingOperation<T>::Forward(const SampleRows<T>& input, PassMode) {
  input_ = input;
  samples_ = input.rows / input_shape_.positions();
  ForEachWindow([this](int64_t out, int64_t first) {
    plan_.is_maximum ? FindLargest(out, first) : Average(out, first);
  });
}

template <class T>
void PoolingOperation<T>::Backward(const Matrix<T>& above, Matrix<T>& below) {
  for (int64_t i = 0; i < input_.rows; ++i) std::fill_n(below.row(i).data(), input_.columns, T(0));
  if (plan_.is_maximum) {
    return ForEachWindow([&](int64_t out, int64_t) {
      const int64_t* const sources = sources_.data() + out * output_.columns();
      for (int64_t j = 0; j < input_.columns; ++j) below(sources[j], j) += above(out, j);
    });
  }
  const T share = T(1) / static_cast<T>(plan_.kernel * plan_.kernel);
  ForEachWindow([&](int64_t out, int64_t first) {
    for (int64_t r = 0; r < plan_.kernel; ++r) {
      for (int64_t c = 0; c < plan_.kernel; ++c) {
        Axpy(share, above.row(out).data(), below.row(RowOf(first, r, c)).data(), input_.columns);
      }
    }
  });
}

template class PoolingOperation<float>;
template class PoolingOperation<double>;

}  // namespace didact
