// Matrices that detect writes between their rows, and comparisons of numbers.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_GUARDED_MATRIX_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_GUARDED_MATRIX_H_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"

namespace didact {

// A matrix [rows, columns] of zeros with dense rows, each followed by a few guard elements. A value
// that owns its elements.
template <class T>
class GuardedMatrix {
 public:
  GuardedMatrix() = default;
  GuardedMatrix(int64_t rows, int64_t columns)
      : rows_(rows), columns_(columns), elements_(rows * (columns + kGuards), kGuard) {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) (*this)(i, j) = 0;
    }
  }

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  T& operator()(int64_t i, int64_t j) { return elements_[i * (columns_ + kGuards) + j]; }
  const T& operator()(int64_t i, int64_t j) const {
    return elements_[i * (columns_ + kGuards) + j];
  }

  ArrayView<T> view() & {
    return ArrayView<T>(elements_.data(), {rows_, columns_}, {columns_ + kGuards, 1});
  }
  ArrayView<const T> view() const& {
    return ArrayView<const T>(elements_.data(), {rows_, columns_}, {columns_ + kGuards, 1});
  }
  ArrayView<const T> view() const&& = delete;

  // Fills the matrix with normal numbers times `scale`, equal in both precisions up to rounding.
  void Randomize(const RandomStream& random, double scale = 1) {
    for (int64_t i = 0; i < rows_; ++i) {
      for (int64_t j = 0; j < columns_; ++j) {
        (*this)(i, j) =
            static_cast<T>(scale * random.Normal(static_cast<uint64_t>(i * columns_ + j)));
      }
    }
  }

  // OK if no guard element was changed.
  absl::Status CheckGuards() const {
    for (int64_t i = 0; i < rows_; ++i) {
      for (int64_t j = columns_; j < columns_ + kGuards; ++j) {
        if ((*this)(i, j) != kGuard) {
          return absl::InternalError(
              absl::StrCat("must write to its rows only, wrote behind row ", i));
        }
      }
    }
    return absl::OkStatus();
  }

  // OK if all elements are finite.
  absl::Status CheckFinite() const {
    for (int64_t i = 0; i < rows_; ++i) {
      for (int64_t j = 0; j < columns_; ++j) {
        if (!std::isfinite((*this)(i, j))) {
          return absl::InternalError(
              absl::StrCat("must be finite, got ", (*this)(i, j), " at [", i, ", ", j, "]"));
        }
      }
    }
    return absl::OkStatus();
  }

  // Returns the first rows.
  GuardedMatrix Head(int64_t rows) const {
    GuardedMatrix head(rows, columns_);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns_; ++j) head(i, j) = (*this)(i, j);
    }
    return head;
  }

 private:
  static constexpr int64_t kGuards = 3;
  static constexpr T kGuard = T(-54321);

  int64_t rows_ = 0;
  int64_t columns_ = 0;
  std::vector<T> elements_;
};

// OK if all elements have the same bits; `what` names what was compared, e.g. "a second reading".
template <class T>
absl::Status CheckSameBits(const GuardedMatrix<T>& expected, const GuardedMatrix<T>& actual,
                           absl::string_view what) {
  for (int64_t i = 0; i < expected.rows(); ++i) {
    for (int64_t j = 0; j < expected.columns(); ++j) {
      if (std::memcmp(&expected(i, j), &actual(i, j), sizeof(T)) != 0) {
        return absl::InternalError(absl::StrCat(what, " must have the same bits, got ",
                                                actual(i, j), " for ", expected(i, j), " at [", i,
                                                ", ", j, "]"));
      }
    }
  }
  return absl::OkStatus();
}

// OK if |actual - expected| <= tolerance * (1 + |expected|) for all elements.
template <class Expected, class Actual>
absl::Status CheckClose(const GuardedMatrix<Expected>& expected,
                        const GuardedMatrix<Actual>& actual, double tolerance,
                        absl::string_view what) {
  for (int64_t i = 0; i < expected.rows(); ++i) {
    for (int64_t j = 0; j < expected.columns(); ++j) {
      const double wanted = static_cast<double>(expected(i, j));
      const double found = static_cast<double>(actual(i, j));
      if (!(std::fabs(found - wanted) <= tolerance * (1 + std::fabs(wanted)))) {
        return absl::InternalError(absl::StrCat(what, " must be close, got ", found, " for ",
                                                wanted, " at [", i, ", ", j, "]"));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_GUARDED_MATRIX_H_
