// Scales the rows of a weight matrix to unit norm, however the matrix lies in memory.

#ifndef DIDACT_FRAMEWORK_KERNELS_NORMALIZE_ROWS_H_
#define DIDACT_FRAMEWORK_KERNELS_NORMALIZE_ROWS_H_

#include "framework/base/array_view.h"

namespace didact {

// Divides row i of `weight` [out, in] by r_i = ||row i||_2 + epsilon. A row whose r_i is 0 stays
// as it is. If `bias` [out] is not empty, divides bias[i] by r_i too.
//
// Numerics: norms are summed in double; norms too large or too small for their squares are found
//           through the largest element. A row is multiplied by 1 / r_i, so an element may be off
//           by one unit in the last place. A NaN or an infinity makes its row NaN.
// Threads:  safe on different arrays. Memory: no heap. Errors: none.
void NormalizeRows(ArrayView<float> weight, ArrayView<float> bias, double epsilon);
void NormalizeRows(ArrayView<double> weight, ArrayView<double> bias, double epsilon);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_NORMALIZE_ROWS_H_
