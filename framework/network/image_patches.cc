#include "didact/framework/network/image_patches.h"

#include <algorithm>

#include "didact/framework/kernels/elementwise.h"

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

template <class T>
void AddPixel(const T* from, int64_t channels, int64_t stride, T* to) {
  if (stride == 1) {
    Axpy(T(1), from, to, channels);
    return;
  }
  for (int64_t c = 0; c < channels; ++c) to[c * stride] += from[c];
}

}  // namespace

ImagePatches::ImagePatches(const ConvolutionPlan& plan, const SampleShape& input)
    : plan_(plan), input_(input), output_(ConvolvedShape(plan, 1, input)) {}

template <class T>
void ImagePatches::Copy(const ImageBatch<const T>& images, int64_t first, int64_t count,
                        Matrix<T>& patches) const {
  const int64_t channels = input_.channels;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t position = (first + i) % positions();
    const T* const image = images.sample((first + i) / positions());
    const int64_t top = position / output_.columns * plan_.stride - plan_.padding;
    const int64_t left = position % output_.columns * plan_.stride - plan_.padding;
    T* to = patches.row(i).data();
    for (int64_t y = top; y < top + plan_.kernel; ++y) {
      for (int64_t x = left; x < left + plan_.kernel; ++x, to += channels) {
        if (y < 0 || y >= input_.rows || x < 0 || x >= input_.columns) {
          std::fill_n(to, channels, T(0));
        } else {
          CopyPixel(image + y * images.row_stride + x * images.column_stride, images.channel_stride,
                    channels, to);
        }
      }
    }
  }
}

template <class T>
void ImagePatches::Add(const Matrix<T>& patches, int64_t first, int64_t count,
                       const ImageBatch<T>& images) const {
  const int64_t channels = input_.channels;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t position = (first + i) % positions();
    T* const image = images.sample((first + i) / positions());
    const int64_t top = position / output_.columns * plan_.stride - plan_.padding;
    const int64_t left = position % output_.columns * plan_.stride - plan_.padding;
    const T* from = patches.row(i).data();
    for (int64_t y = top; y < top + plan_.kernel; ++y) {
      for (int64_t x = left; x < left + plan_.kernel; ++x, from += channels) {
        if (y < 0 || y >= input_.rows || x < 0 || x >= input_.columns) continue;
        AddPixel(from, channels, images.channel_stride,
                 image + y * images.row_stride + x * images.column_stride);
      }
    }
  }
}

template void ImagePatches::Copy(const ImageBatch<const float>&, int64_t, int64_t,
                                 Matrix<float>&) const;
template void ImagePatches::Copy(const ImageBatch<const double>&, int64_t, int64_t,
                                 Matrix<double>&) const;
template void ImagePatches::Add(const Matrix<float>&, int64_t, int64_t,
                                const ImageBatch<float>&) const;
template void ImagePatches::Add(const Matrix<double>&, int64_t, int64_t,
                                const ImageBatch<double>&) const;

}  // namespace didact
