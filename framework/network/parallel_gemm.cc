#include "didact/framework/network/parallel_gemm.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "didact/framework/kernels/matrix.h"

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
// Parts that are not stored have at least the rows of a tile, and fit the second-level cache
// together with their rows and columns of the operands and with what their reader needs.
constexpr int64_t kTileRows = 8;
constexpr int64_t kPartBytes = 65536;

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
  if (product.c != nullptr) product.c += first;
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
  if (product.c != nullptr) product.c += first * product.c_stride;
  if (product.gate != nullptr) product.gate += first * product.gate_stride;
  return product;
}

// Calls compute(part, first row, first column) for parts of the product that together are C, on
// several cores if this saves time.
template <class T, class Compute>
void Split(const GemmArguments<T>& arguments, Workers* workers, const Compute& compute) {
  if (workers == nullptr ||
      2 * arguments.rows * arguments.columns * arguments.depth < kWorthwhileFlop ||
      workers->count() == 1) {
    return compute(arguments, 0, 0);
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
      compute(ColumnsOf(arguments, first, std::min(columns, arguments.columns - first)), 0, first);
    });
  }
  workers->Run(row_parts, [&](int64_t part) {
    const int64_t first = part * rows;
    compute(RowsOf(arguments, first, std::min(rows, arguments.rows - first)), first, 0);
  });
}

template <class T>
void Run(const GemmArguments<T>& arguments, Workers* workers) {
  Split(arguments, workers, [](const GemmArguments<T>& part, int64_t, int64_t) { Gemm(part); });
}

// Computes `product` in parts of whole rows, or of some columns if it is too wide, and calls `read`
// for each. Its element (0, 0) has the place (first_row, first_column).
template <class T>
void ReadParts(const GemmArguments<T>& product, int64_t first_row, int64_t first_column,
               ReadProductPart<T> read) {
  constexpr int64_t kElements = kPartBytes / static_cast<int64_t>(sizeof(T));
  constexpr int64_t kMostColumns = kElements / kTileRows / kColumnGrain * kColumnGrain;
  constexpr int64_t kPerLine = kRowAlignment / static_cast<int64_t>(sizeof(T));
  const int64_t column_parts = (product.columns + kMostColumns - 1) / kMostColumns;
  const int64_t columns =
      std::min(PieceLength(product.columns, kColumnGrain, column_parts), product.columns);
  // An odd number of cache lines, as in a Matrix.
  const int64_t stride = (PaddedColumns<T>(columns) / kPerLine | 1) * kPerLine;
  const int64_t rows = kElements / stride / kTileRows * kTileRows;
  alignas(kRowAlignment) T memory[kElements];
  for (int64_t i = 0; i < product.rows; i += rows) {
    const GemmArguments<T> row_part = RowsOf(product, i, std::min(rows, product.rows - i));
    for (int64_t j = 0; j < product.columns; j += columns) {
      GemmArguments<T> part = ColumnsOf(row_part, j, std::min(columns, product.columns - j));
      part.c = memory;
      part.c_stride = stride;
      Gemm(part);
      read(first_row + i, first_column + j,
           ArrayView<const T>(memory, {part.rows, part.columns}, {stride, 1}));
    }
  }
}

template <class T>
void RunInParts(GemmArguments<T> arguments, Workers* workers, ReadProductPart<T> read) {
  assert(!arguments.accumulate);
  if (arguments.rows <= 0 || arguments.columns <= 0) return;
  arguments.c = nullptr;
  Split(arguments, workers,
        [read](const GemmArguments<T>& part, int64_t first_row, int64_t first_column) {
          ReadParts(part, first_row, first_column, read);
        });
}

}  // namespace

void ParallelGemm(const GemmArguments<float>& arguments, Workers* workers) {
  Run(arguments, workers);
}
void ParallelGemm(const GemmArguments<double>& arguments, Workers* workers) {
  Run(arguments, workers);
}

void ParallelGemmInParts(const GemmArguments<float>& arguments, Workers* workers,
                         ReadProductPart<float> read) {
  RunInParts(arguments, workers, read);
}
void ParallelGemmInParts(const GemmArguments<double>& arguments, Workers* workers,
                         ReadProductPart<double> read) {
  RunInParts(arguments, workers, read);
}

}  // namespace didact
