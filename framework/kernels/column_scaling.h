// The numbers of a map of columns. Separate from column_maps.h so that the files of one instruction
// set need to include nothing else.

#ifndef DIDACT_FRAMEWORK_KERNELS_COLUMN_SCALING_H_
#define DIDACT_FRAMEWORK_KERNELS_COLUMN_SCALING_H_

namespace didact {

// y = f(z) with z = scale[j] * (x - center[j]) + shift[j] for the elements x of column j, where
// f(z) = z > 0 ? z : negative_slope * z. One coefficient per column; negative_slope >= 0.
template <class T>
struct ColumnScaling {
  const T* center = nullptr;
  const T* scale = nullptr;
  const T* shift = nullptr;
  T negative_slope = T(1);  // 1: y = z
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_COLUMN_SCALING_H_
