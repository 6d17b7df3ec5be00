// The matrix product, written once for every element type and instruction set.
//
// A tile of `kRows` rows by `kVectors` vectors of C stays in registers while k runs over a block of
// the depth; each step broadcasts one element of A per row and multiplies it with kVectors vectors
// of B. All tiles below each other use the same panel of B (all rows of the depth block, kVectors
// vectors wide), which therefore stays in the first-level cache.

#ifndef DIDACT_FRAMEWORK_KERNELS_GEMM_INL_H_
#define DIDACT_FRAMEWORK_KERNELS_GEMM_INL_H_

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "didact/framework/kernels/fetch_ahead-inl.h"
#include "didact/framework/kernels/gemm_arguments.h"
#include "didact/framework/kernels/simd-inl.h"

namespace didact {

template <class T, class Arch>
class GemmKernel {
 public:
  static void Run(const GemmArguments<T>& arguments) {
    assert(arguments.initial_row == nullptr || (arguments.alpha == T(1) && !arguments.accumulate));
    assert(arguments.a_group == 0 || (arguments.depth <= kDepthBlock && !arguments.b_transposed &&
                                      arguments.a_rows == nullptr));
    if (arguments.rows <= 0 || arguments.columns <= 0) return;
    int64_t k = 0;
    do {
      const int64_t depth = std::min(arguments.depth - k, kDepthBlock);
      for (int64_t row = 0; row < arguments.rows; row += kRowBlock) {
        RunBlock(arguments, k, depth, row, std::min(arguments.rows - row, kRowBlock));
      }
      k += kDepthBlock;
    } while (k < arguments.depth);
  }

 private:
  using Lanes = Simd<T, Arch>;
  using Batch = typename Lanes::Batch;
  static constexpr int64_t kWidth = Lanes::kWidth;

  // Another value would change results.
  static constexpr int64_t kDepthBlock = kGemmDepthBlock;
  static_assert(kDepthBlock % kWidth == 0, "PackTransposed rounds the depth up to whole vectors");
  // kRowBlock * kDepthBlock elements of A should fit the second-level cache.
  static constexpr int64_t kRowBlock = 128;
  // Operands of at least this size do not stay in the second-level cache from one use to the next.
  static constexpr int64_t kFetchedBytes = 1 << 20;
  // Values of k between two fetches.
  static constexpr int64_t kFetchInterval = 16;
  static constexpr int64_t kMaxVectors = 3;
  // Transposed tiles are used for at most this many rows of C, where there are registers for them.
  static constexpr int64_t kMaxTurnedRows = 32;
  // kMaxRows[v] is the largest number of rows of a tile v vectors wide: as many sums as leave
  // registers for kMaxVectors vectors of B and one element of A, and as many rows as leave general
  // registers for addresses.
  static constexpr bool kManyRegisters = Lanes::kRegisters >= 32;
  static constexpr int64_t kMaxRows[kMaxVectors + 1] = {
      0, kManyRegisters ? 12 : 8, kManyRegisters ? 12 : 6, kManyRegisters ? 8 : 4};
  // Gathered rows of A need one address each.
  static constexpr int64_t kMaxScatteredRows = 8;

  // The memory that later tiles will read.
  struct LaterTiles {
    FetchAhead<T> b;
    FetchAhead<T> c;
  };

  // One tile of C and its operands in one block of the depth; strides and flags as in
  // GemmArguments.
  struct Tile {
    int64_t depth;
    const T* a;
    int64_t a_row_stride;
    int64_t a_depth_stride;
    const int64_t* a_rows;
    // Values of k after which A jumps by `a_jump` elements, or something is fetched.
    int64_t interval;
    int64_t a_jump;
    const T* b;
    int64_t b_stride;
    T* c;
    int64_t c_stride;
    T alpha;
    bool accumulate;
    const T* initial_row;
    GemmEpilogue epilogue;
    T slope;
    const T* gate;
    int64_t gate_stride;
    // Rows of C in a transposed tile.
    int64_t rows;
    // Columns in the last vector if it is incomplete, else 0; `padded` allows access beyond them.
    int64_t tail;
    bool padded;
    LaterTiles* later;  // null if they read nothing that is worth fetching
  };
  using TileFunction = void (*)(const Tile&);

  // Largest number of vectors of rows in a transposed tile, which is always kWidth columns wide.
  static constexpr int64_t kMaxTurned = std::min(24 / kWidth, kMaxVectors);

  // How a tile reads its rows of A.
  enum class Reading {
    kRows,
    kScatteredRows,
    kInIntervals,  // of Tile::interval; a kind of its own, since others have no registers for that
  };

  template <Reading kReading, int kRows, int kVectors>
  static void RunTile(const Tile& tile) {
    constexpr bool kScattered = kReading == Reading::kScatteredRows;
    // Local copies, because the compiler must assume that stores into C may change the tile.
    const int64_t a_row_stride = tile.a_row_stride;
    const int64_t a_depth_stride = tile.a_depth_stride;
    const int64_t b_stride = tile.b_stride;

    Batch sum[kRows][kVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      const Batch start = tile.initial_row == nullptr
                              ? Batch(T(0))
                              : LoadVector<true, kVectors>(tile.initial_row, v, tile.tail,
                                                           tile.padded || tile.tail == 0);
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) sum[r][v] = start;
    }

    const T* scattered[kRows];
    if constexpr (kScattered) {
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) scattered[r] = tile.a + tile.a_rows[r] * a_row_stride;
    }
    const T* a = tile.a;
    const T* b = tile.b;
    int64_t along = 0;  // offset within the rows of A
    const auto add_products = [&](int64_t depth) __attribute__((always_inline)) {
      for (int64_t k = 0; k < depth; ++k) {
        Batch right[kVectors];
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) right[v] = Lanes::Load(b + v * kWidth);
#pragma GCC unroll 16
        for (int r = 0; r < kRows; ++r) {
          const Batch left(kScattered ? scattered[r][along] : a[r * a_row_stride]);
#pragma GCC unroll 16
          for (int v = 0; v < kVectors; ++v)
            sum[r][v] = Lanes::MultiplyAdd(left, right[v], sum[r][v]);
        }
        if constexpr (kScattered) {
          along += a_depth_stride;
        } else {
          a += a_depth_stride;
        }
        b += b_stride;
      }
    };
    if constexpr (kReading != Reading::kInIntervals) {
      add_products(tile.depth);
    } else {
      for (int64_t k = 0; k < tile.depth; k += tile.interval) {
        if (tile.later != nullptr) {
          tile.later->b.Fetch();
          tile.later->c.Fetch();
        }
        add_products(std::min(tile.depth - k, tile.interval));
        a += tile.a_jump;
      }
    }

    Finish(tile, 0, sum);
  }

  // Computes a tile by the transposed product C' = B A': vectors hold `kWidth` rows of C, and
  // blocks are transposed before they are stored. Here `a` is rows of B and `b` packed columns of
  // A'. The results are identical, since only the factors within each term change places.
  template <int kColumns, int kVectors>
  static void RunTurnedTile(const Tile& tile) {
    const int64_t a_row_stride = tile.a_row_stride;
    constexpr int64_t b_stride = kVectors * kWidth;
    Batch sum[kVectors][kWidth];
#pragma GCC unroll 16
    for (int j = 0; j < kWidth; ++j) {
      const Batch start(tile.initial_row == nullptr || j >= kColumns ? T(0) : tile.initial_row[j]);
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) sum[v][j] = start;
    }
    // Beside one vector of A', each row of B needs an address; beyond 12 rows the general registers
    // do not suffice and the addresses are loaded too.
    constexpr int kTogether = kVectors == 1 && kColumns > 12 ? 8 : kColumns;
#pragma GCC unroll 2
    for (int first = 0; first < kColumns; first += kTogether) {
      const T* a = tile.a + first * a_row_stride;
      const T* b = tile.b;
      for (int64_t k = 0; k < tile.depth; ++k) {
        Batch right[kVectors];
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) right[v] = Lanes::Load(b + v * kWidth);
#pragma GCC unroll 16
        for (int j = 0; j < kTogether; ++j) {
          if (first + j >= kColumns) break;
          const Batch left(a[j * a_row_stride]);
#pragma GCC unroll 16
          for (int v = 0; v < kVectors; ++v) {
            sum[v][first + j] = Lanes::MultiplyAdd(left, right[v], sum[v][first + j]);
          }
        }
        ++a;
        b += b_stride;
      }
    }
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      Lanes::Transpose(sum[v]);
      const int64_t rows = tile.rows - v * kWidth;
      if (rows >= kWidth) {
        Batch block[kWidth][1];
#pragma GCC unroll 16
        for (int i = 0; i < kWidth; ++i) block[i][0] = sum[v][i];
        Finish(tile, v * kWidth, block);
      } else {
        for (int64_t i = 0; i < rows; ++i) {
          Batch block[1][1] = {{sum[v][i]}};
          Finish(tile, v * kWidth + i, block);
        }
      }
    }
  }

  // Computes elements of C from complete sums, starting at row `row` of the tile.
  template <int kRows, int kVectors>
  static DIDACT_KERNEL_INLINE void Finish(const Tile& tile, int64_t row,
                                          Batch (&sum)[kRows][kVectors]) {
    T* const c = tile.c + row * tile.c_stride;
    const T* const gate = tile.gate == nullptr ? nullptr : tile.gate + row * tile.gate_stride;
    if (tile.tail == 0) {
      Finish<false>(tile, c, gate, sum);
    } else {
      Finish<true>(tile, c, gate, sum);
    }
  }

  // One pass over the registers per operation, so that each condition is tested once.
  template <bool kTail, int kRows, int kVectors>
  static DIDACT_KERNEL_INLINE void Finish(const Tile& tile, T* c, const T* gate,
                                          Batch (&sum)[kRows][kVectors]) {
    const int64_t c_stride = tile.c_stride;
    const int64_t tail = tile.tail;
    const bool padded = tile.padded;
    const Batch alpha(tile.alpha);
    if (tile.accumulate) {
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          const Batch before = LoadVector<kTail, kVectors>(c + r * c_stride, v, tail, padded);
          sum[r][v] = Lanes::MultiplyAdd(alpha, sum[r][v], before);
        }
      }
    } else if (tile.alpha != T(1)) {
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) sum[r][v] *= alpha;
      }
    }

    const Batch slope(tile.slope);
    if (tile.epilogue == GemmEpilogue::kPiecewiseLinear) {
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          sum[r][v] = Lanes::ScaleUnlessPositive(sum[r][v], sum[r][v], slope);
        }
      }
    } else if (tile.epilogue == GemmEpilogue::kPiecewiseLinearGradient) {
      const int64_t gate_stride = tile.gate_stride;
#pragma GCC unroll 16
      for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
        for (int v = 0; v < kVectors; ++v) {
          sum[r][v] = Lanes::ScaleUnlessPositive(
              LoadVector<kTail, kVectors>(gate + r * gate_stride, v, tail, padded), sum[r][v],
              slope);
        }
      }
    }

#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        StoreVector<kTail, kVectors>(c + r * c_stride, v, sum[r][v], tail, padded);
      }
    }
  }

  // Loads vector v of the kVectors in a row; with kTail the last one holds `tail` columns.
  template <bool kTail, int kVectors>
  static DIDACT_KERNEL_INLINE Batch LoadVector(const T* row, int v, int64_t tail, bool padded) {
    if (kTail && v == kVectors - 1 && !padded) return Lanes::LoadPartial(row + v * kWidth, tail);
    return Lanes::Load(row + v * kWidth);
  }
  template <bool kTail, int kVectors>
  static DIDACT_KERNEL_INLINE void StoreVector(T* row, int v, Batch value, int64_t tail,
                                               bool padded) {
    if (kTail && v == kVectors - 1) {
      if (!padded) return Lanes::StorePartial(row + v * kWidth, value, tail);
      value = Lanes::KeepFirst(value, tail);
    }
    Lanes::Store(row + v * kWidth, value);
  }

  // Largest number of rows of a tile of `vectors` vectors.
  static constexpr int64_t MaxRows(bool scattered, int64_t vectors) {
    return scattered ? std::min(kMaxRows[vectors], kMaxScatteredRows) : kMaxRows[vectors];
  }
  // Returns the kernel for `rows` <= MaxRows(scattered, vectors) rows of `vectors` vectors.
  template <Reading kReading>
  static TileFunction TileFor(int64_t rows, int64_t vectors) {
    static constexpr auto kOne = TilesOf<kReading, 1>();
    static constexpr auto kTwo = TilesOf<kReading, 2>();
    static constexpr auto kThree = TilesOf<kReading, 3>();
    if (vectors == 1) return kOne.function[rows - 1];
    return vectors == 2 ? kTwo.function[rows - 1] : kThree.function[rows - 1];
  }
  static TileFunction TileFor(Reading reading, int64_t rows, int64_t vectors) {
    if (reading == Reading::kRows) return TileFor<Reading::kRows>(rows, vectors);
    return reading == Reading::kScatteredRows ? TileFor<Reading::kScatteredRows>(rows, vectors)
                                              : TileFor<Reading::kInIntervals>(rows, vectors);
  }
  template <int64_t kCount>
  struct TileFunctions {
    TileFunction function[kCount];
  };
  template <Reading kReading, int kVectors>
  static constexpr auto TilesOf() {
    return TilesOf<kReading, kVectors>(
        std::make_index_sequence<MaxRows(kReading == Reading::kScatteredRows, kVectors)>());
  }
  template <Reading kReading, int kVectors, std::size_t... kIndex>
  static constexpr TileFunctions<sizeof...(kIndex)> TilesOf(std::index_sequence<kIndex...>) {
    return {{RunTile<kReading, static_cast<int>(kIndex) + 1, kVectors>...}};
  }

  // Returns the kernel for `columns` <= kWidth columns of `vectors` vectors of rows.
  static TileFunction TurnedTileFor(int64_t columns, int64_t vectors) {
    static constexpr auto kColumns = std::make_index_sequence<kWidth>();
    static constexpr auto kOne = TurnedTilesOf<1>(kColumns);
    static constexpr auto kTwo = TurnedTilesOf<std::min<int>(2, kMaxTurned)>(kColumns);
    static constexpr auto kThree = TurnedTilesOf<std::min<int>(3, kMaxTurned)>(kColumns);
    if (vectors == 1) return kOne.function[columns - 1];
    return vectors == 2 ? kTwo.function[columns - 1] : kThree.function[columns - 1];
  }
  template <int kVectors, std::size_t... kIndex>
  static constexpr TileFunctions<sizeof...(kIndex)> TurnedTilesOf(std::index_sequence<kIndex...>) {
    return {{RunTurnedTile<static_cast<int>(kIndex) + 1, kVectors>...}};
  }

  // Width in vectors of the next panel when `remaining` vectors are left: as wide as possible,
  // except that 4 is split into 2 + 2, because a tile one vector wide has too few independent sums
  // to hide the latency of its multiply-adds.
  static int64_t NextPanel(int64_t remaining) {
    return remaining == 4 ? 2 : std::min(remaining, kMaxVectors);
  }

  static bool IsLarge(int64_t rows, int64_t columns) {
    return rows * columns * static_cast<int64_t>(sizeof(T)) >= kFetchedBytes;
  }

  // Returns the panel of B that is read after those to the left of `column` in the given block of
  // the product.
  static FetchAhead<T> PanelOfB(const GemmArguments<T>& arguments, int64_t k, int64_t depth,
                                int64_t next_row, int64_t column, int64_t calls) {
    if (column >= arguments.columns) {
      column = 0;
      if (next_row >= arguments.rows) k += depth;
    }
    if (k >= arguments.depth) return FetchAhead<T>();
    depth = std::min(arguments.depth - k, kDepthBlock);
    const int64_t rest = arguments.columns - column;
    const int64_t width = std::min(NextPanel((rest + kWidth - 1) / kWidth) * kWidth, rest);
    const int64_t stride = arguments.b_stride;
    if (arguments.b_transposed) {
      return FetchAhead<T>(arguments.b + column * stride + k, stride, width, depth, calls);
    }
    return FetchAhead<T>(arguments.b + k * stride + column, stride, depth, width, calls);
  }

  // Computes rows `row` to `row + rows` of C, adding the products of `depth` values of k from `k`
  // on.
  static void RunBlock(const GemmArguments<T>& arguments, int64_t k, int64_t depth, int64_t row,
                       int64_t rows) {
    alignas(64) T packed[kDepthBlock * kMaxVectors * kWidth];
    const bool last_block = k + kDepthBlock >= arguments.depth;
    Tile tile;
    tile.depth = depth;
    tile.a_row_stride = arguments.a_row_stride;
    tile.a_depth_stride = arguments.a_depth_stride;
    tile.a_rows = nullptr;
    tile.c_stride = arguments.c_stride;
    tile.alpha = arguments.alpha;
    tile.accumulate = arguments.accumulate || k > 0;
    tile.epilogue = last_block ? arguments.epilogue : GemmEpilogue::kNone;
    tile.slope = arguments.slope;
    tile.gate_stride = arguments.gate_stride;
    tile.padded = arguments.padded;

    if constexpr (kManyRegisters) {
      if (arguments.b_transposed && arguments.a_depth_stride == 1 && arguments.a_rows == nullptr &&
          rows <= kMaxTurnedRows) {
        return RunTurnedBlock(arguments, k, depth, row, rows, tile, packed);
      }
    }
    const bool in_groups = arguments.a_group != 0;
    const bool fetches = !in_groups && arguments.a_rows == nullptr;
    const bool fetches_b = fetches && IsLarge(arguments.depth, arguments.columns);
    const bool fetches_c = fetches && tile.accumulate && IsLarge(arguments.rows, arguments.columns);
    const int64_t fetches_per_tile = (depth + kFetchInterval - 1) / kFetchInterval;
    LaterTiles later;
    tile.later = nullptr;
    tile.a_jump = 0;
    Reading reading = arguments.a_rows == nullptr ? Reading::kRows : Reading::kScatteredRows;
    if (in_groups) {
      reading = Reading::kInIntervals;
      tile.interval = arguments.a_group;
      tile.a_jump = arguments.a_group_stride - arguments.a_group * arguments.a_depth_stride;
    } else if (fetches_b || fetches_c) {
      reading = Reading::kInIntervals;
      tile.interval = kFetchInterval;
      later.b = later.c = FetchAhead<T>(nullptr, 0, 0, 0, 0);
      tile.later = &later;
    }
    int64_t vectors = (arguments.columns + kWidth - 1) / kWidth;
    int64_t column = 0;
    while (vectors > 0) {
      const int64_t panel = NextPanel(vectors);
      vectors -= panel;
      const int64_t columns = std::min(arguments.columns - column, panel * kWidth);
      tile.tail = columns % kWidth;
      tile.initial_row =
          arguments.initial_row == nullptr || k > 0 ? nullptr : arguments.initial_row + column;
      if (arguments.b_transposed) {
        PackTransposed(arguments.b + column * arguments.b_stride + k, arguments.b_stride, depth,
                       columns, panel * kWidth, packed);
        tile.b = packed;
        tile.b_stride = panel * kWidth;
      } else if (tile.tail != 0 && !tile.padded) {
        PackRows(arguments.b + k * arguments.b_stride + column, arguments.b_stride, depth, columns,
                 panel * kWidth, packed);
        tile.b = packed;
        tile.b_stride = panel * kWidth;
      } else {
        tile.b = arguments.b + k * arguments.b_stride + column;
        tile.b_stride = arguments.b_stride;
      }

      // Tiles of nearly equal height, because a tile of few rows cannot hide the latency of
      // multiply-adds.
      const bool scattered = arguments.a_rows != nullptr;
      const int64_t max_rows = MaxRows(scattered, panel);
      const int64_t tiles = (rows + max_rows - 1) / max_rows;
      const int64_t low = rows / tiles;
      const int64_t high_tiles = rows % tiles;
      if (fetches_b) {
        later.b = PanelOfB(arguments, k, depth, row + rows, column + panel * kWidth,
                           tiles * fetches_per_tile);
      }
      int64_t i = row;
      for (int64_t t = 0; t < tiles; ++t) {
        const int64_t height = t < high_tiles ? low + 1 : low;
        tile.a = arguments.a + k * arguments.a_depth_stride;
        if (scattered) {
          tile.a_rows = arguments.a_rows + i;
        } else {
          tile.a += i * arguments.a_row_stride;
        }
        tile.c = arguments.c + i * arguments.c_stride + column;
        if (fetches_c) {
          const T* const next = t + 1 < tiles
                                    ? tile.c + height * arguments.c_stride
                                    : arguments.c + row * arguments.c_stride + column + columns;
          later.c =
              FetchAhead<T>(next, arguments.c_stride, height, panel * kWidth, fetches_per_tile);
        }
        tile.gate = arguments.gate == nullptr ? nullptr
                                              : arguments.gate + i * arguments.gate_stride + column;
        TileFor(reading, height, panel)(tile);
        i += height;
      }
      column += panel * kWidth;
    }
  }

  // Computes a block with transposed tiles: for few rows it is cheaper to transpose A and C than B.
  static void RunTurnedBlock(const GemmArguments<T>& arguments, int64_t k, int64_t depth,
                             int64_t row, int64_t rows, Tile& tile, T* packed) {
    int64_t vectors = (rows + kWidth - 1) / kWidth;
    tile.a_row_stride = arguments.b_stride;
    tile.b = packed;
    while (vectors > 0) {
      // Panels of nearly equal width, for the same reason as in NextPanel.
      const int64_t panel =
          vectors <= kMaxTurned ? vectors : std::min(kMaxTurned, (vectors + 1) / 2);
      vectors -= panel;
      tile.rows = std::min(rows, panel * kWidth);
      PackTransposed(arguments.a + row * arguments.a_row_stride + k, arguments.a_row_stride, depth,
                     tile.rows, panel * kWidth, packed);
      for (int64_t column = 0; column < arguments.columns; column += kWidth) {
        const int64_t columns = std::min(arguments.columns - column, kWidth);
        tile.tail = columns % kWidth;
        tile.initial_row =
            arguments.initial_row == nullptr || k > 0 ? nullptr : arguments.initial_row + column;
        tile.a = arguments.b + column * arguments.b_stride + k;
        tile.c = arguments.c + row * arguments.c_stride + column;
        tile.gate = arguments.gate == nullptr
                        ? nullptr
                        : arguments.gate + row * arguments.gate_stride + column;
        TurnedTileFor(columns, panel)(tile);
      }
      row += panel * kWidth;
      rows -= panel * kWidth;
    }
  }

  // packed[k * width + j] = b[k * b_stride + j] for j < columns, zeros up to width.
  static void PackRows(const T* b, int64_t b_stride, int64_t depth, int64_t columns, int64_t width,
                       T* packed) {
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t j = 0; j < columns; ++j) packed[k * width + j] = b[k * b_stride + j];
      for (int64_t j = columns; j < width; ++j) packed[k * width + j] = T(0);
    }
  }

  // packed[k * width + j] = b[j * b_stride + k] for j < columns, zeros up to width. Writes whole
  // vectors of rows, so up to kWidth - 1 more rows of zeros.
  static void PackTransposed(const T* b, int64_t b_stride, int64_t depth, int64_t columns,
                             int64_t width, T* packed) {
    for (int64_t j = 0; j < width; j += kWidth) {
      const int64_t rows = std::min(columns - j, kWidth);
      const T* const from = b + j * b_stride;
      T* const to = packed + j;
      int64_t k = 0;
      for (; k + kWidth <= depth; k += kWidth) {
        Batch block[kWidth];
        if (rows == kWidth) {
#pragma GCC unroll 16
          for (int64_t i = 0; i < kWidth; ++i) block[i] = Lanes::Load(from + i * b_stride + k);
        } else {
#pragma GCC unroll 16
          for (int64_t i = 0; i < kWidth; ++i) {
            block[i] = i < rows ? Lanes::Load(from + i * b_stride + k) : Batch(T(0));
          }
        }
        Lanes::Transpose(block);
#pragma GCC unroll 16
        for (int64_t i = 0; i < kWidth; ++i) Lanes::Store(to + (k + i) * width, block[i]);
      }
      const int64_t rest = depth - k;
      if (rest > 0) {
        Batch block[kWidth];
#pragma GCC unroll 16
        for (int64_t i = 0; i < kWidth; ++i) {
          block[i] = i < rows ? Lanes::LoadPartial(from + i * b_stride + k, rest) : Batch(T(0));
        }
        Lanes::Transpose(block);
#pragma GCC unroll 16
        for (int64_t i = 0; i < kWidth; ++i) Lanes::Store(to + (k + i) * width, block[i]);
      }
    }
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_GEMM_INL_H_
