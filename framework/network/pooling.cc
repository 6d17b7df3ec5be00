#include "didact/framework/network/pooling.h"

#include <algorithm>
#include <cstring>

#include "didact/framework/kernels/elementwise.h"

namespace didact {
namespace {

// Elements that are processed together, in a vector of the compiler. Everything here acts on each
// element alone, so their number changes no result.
template <class Element>
struct VectorOf {
  typedef Element Type __attribute__((vector_size(32)));
};
template <class Element>
using Vector = typename VectorOf<Element>::Type;
template <class Element>
constexpr int64_t kTogether = 32 / sizeof(Element);

// Vectors are passed by reference, because how they are passed by value depends on the instruction
// set.
template <class Element>
void Load(const Element* from, int64_t count, Vector<Element>& value) {
  if (count == kTogether<Element>) {
    std::memcpy(&value, from, sizeof(value));
  } else {
    value = Vector<Element>{};
    std::memcpy(&value, from, count * sizeof(Element));
  }
}

template <class Element>
void Store(Element* to, const Vector<Element>& value, int64_t count) {
  if (count == kTogether<Element>) {
    std::memcpy(to, &value, sizeof(value));
  } else {
    std::memcpy(to, &value, count * sizeof(Element));
  }
}

// Calls visit(first channel, number of channels) for all channels.
template <class T, class Visit>
void ForEachVector(int64_t channels, const Visit& visit) {
  int64_t j = 0;
  for (; j + kTogether<T> <= channels; j += kTogether<T>) visit(j, kTogether<T>);
  if (j < channels) visit(j, channels - j);
}

}  // namespace

template <class T>
PoolingOperation<T>::PoolingOperation(const PoolingPlan& plan, const SampleShape& input,
                                      int64_t samples, PassScope scope)
    : plan_(plan),
      input_shape_(input),
      output_shape_(PooledShape(plan, input)),
      output_(samples * output_shape_.positions(), input.channels),
      gradient_(scope == PassScope::kForward ? 0 : output_.rows(), input.channels),
      places_(plan.is_maximum ? std::max<int64_t>(gradient_.rows(), 1) * input.channels : 0) {}

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
  T* const output = output_.row(out).data();
  Place* const places = places_.data() + (gradient_.empty() ? 0 : out * output_.columns());
  ForEachVector<T>(input_.columns, [&](int64_t j, int64_t count) {
    Vector<T> largest;
    Load(input_.data + first * input_.stride + j, count, largest);
    Vector<Place> place_of_largest = {};
    Place place = 0;
    for (int64_t r = 0; r < plan_.kernel; ++r) {
      for (int64_t c = 0; c < plan_.kernel; ++c, ++place) {
        Vector<T> x;
        Load(input_.data + RowOf(first, r, c) * input_.stride + j, count, x);
        const Vector<Place> is_larger = (x > largest) | (x != x);
        largest = is_larger ? x : largest;
        place_of_largest = is_larger ? place - Vector<Place>{} : place_of_largest;
      }
    }
    Store(output + j, largest, count);
    Store(places + j, place_of_largest, count);
  });
}

template <class T>
void PoolingOperation<T>::Average(int64_t out, int64_t first) {
  T* const output = output_.row(out).data();
  const T elements = static_cast<T>(plan_.kernel * plan_.kernel);
  ForEachVector<T>(input_.columns, [&](int64_t j, int64_t count) {
    Vector<T> sum = {};
    for (int64_t r = 0; r < plan_.kernel; ++r) {
      for (int64_t c = 0; c < plan_.kernel; ++c) {
        Vector<T> x;
        Load(input_.data + RowOf(first, r, c) * input_.stride + j, count, x);
        sum += x;
      }
    }
    Store(output + j, sum / elements, count);
  });
}

template <class T>
void PoolingOperation<T>::PropagateToLargest(const Matrix<T>& above, int64_t out, int64_t first,
                                             bool accumulate, Matrix<T>& below) const {
  const T* const from = above.row(out).data();
  const Place* const places = places_.data() + out * output_.columns();
  ForEachVector<T>(input_.columns, [&](int64_t j, int64_t count) {
    Vector<T> gradient;
    Load(from + j, count, gradient);
    Vector<Place> place_of_largest;
    Load(places + j, count, place_of_largest);
    Place place = 0;
    for (int64_t r = 0; r < plan_.kernel; ++r) {
      for (int64_t c = 0; c < plan_.kernel; ++c, ++place) {
        T* const to = below.row(RowOf(first, r, c)).data() + j;
        Vector<T> before = {};
        if (accumulate) Load(to, count, before);
        Store(to, before + (place_of_largest == place ? gradient : Vector<T>{}), count);
      }
    }
  });
}

template <class T>
void PoolingOperation<T>::PropagateMean(const Matrix<T>& above, int64_t out, int64_t first,
                                        bool accumulate, Matrix<T>& below) const {
  const T* const from = above.row(out).data();
  const T share = T(1) / static_cast<T>(plan_.kernel * plan_.kernel);
  if (accumulate) {
    for (int64_t r = 0; r < plan_.kernel; ++r) {
      for (int64_t c = 0; c < plan_.kernel; ++c) {
        Axpy(share, from, below.row(RowOf(first, r, c)).data(), input_.columns);
      }
    }
    return;
  }
  ForEachVector<T>(input_.columns, [&](int64_t j, int64_t count) {
    Vector<T> gradient;
    Load(from + j, count, gradient);
    // The zero makes the bits those of a sum, which has no -0.
    gradient = share * gradient + T(0);
    for (int64_t r = 0; r < plan_.kernel; ++r) {
      for (int64_t c = 0; c < plan_.kernel; ++c) {
        Store(below.row(RowOf(first, r, c)).data() + j, gradient, count);
      }
    }
  });
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
  // Windows that meet, and cover the image, write each of its elements once.
  const bool accumulate = plan_.stride != plan_.kernel || input_shape_.rows % plan_.kernel != 0 ||
                          input_shape_.columns % plan_.kernel != 0;
  if (accumulate) {
    for (int64_t i = 0; i < input_.rows; ++i) {
      std::fill_n(below.row(i).data(), input_.columns, T(0));
    }
  }
  ForEachWindow([&](int64_t out, int64_t first) {
    plan_.is_maximum ? PropagateToLargest(above, out, first, accumulate, below)
                     : PropagateMean(above, out, first, accumulate, below);
  });
}

template class PoolingOperation<float>;
template class PoolingOperation<double>;

}  // namespace didact
