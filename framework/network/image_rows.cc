#include "didact/framework/network/image_rows.h"

#include <algorithm>

namespace didact {
namespace {

template <class T>
void CopyPixel(const T* from, int64_t stride, int64_t channels, T* to) {
  if (stride == 1) {
    std::copy_n(from, channels, to);
    return;
  }
  for (int64_t c = 0; c < channels; ++c) to[c] = from[c * stride];
}

// Returns the row of an image with this many rows that is row `y` of the framed one, or -1.
int64_t RowWithin(const ImageFrame& frame, int64_t y, int64_t rows) {
  const int64_t distance = y - frame.margin;
  if (distance < 0 || distance % frame.spread != 0) return -1;
  const int64_t row = distance / frame.spread;
  return row < rows ? row : -1;
}

}  // namespace

template <class T>
void CopyFramedRows(const ImageBatch<T>& images, int64_t sample, const SampleShape& shape,
                    const ImageFrame& frame, const ChannelRange& channels, int64_t first,
                    int64_t rows, T* to, int64_t pixel_stride) {
  const T* const image = images.sample(sample) + channels.first * images.channel_stride;
  const int64_t row_size = frame.columns * pixel_stride;
  // The columns of the image that the frame shows.
  const int64_t begin = frame.margin < 0 ? (frame.spread - 1 - frame.margin) / frame.spread : 0;
  const int64_t end =
      std::min(shape.columns, (frame.columns - frame.margin + frame.spread - 1) / frame.spread);
  const int64_t left = std::max(frame.margin, int64_t{0}) * pixel_stride;
  const int64_t right =
      frame.spread == 1 ? std::max(frame.margin + end, int64_t{0}) * pixel_stride : 0;
  // Pixels that are neighbours in memory are copied together.
  const bool side_by_side = images.channel_stride == 1 && images.column_stride == channels.count &&
                            pixel_stride == channels.count && frame.spread == 1;
  for (int64_t y = first; y < first + rows; ++y, to += row_size) {
    const int64_t row = RowWithin(frame, y, shape.rows);
    if (row < 0) {
      std::fill_n(to, row_size, T(0));
      continue;
    }
    std::fill_n(to, left, T(0));
    std::fill(to + right, to + row_size, T(0));
    const T* from = image + row * images.row_stride + begin * images.column_stride;
    T* pixel = to + (frame.margin + begin * frame.spread) * pixel_stride;
    if (side_by_side) {
      std::copy_n(from, (end - begin) * pixel_stride, pixel);
      continue;
    }
    for (int64_t x = begin; x < end; ++x) {
      CopyPixel(from, images.channel_stride, channels.count, pixel);
      from += images.column_stride;
      pixel += frame.spread * pixel_stride;
    }
  }
}

template void CopyFramedRows(const ImageBatch<float>&, int64_t, const SampleShape&,
                             const ImageFrame&, const ChannelRange&, int64_t, int64_t, float*,
                             int64_t);
template void CopyFramedRows(const ImageBatch<double>&, int64_t, const SampleShape&,
                             const ImageFrame&, const ChannelRange&, int64_t, int64_t, double*,
                             int64_t);

}  // namespace didact
