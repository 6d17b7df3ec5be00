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

// Returns the row or column of an image of this extent that is at `place` of the framed one, or -1.
int64_t PlaceWithin(const ImageFrame& frame, int64_t place, int64_t extent) {
  const int64_t distance = place - frame.margin;
  if (distance < 0 || distance % frame.spread != 0) return -1;
  const int64_t within = distance / frame.spread;
  return within < extent ? within : -1;
}

}  // namespace

template <class T>
void CopyFramedRows(const ImageBatch<T>& images, int64_t sample, const SampleShape& shape,
                    const ImageFrame& frame, const ChannelRange& channels, int64_t first,
                    int64_t rows, T* to, int64_t pixel_stride) {
  const T* const image = images.sample(sample) + channels.first * images.channel_stride;
  const int64_t row_size = frame.columns * pixel_stride;
  // Pixels that are neighbours in memory are copied together.
  const bool side_by_side = images.channel_stride == 1 && images.column_stride == channels.count &&
                            pixel_stride == channels.count && frame.spread == 1 &&
                            frame.margin >= 0;
  const int64_t together = std::min(shape.columns, frame.columns - frame.margin);
  for (int64_t y = first; y < first + rows; ++y, to += row_size) {
    const int64_t row = PlaceWithin(frame, y, shape.rows);
    if (row < 0) {
      std::fill_n(to, row_size, T(0));
      continue;
    }
    const T* const from = image + row * images.row_stride;
    if (side_by_side) {
      T* const begin = to + frame.margin * pixel_stride;
      T* const end = begin + together * pixel_stride;
      std::fill(to, begin, T(0));
      std::copy_n(from, together * pixel_stride, begin);
      std::fill(end, to + row_size, T(0));
      continue;
    }
    for (int64_t x = 0; x < frame.columns; ++x) {
      const int64_t column = PlaceWithin(frame, x, shape.columns);
      T* const pixel = to + x * pixel_stride;
      if (column < 0) {
        std::fill_n(pixel, channels.count, T(0));
      } else {
        CopyPixel(from + column * images.column_stride, images.channel_stride, channels.count,
                  pixel);
      }
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
