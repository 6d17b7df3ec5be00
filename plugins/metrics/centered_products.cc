#include "didact/plugins/metrics/centered_products.h"

#include <algorithm>
#include <cmath>

#include "didact/framework/kernels/gemm.h"
#include "didact/framework/kernels/reduction.h"
#include "didact/plugins/metrics/double_rows.h"

namespace didact {

template <class T>
void CenteredProducts<T>::Side::Prepare(int64_t columns) {
  means.resize(columns);
  squares.resize(columns);
  block_means.resize(columns);
  block.Resize(kBlockRows + 1, columns);
  Clear();
}

template <class T>
void CenteredProducts<T>::Side::Clear() {
  std::fill(means.begin(), means.end(), 0.0);
  std::fill(squares.begin(), squares.end(), 0.0);
}

template <class T>
void CenteredProducts<T>::Side::Add(const ArrayView<const T>& rows, int64_t samples) {
  const int64_t added = rows.shape(0);
  const double share = static_cast<double>(added) / static_cast<double>(samples + added);
  const double weight = std::sqrt(static_cast<double>(samples) * share);
  ColumnMeans(rows.data(), rows.stride(0), added, rows.shape(1), block_means.data());
  CenterColumns(rows.data(), rows.stride(0), added, rows.shape(1), block_means.data(), block.data(),
                block.stride(), squares.data());
  const absl::Span<double> merging = block.row(added);
  for (size_t column = 0; column < means.size(); ++column) {
    const double difference = block_means[column] - means[column];
    merging[column] = weight * difference;
    squares[column] += merging[column] * merging[column];
    means[column] += share * difference;
  }
}

template <class T>
double CenteredProducts<T>::Side::Squares(int64_t column, int64_t samples) const {
  // Bound on the rounding error of a sum of kBlockRows equal numbers, and so of their mean.
  const double rounding = static_cast<double>(kBlockRows) * 0x1p-53 * std::abs(means[column]);
  // Squares that have overflowed are not those of a constant, although the bound overflows too.
  const bool is_constant = squares[column] <= static_cast<double>(samples) * rounding * rounding &&
                           std::isfinite(squares[column]);
  return is_constant ? 0 : squares[column];
}

template <class T>
void CenteredProducts<T>::Prepare(int64_t x_columns, int64_t y_columns) {
  x_.Prepare(x_columns);
  y_.Prepare(y_columns);
  products_.Resize(x_columns, y_columns);
  samples_ = 0;
}

template <class T>
void CenteredProducts<T>::Clear() {
  x_.Clear();
  y_.Clear();
  products_.SetZero();
  samples_ = 0;
}

template <class T>
void CenteredProducts<T>::Add(const ArrayView<const T>& x, const ArrayView<const T>& y) {
  ForEachBlock(x.shape(0), [&](int64_t first, int64_t count) {
    x_.Add(x.rows(first, count), samples_);
    y_.Add(y.rows(first, count), samples_);
    samples_ += count;

    GemmArguments<double> product;
    product.rows = products_.rows();
    product.columns = products_.columns();
    product.depth = count + 1;
    product.a = x_.block.data();
    product.a_row_stride = 1;
    product.a_depth_stride = x_.block.stride();
    product.b = y_.block.data();
    product.b_stride = y_.block.stride();
    product.c = products_.data();
    product.c_stride = products_.stride();
    product.accumulate = true;
    product.padded = true;
    Gemm(product);
  });
}

template class CenteredProducts<float>;
template class CenteredProducts<double>;

}  // namespace didact
