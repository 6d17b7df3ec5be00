// Sums of squares and products of centered activations, in one pass over a data set.

#ifndef DIDACT_PLUGINS_METRICS_CENTERED_PRODUCTS_H_
#define DIDACT_PLUGINS_METRICS_CENTERED_PRODUCTS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"

namespace didact {

// Accumulates sum_i (x_ia - mean_a)^2 and sum_i (x_ia - mean_a) (y_ib - mean_b) over samples i for
// all columns a of x (teacher nodes) and b of y (student nodes), with the means over all samples.
//
// Numerics: in double. Every block of samples is centered by its own mean, so that a large mean
//           causes no cancellation, and blocks are merged exactly up to rounding: with n and m
//           samples, C_n and C_m their sums and d the differences of their means, C_{n+m} = C_n +
//           C_m + n m / (n + m) d_a d_b. The last term is treated as one more sample, sqrt(n m / (n
//           + m)) d, of the block.
// Source:   Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
//           sample variances", Stanford STAN-CS-79-773, 1979, for products of two columns.
// Memory:   allocated only in Prepare.
// Threads:  one at a time.
// Errors:   none.
template <class T>
class CenteredProducts {
 public:
  // Allocates memory for these numbers of columns of x and y, and clears.
  void Prepare(int64_t x_columns, int64_t y_columns);

  // Discards all samples.
  void Clear();

  // Adds samples: x [samples, x_columns], y [samples, y_columns], rows dense.
  void Add(const ArrayView<const T>& x, const ArrayView<const T>& y);

  int64_t samples() const { return samples_; }

  // sum_i (x_ia - mean_a) (y_ib - mean_b), [x_columns, y_columns].
  const Matrix<double>& products() const { return products_; }

  // sum_i (x_ia - mean_a)^2 of a column; exactly 0 if all that differs from the mean is rounding.
  double x_squares(int64_t column) const { return x_.Squares(column, samples_); }
  double y_squares(int64_t column) const { return y_.Squares(column, samples_); }

 private:
  // The statistics of the columns of x or of y.
  struct Side {
    std::vector<double> means;        // over all samples so far
    std::vector<double> squares;      // sums, centered
    std::vector<double> block_means;  // over the block
    Matrix<double> block;             // the block's samples, centered by its means

    void Prepare(int64_t columns);
    void Clear();
    // Fills the block with `rows` and the row that merges it with `samples` earlier ones, and
    // updates means and squares.
    void Add(const ArrayView<const T>& rows, int64_t samples);
    double Squares(int64_t column, int64_t samples) const;
  };

  Side x_, y_;
  Matrix<double> products_;
  int64_t samples_ = 0;
};

extern template class CenteredProducts<float>;
extern template class CenteredProducts<double>;

}  // namespace didact

#endif  // DIDACT_PLUGINS_METRICS_CENTERED_PRODUCTS_H_
