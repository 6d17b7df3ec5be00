// Scales the rows of a weight matrix to unit norm, whatever the strides of the matrix.

#ifndef DIDACT_FRAMEWORK_KERNELS_NORMALIZE_ROWS_H_
#define DIDACT_FRAMEWORK_KERNELS_NORMALIZE_ROWS_H_

#include "didact/framework/base/array_view.h"

namespace didact {

// Divides row i of `weight` [out, in] by r_i = ||row i||_2 + epsilon. A row with r_i = 0 is left
// unchanged. If `bias` [out] is not empty, divides bias[i] by r_i too.
//
// Numerics: norms are summed in double; where squares would overflow or underflow, the row is first
//           scaled by its largest element. A row is multiplied by 1 / r_i, so an element may be off
//           by one unit in the last place. A NaN or an infinity makes its row NaN.
// Memory:   no heap.
// Threads:  safe on different arrays.
// Errors:   none.
void NormalizeRows(ArrayView<float> weight, ArrayView<float> bias, double epsilon);
void NormalizeRows(ArrayView<double> weight, ArrayView<double> bias, double epsilon);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_NORMALIZE_ROWS_H_
