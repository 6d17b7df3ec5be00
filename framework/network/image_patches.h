// The patches of images that a convolution multiplies with its weights.

#ifndef DIDACT_FRAMEWORK_NETWORK_IMAGE_PATCHES_H_
#define DIDACT_FRAMEWORK_NETWORK_IMAGE_PATCHES_H_

#include <cstdint>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/network/sample_shape.h"

namespace didact {

// Images of a batch in memory: element (sample s, channel c, row y, column x) is
// `data[offset of s + c * channel_stride + y * row_stride + x * column_stride]`.
template <class T>
struct ImageBatch {
  T* data = nullptr;
  int64_t sample_stride = 0;
  const int64_t* indices = nullptr;  // if not null, sample s is number indices[s]
  int64_t channel_stride = 0;
  int64_t row_stride = 0;
  int64_t column_stride = 0;

  T* sample(int64_t s) const {
    return data + (indices == nullptr ? s : indices[s]) * sample_stride;
  }
};

// The geometry of a convolution: which elements of an image belong to the patch of a position. An
// element of a patch is numbered in the order kernel row, kernel column, channel, so that the
// channels of a pixel, which are side by side within a network, are copied together.
//
// Threads: a value; several threads may use a const object.
class ImagePatches {
 public:
  ImagePatches(const ConvolutionPlan& plan, const SampleShape& input);

  // Number of positions of an image, and of elements of a patch.
  int64_t positions() const { return output_.positions(); }
  int64_t size() const { return plan_.kernel * plan_.kernel * input_.channels; }

  // Returns the place of element `patch` of a patch in PyTorch's order: channel, kernel row, kernel
  // column.
  int64_t FanInOf(int64_t patch) const {
    const int64_t area = plan_.kernel * plan_.kernel;
    return patch % input_.channels * area + patch / input_.channels;
  }

  // Samples of a data set: [batch, features] in the order channel, row, column.
  template <class T>
  ImageBatch<const T> OfSamples(const SampleRows<T>& samples) const {
    return {samples.data, samples.stride, samples.indices, input_.positions(), input_.columns, 1};
  }
  // Outputs of a convolutional layer: [batch * positions, channels], rows `stride` apart.
  template <class T>
  ImageBatch<T> OfOutputs(T* data, int64_t stride) const {
    return {data, input_.positions() * stride, nullptr, 1, input_.columns * stride, stride};
  }

  // Copies the patches of positions first, ..., first + count - 1, counted over all samples, to the
  // rows of `patches` [>= count, size()]. Pixels of the padding are 0.
  template <class T>
  void Copy(const ImageBatch<const T>& images, int64_t first, int64_t count,
            Matrix<T>& patches) const;

  // Adds the rows of `patches` to the elements of the images from which Copy would read them, in
  // ascending order of positions.
  template <class T>
  void Add(const Matrix<T>& patches, int64_t first, int64_t count,
           const ImageBatch<T>& images) const;

 private:
  ConvolutionPlan plan_;
  SampleShape input_;
  SampleShape output_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_IMAGE_PATCHES_H_
