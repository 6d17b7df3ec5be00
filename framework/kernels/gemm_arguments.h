// The arguments of a matrix product. Separate from gemm.h so that the files of one instruction set
// need to include nothing else.

#ifndef DIDACT_FRAMEWORK_KERNELS_GEMM_ARGUMENTS_H_
#define DIDACT_FRAMEWORK_KERNELS_GEMM_ARGUMENTS_H_

#include <cstdint>

namespace didact {

// Operation applied to an element after its sum is complete, before it is stored.
enum class GemmEpilogue {
  kNone,
  // y = z > 0 ? z : slope * z
  kPiecewiseLinear,
  // y = gate > 0 ? z : slope * z, where `gate` is the activation that the forward pass stored.
  kPiecewiseLinearGradient,
};

// The sum of an element is split at multiples of this depth (gemm.h).
inline constexpr int64_t kGemmDepthBlock = 256;

// A product and what to do with it: for all 0 <= i < rows and 0 <= j < columns,
//
//   C[i, j] = epilogue(start[i, j] + alpha * sum_k A[i, k] * B[k, j]),   0 <= k < depth,
//
// where start is C itself (`accumulate`), or `initial_row[j]`, or zero. Strides count elements. For
// example, with a layer's weights `W [in + 1, out]` whose last row is the bias and a mini-batch of
// activations `X [batch, in]`, one sample per row:
//
//   forward pass    H = act(X W + bias)
//                   a = X, b = W, initial_row = W.row(in), epilogue = kPiecewiseLinear
//   backward pass   dX = (G W^T) * act'(X)
//                   a = G, b = W, b_transposed, gate = X, epilogue = kPiecewiseLinearGradient
//   SGD update      W -= rate * X^T G
//                   a = X, a_row_stride = 1, a_depth_stride = X.stride(), b = G, c = W,
//                   alpha = -rate, accumulate
//   cross-moments   S += X^T Y: the same with alpha = 1
template <class T>
struct GemmArguments {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t depth = 0;

  // A[i, k] = a[i * a_row_stride + k * a_depth_stride], with any strides, so A may be transposed.
  // No other elements are read.
  const T* a = nullptr;
  int64_t a_row_stride = 0;
  int64_t a_depth_stride = 1;
  // If not 0, k counts groups of this many columns, which begin `a_group_stride` apart, such as the
  // pixels of rows of an image: A[i, k] = a[i * a_row_stride + (k / a_group) * a_group_stride +
  // (k % a_group) * a_depth_stride]. Requires depth <= kGemmDepthBlock, !b_transposed and no a_rows.
  int64_t a_group = 0;
  int64_t a_group_stride = 0;
  // If not null, A consists of `rows` rows of a larger matrix, such as the samples of a mini-batch:
  // A[i, k] = a[a_rows[i] * a_row_stride + k * a_depth_stride]. Rows may repeat.
  const int64_t* a_rows = nullptr;

  // B[k, j] = b[k * b_stride + j], or b[j * b_stride + k] if `b_transposed`.
  const T* b = nullptr;
  int64_t b_stride = 0;
  bool b_transposed = false;

  // C[i, j] = c[i * c_stride + j]. Must not overlap any input.
  T* c = nullptr;
  int64_t c_stride = 0;

  T alpha = T(1);
  // Adds to C instead of overwriting it; otherwise the previous contents of C are ignored.
  bool accumulate = false;
  // `columns` values that every row starts from, such as a bias; null for zeros. Requires alpha ==
  // 1 and !accumulate.
  const T* initial_row = nullptr;

  GemmEpilogue epilogue = GemmEpilogue::kNone;
  // Factor of both epilogues for arguments that are not positive.
  T slope = T(0);
  // kPiecewiseLinearGradient: gate[i * gate_stride + j] belongs to C[i, j].
  const T* gate = nullptr;
  int64_t gate_stride = 0;

  // The caller's promise that rows of B (unless transposed), C, `initial_row` and `gate` may be
  // read, and those of C written, up to PaddedColumns<T>(columns): true for whole Matrix objects,
  // false for a view of some of a matrix's columns and for arrays of unknown origin. The padding of
  // inputs may hold anything; the padding of C is set to zero at least up to the next whole vector.
  // Without the promise no element outside the exact shapes is accessed. The promise changes the
  // speed, never the result. It cannot be deduced from strides, because some columns of a larger
  // matrix have the same strides.
  bool padded = false;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_GEMM_ARGUMENTS_H_
