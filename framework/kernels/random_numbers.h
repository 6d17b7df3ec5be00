// Many random numbers of one stream at a time.

#ifndef DIDACT_FRAMEWORK_KERNELS_RANDOM_NUMBERS_H_
#define DIDACT_FRAMEWORK_KERNELS_RANDOM_NUMBERS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/random.h"

namespace didact {

// For all functions below:
//   Shapes:   out[i] has the index first + i of the stream; any length, any alignment. No index
//             exceeds the largest 64-bit number.
//   Numerics: the bits are the same at every SIMD level, and do not depend on the range or on the
//             position in it.
//   Threads:  safe, as long as outputs are disjoint.
//   Errors:   none.

// out[i] = random.Bits(first + i).
void FillBits(const RandomStream& random, uint64_t first, absl::Span<uint64_t> out);

// out[i] = random.Uniform(first + i).
void FillUniforms(const RandomStream& random, uint64_t first, absl::Span<double> out);

// out[i] = random.UniformInteger(first + i, bound).
void FillUniformIntegers(const RandomStream& random, uint64_t first, uint64_t bound,
                         absl::Span<int64_t> out);

// out[i] = random.Normal(first + i): in double with the same bits; in float, computed from half of
// the random bits and therefore faster, with a difference below 6e-7 max(1, |out[i]|).
void FillNormals(const RandomStream& random, uint64_t first, absl::Span<double> out);
void FillNormals(const RandomStream& random, uint64_t first, absl::Span<float> out);

// The places that the numbers of the rows of a matrix have in a stream.
struct NumberedRows {
  int64_t rows = 0;
  int64_t columns = 0;
  uint64_t first = 0;   // index of the first number of row 0
  uint64_t stride = 0;  // from a row's first index to the next one's; at least `columns`
};

// Calls write(row, numbers) for each row, in order; `numbers` is a span of its numbers. They are
// computed by fill(random, index, out), one of the functions above, for many rows at a time.
template <class T, class Fill, class Write>
void ForEachNumberedRow(const RandomStream& random, const NumberedRows& numbered, Fill fill,
                        Write write) {
  constexpr int64_t kNumbers = 2048;  // of a piece, so that it stays in the first-level cache
  const int64_t stride = static_cast<int64_t>(numbered.stride);
  const int64_t piece = std::clamp<int64_t>(kNumbers / std::max<int64_t>(stride, 1), 1,
                                            std::max<int64_t>(numbered.rows, 1));
  std::vector<T> numbers(piece * stride);
  for (int64_t row = 0; row < numbered.rows; row += piece) {
    const int64_t rows = std::min(piece, numbered.rows - row);
    // The numbers behind the last row's columns are not read.
    const int64_t count = (rows - 1) * stride + numbered.columns;
    fill(random, numbered.first + static_cast<uint64_t>(row) * numbered.stride,
         absl::MakeSpan(numbers.data(), count));
    for (int64_t i = 0; i < rows; ++i) {
      write(row + i, absl::MakeConstSpan(numbers.data() + i * stride, numbered.columns));
    }
  }
}

// ForEachNumberedRow with normals, and with uniform numbers.
template <class T, class Write>
void ForEachRowOfNormals(const RandomStream& random, const NumberedRows& numbered, Write write) {
  const auto fill = [](const RandomStream& stream, uint64_t first, absl::Span<T> out) {
    FillNormals(stream, first, out);
  };
  ForEachNumberedRow<T>(random, numbered, fill, write);
}
template <class Write>
void ForEachRowOfUniforms(const RandomStream& random, const NumberedRows& numbered, Write write) {
  ForEachNumberedRow<double>(random, numbered, FillUniforms, write);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_KERNELS_RANDOM_NUMBERS_H_
