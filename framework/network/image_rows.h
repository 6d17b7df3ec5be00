// Rows of images in the arrangement that the products of a convolution read.

#ifndef DIDACT_FRAMEWORK_NETWORK_IMAGE_ROWS_H_
#define DIDACT_FRAMEWORK_NETWORK_IMAGE_ROWS_H_

#include <cstdint>

#include "didact/framework/network/sample_rows.h"
#include "didact/framework/network/sample_shape.h"

namespace didact {

// Images of a batch in memory: element (sample s, channel c, row y, column x) is
// `sample(s)[c * channel_stride + y * row_stride + x * column_stride]`.
template <class T>
struct ImageBatch {
  const T* data = nullptr;
  int64_t sample_stride = 0;
  const int64_t* indices = nullptr;  // if not null, sample s is number indices[s]
  int64_t channel_stride = 0;
  int64_t row_stride = 0;
  int64_t column_stride = 0;

  const T* sample(int64_t s) const {
    return data + (indices == nullptr ? s : indices[s]) * sample_stride;
  }
};

// Images that are samples of a data set: [batch, features] in the order channel, row, column.
template <class T>
ImageBatch<T> ImagesOfSamples(const SampleRows<T>& samples, const SampleShape& shape) {
  return {samples.data, samples.stride, samples.indices, shape.positions(), shape.columns, 1};
}

// Images that are outputs of a convolution: [batch * positions, channels], rows `stride` apart.
template <class T>
ImageBatch<T> ImagesOfOutputs(const T* data, int64_t stride, const SampleShape& shape) {
  return {data, shape.positions() * stride, nullptr, 1, shape.columns * stride, stride};
}

// An image with zeros around it, and perhaps between its pixels: element (y, x) is pixel
// ((y - margin) / spread, (x - margin) / spread) of the image if both are whole numbers within it,
// and zero otherwise. A negative margin cuts off rows and columns.
struct ImageFrame {
  int64_t margin = 0;
  int64_t spread = 1;
  int64_t columns = 0;
};

// Some channels of an image.
struct ChannelRange {
  int64_t first = 0;
  int64_t count = 0;
};

// Copies rows first, ..., first + rows - 1 of a framed image to `to` [rows, frame.columns, channels],
// with `pixel_stride` elements from one pixel to the next.
//
// image: sample `sample` of `images`, which have the shape `shape`.
template <class T>
void CopyFramedRows(const ImageBatch<T>& images, int64_t sample, const SampleShape& shape,
                    const ImageFrame& frame, const ChannelRange& channels, int64_t first,
                    int64_t rows, T* to, int64_t pixel_stride);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_IMAGE_ROWS_H_
