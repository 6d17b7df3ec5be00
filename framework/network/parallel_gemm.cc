#include "didact/framework/network/parallel_gemm.h"

#include <algorithm>
#include <cstdint>

namespace didact {
namespace {

// Products below this size take less time than waking another core (framework/network/README.md).
constexpr int64_t kWorthwhileFlop = 2'000'000;
// A part has whole panels of columns for every kernel, in whole cache lines, so that no two cores
// write to the same line, and rows for several tiles.
constexpr int64_t kColumnGrain = 48;
constexpr int64_t kRowGrain = 32;
// More parts than cores, to compensate for a core that is slow or starts late.
constexpr int64_t kPartsPerWorker = 2;

// Returns the length, a multiple of `grain`, of each of at most `parts` pieces of `size`.
int64_t PieceLength(int64_t size, int64_t grain, int64_t parts) {
  const int64_t grains = (size + grain - 1) / grain;
  return (grains + parts - 1) / parts * grain;
}

// Returns the product of columns first, ..., first + count - 1 of C.
template <class T>
GemmArguments<T> ColumnsOf(GemmArguments<T> product, int64_t first, int64_t count) {
  product.columns = count;
  product.b += product.b_transposed ? first * product.b_stride : first;
  product.c += first;
  if (product.initial_row != nullptr) product.initial_row += first;
  if (product.gate != nullptr) product.gate += first;
  return product;
}

// Returns the product of rows first, ..., first + count - 1 of C.
template <class T>
GemmArguments<T> RowsOf(GemmArguments<T> product, int64_t first, int64_t count) {
  product.rows = count;
  if (product.a_rows != nullptr) {
    product.a_rows += first;
  } else {
    product.a += first * product.a_row_stride;
  }
  product.c += first * product.c_stride;
  if (product.gate != nullptr) product.gate += first * product.gate_stride;
  return product;
}

template <class T>
void Run(const GemmArguments<T>& arguments, Workers* workers) {
  if (workers == nullptr ||
      2 * arguments.rows * arguments.columns * arguments.depth < kWorthwhileFlop ||
      workers->count() == 1) {
    return Gemm(arguments);
  }
  const int64_t parts = workers->count() * kPartsPerWorker;
  const int64_t rows = PieceLength(arguments.rows, kRowGrain, parts);
  const int64_t columns = PieceLength(arguments.columns, kColumnGrain, parts);
  // Splits the dimension that gives more parts. Columns are preferred, because a part then reads
  // only its share of B, the weights, which is the larger operand.
  const int64_t row_parts = (arguments.rows + rows - 1) / rows;
  const int64_t column_parts = (arguments.columns + columns - 1) / columns;
  if (column_parts >= row_parts) {
    return workers->Run(column_parts, [&](int64_t part) {
      const int64_t first = part * columns;
      Gemm(ColumnsOf(arguments, first, std::min(columns, arguments.columns - first)));
    });
  }
  workers->Run(row_parts, [&](int64_t part) {
    const int64_t first = part * rows;
    Gemm(RowsOf(arguments, first, std::min(rows, arguments.rows - first)));
  });
}

}  // namespace

void ParallelGemm(const GemmArguments<float>& arguments, Workers* workers) {
  Run(arguments, workers);
}
void ParallelGemm(const GemmArguments<double>& arguments, Workers* workers) {
  Run(arguments, workers);
}

}  // namespace didact
