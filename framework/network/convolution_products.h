// The products of a convolution's forward and backward pass, one sample at a time.

#ifndef DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_PRODUCTS_H_
#define DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_PRODUCTS_H_

#include <cstdint>
#include <vector>

#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/image_rows.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/sample_shape.h"

namespace didact {

// For one row of the kernel, the positions of one row of outputs read a matrix whose rows overlap in
// memory: each position reads `kernel` pixels side by side, and the pixels of the next position
// begin one pixel, or `stride` pixels, later. So the image itself is multiplied with the weights,
// kernel row by kernel row, and patches are never copied. Images are copied only where their pixels
// are not side by side in memory or have padding around them, some rows at a time.
//
// The elements of a patch are numbered in the order kernel row, kernel column, channel.
//
// Numerics: the sums of a sample do not depend on others, and those over samples are formed in
//           ascending order.
// Threads:  const methods may run concurrently, each with its own Scratch and its own outputs.
template <class T>
class ConvolutionProducts {
 public:
  // Memory of one thread for the rows of an image and of a gradient.
  class Scratch {
   public:
    explicit Scratch(const ConvolutionProducts& products);

   private:
    friend class ConvolutionProducts;
    Matrix<T> image_;
    Matrix<T> gradient_;
  };

  // `output`: ConvolvedShape of the plan, with positions.
  ConvolutionProducts(const ConvolutionPlan& plan, const SampleShape& input,
                      const SampleShape& output);

  // Number of elements of a patch.
  int64_t patch_size() const { return plan_.kernel * plan_.kernel * input_.channels; }
  // Returns the place of element `patch` of a patch in PyTorch's order: channel, kernel row, kernel
  // column.
  int64_t FanInOf(int64_t patch) const {
    const int64_t area = plan_.kernel * plan_.kernel;
    return patch % input_.channels * area + patch / input_.channels;
  }

  // Copies the weights, [fan-in, nodes] in PyTorch's order, for Forward or for Backward.
  void PackForForward(const Matrix<T>& weights);
  void PackForBackward(const Matrix<T>& weights);

  // Computes the outputs of sample `sample`: `outputs` [positions, nodes], rows `stride` apart and
  // padded (GemmArguments). `bias`: [nodes], padded, or null for zeros. Multiplies outputs that are
  // not positive by `negative_slope`; 1 leaves them as they are.
  void Forward(const ImageBatch<T>& images, int64_t sample, const T* bias, T negative_slope,
               T* outputs, int64_t stride, Scratch& scratch) const;

  // Computes the gradient with respect to the inputs of sample `sample`, `below` [positions of the
  // input, channels], rows `stride` apart and padded, from that with respect to the outputs.
  void Backward(const ImageBatch<T>& gradients, int64_t sample, T* below, int64_t stride,
                Scratch& scratch) const;

  // Number of parts of the gradient with respect to the weights.
  int64_t weight_parts() const { return static_cast<int64_t>(node_panels_.size()) * plan_.kernel; }
  // Computes parts begin, ..., end - 1 of the gradient with respect to the weights, the sum over
  // samples 0, ..., samples - 1: `packed` [patch_size(), nodes]. Adds that with respect to the
  // biases to `bias` [nodes], unless it is null.
  void WeightGradient(const ImageBatch<T>& images, const ImageBatch<T>& gradients, int64_t samples,
                      int64_t begin, int64_t end, Matrix<T>& packed, double* bias,
                      Scratch& scratch) const;

 private:
  // Elements of one kernel row of a patch.
  int64_t row_size() const { return plan_.kernel * input_.channels; }
  // Returns rows first, ..., first + rows - 1 of a sample with its padding, pixels side by side.
  const T* ImageRows(const ImageBatch<T>& images, int64_t sample, int64_t first, int64_t rows,
                     Scratch& scratch) const;
  static std::vector<ChannelRange> Panels(int64_t columns);

  // Columns first, ..., first + count - 1 of the inputs, whose gradients Backward sums over the same
  // columns of the turned kernel; at the others the gradient with respect to the outputs is zero.
  struct BackwardColumns {
    int64_t first;
    int64_t count;
    int64_t first_tap;
    int64_t taps;
  };
  static std::vector<BackwardColumns> ColumnsOfBackward(const ConvolutionPlan& plan,
                                                        int64_t input_columns,
                                                        int64_t output_columns, int64_t nodes);
  // Rows of a gradient in gradient_frame_, pixels side by side. Where the frame is not copied, only
  // the gradient itself may be read.
  struct GradientRows {
    const T* data;
    int64_t stride;  // from row to row
  };
  // Returns rows first, ..., first + rows + kernel - 2 of the frame.
  GradientRows RowsOfGradient(const ImageBatch<T>& gradients, int64_t sample, int64_t first,
                              int64_t rows, Scratch& scratch) const;

  const ConvolutionPlan plan_;
  const SampleShape input_;
  const SampleShape output_;
  const ImageFrame image_frame_;     // of inputs in Forward and WeightGradient
  const ImageFrame gradient_frame_;  // of gradients in Backward
  // Rows of outputs, or of inputs in Backward, that are computed together.
  const int64_t rows_together_;
  // Columns of products that are computed together, whose weights are side by side in memory.
  const std::vector<ChannelRange> node_panels_;
  const std::vector<ChannelRange> channel_panels_;
  const std::vector<BackwardColumns> backward_columns_;
  std::vector<Matrix<T>> forward_weights_;   // [patch_size(), columns of the panel]
  std::vector<Matrix<T>> backward_weights_;  // [kernel * kernel * nodes, columns of the panel]
};

extern template class ConvolutionProducts<float>;
extern template class ConvolutionProducts<double>;

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_CONVOLUTION_PRODUCTS_H_
