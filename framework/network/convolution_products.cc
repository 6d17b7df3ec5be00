#include "didact/framework/network/convolution_products.h"

#include <algorithm>
#include <cstddef>

#include "didact/framework/kernels/gemm.h"

namespace didact {
namespace {

// Pixels of the rows that are processed together: as many as a product adds up before it stores its
// sums.
constexpr int64_t kPixelsTogether = 256;
// Columns of a product whose weights for one kernel row stay in the first-level cache: two vectors
// of float, with which tiles have most rows. Fewer than the maximum are not divided.
constexpr int64_t kPanelColumns = 32;
constexpr int64_t kMostColumns = 48;

}  // namespace

template <class T>
std::vector<ChannelRange> ConvolutionProducts<T>::Panels(int64_t columns) {
  if (columns <= kMostColumns) return {{0, columns}};
  std::vector<ChannelRange> panels;
  for (int64_t first = 0; first < columns; first += kPanelColumns) {
    panels.push_back({first, std::min(kPanelColumns, columns - first)});
  }
  return panels;
}

template <class T>
ConvolutionProducts<T>::ConvolutionProducts(const ConvolutionPlan& plan, const SampleShape& input,
                                            const SampleShape& output)
    : plan_(plan),
      input_(input),
      output_(output),
      image_frame_{plan.padding, 1, input.columns + 2 * plan.padding},
      gradient_frame_{plan.kernel - 1 - plan.padding, plan.stride, input.columns + plan.kernel - 1},
      rows_together_(std::max(kPixelsTogether / image_frame_.columns, int64_t{1})),
      node_panels_(Panels(output.channels)),
      channel_panels_(Panels(input.channels)) {
  for (const ChannelRange& panel : node_panels_) {
    forward_weights_.emplace_back(patch_size(), panel.count);
  }
  for (const ChannelRange& panel : channel_panels_) {
    backward_weights_.emplace_back(plan.kernel * plan.kernel * output.channels, panel.count);
  }
}

template <class T>
ConvolutionProducts<T>::Scratch::Scratch(const ConvolutionProducts& products) {
  const ConvolutionPlan& plan = products.plan_;
  const int64_t rows = products.rows_together_;
  const int64_t image_rows = (rows - 1) * plan.stride + plan.kernel;
  image_ = Matrix<T>(1, image_rows * products.image_frame_.columns * products.input_.channels);
  const int64_t backward =
      (rows + plan.kernel - 1) * products.gradient_frame_.columns * products.output_.channels;
  const int64_t forward =
      rows * products.image_frame_.columns * PaddedColumns<T>(products.node_panels_.front().count);
  gradient_ = Matrix<T>(1, std::max(backward, forward));
}

template <class T>
void ConvolutionProducts<T>::PackForForward(const Matrix<T>& weights) {
  for (size_t p = 0; p < node_panels_.size(); ++p) {
    const ChannelRange& panel = node_panels_[p];
    for (int64_t k = 0; k < patch_size(); ++k) {
      std::copy_n(weights.row(FanInOf(k)).data() + panel.first, panel.count,
                  forward_weights_[p].row(k).data());
    }
  }
}

template <class T>
void ConvolutionProducts<T>::PackForBackward(const Matrix<T>& weights) {
  const int64_t area = plan_.kernel * plan_.kernel;
  const int64_t nodes = output_.channels;
  for (size_t p = 0; p < channel_panels_.size(); ++p) {
    const ChannelRange& panel = channel_panels_[p];
    for (int64_t k = 0; k < area; ++k) {
      for (int64_t c = 0; c < panel.count; ++c) {
        // The kernel is turned by 180 degrees.
        const T* const from = weights.row((panel.first + c) * area + area - 1 - k).data();
        for (int64_t o = 0; o < nodes; ++o) backward_weights_[p](k * nodes + o, c) = from[o];
      }
    }
  }
}

template <class T>
const T* ConvolutionProducts<T>::ImageRows(const ImageBatch<T>& images, int64_t sample,
                                           int64_t first, int64_t rows, Scratch& scratch) const {
  const int64_t channels = input_.channels;
  if (plan_.padding == 0 && images.channel_stride == 1 && images.column_stride == channels) {
    return images.sample(sample) + first * images.row_stride;
  }
  CopyFramedRows(images, sample, input_, image_frame_, {0, channels}, first, rows,
                 scratch.image_.data(), channels);
  return scratch.image_.data();
}

template <class T>
void ConvolutionProducts<T>::Forward(const ImageBatch<T>& images, int64_t sample, const T* bias,
                                     T negative_slope, T* outputs, int64_t stride,
                                     Scratch& scratch) const {
  const int64_t image_row = image_frame_.columns * input_.channels;
  GemmArguments<T> gemm;
  gemm.rows = output_.columns;
  gemm.depth = row_size();
  gemm.a_row_stride = plan_.stride * input_.channels;
  gemm.c_stride = stride;
  gemm.slope = negative_slope;
  gemm.padded = true;
  for (int64_t first = 0; first < output_.rows; first += rows_together_) {
    const int64_t rows = std::min(rows_together_, output_.rows - first);
    const T* const image = ImageRows(images, sample, first * plan_.stride,
                                     (rows - 1) * plan_.stride + plan_.kernel, scratch);
    for (size_t p = 0; p < node_panels_.size(); ++p) {
      const ChannelRange& panel = node_panels_[p];
      gemm.columns = panel.count;
      gemm.b_stride = forward_weights_[p].stride();
      for (int64_t y = 0; y < plan_.kernel; ++y) {
        gemm.b = forward_weights_[p].row(y * row_size()).data();
        gemm.initial_row = y == 0 && bias != nullptr ? bias + panel.first : nullptr;
        gemm.accumulate = y > 0;
        const bool is_complete = y + 1 == plan_.kernel;
        gemm.epilogue = is_complete && negative_slope != T(1) ? GemmEpilogue::kPiecewiseLinear
                                                              : GemmEpilogue::kNone;
        for (int64_t r = 0; r < rows; ++r) {
          gemm.a = image + (r * plan_.stride + y) * image_row;
          gemm.c = outputs + (first + r) * output_.columns * stride + panel.first;
          Gemm(gemm);
        }
      }
    }
  }
}

template <class T>
void ConvolutionProducts<T>::Backward(const ImageBatch<T>& gradients, int64_t sample, T* below,
                                      int64_t stride, Scratch& scratch) const {
  const int64_t nodes = output_.channels;
  const int64_t gradient_row = gradient_frame_.columns * nodes;
  const auto has_gradient = [this](int64_t y) {
    const int64_t distance = y - gradient_frame_.margin;
    return distance >= 0 && distance % plan_.stride == 0 && distance / plan_.stride < output_.rows;
  };
  GemmArguments<T> gemm;
  gemm.rows = input_.columns;
  gemm.depth = plan_.kernel * nodes;
  gemm.a_row_stride = nodes;
  gemm.c_stride = stride;
  gemm.padded = true;
  for (int64_t first = 0; first < input_.rows; first += rows_together_) {
    const int64_t rows = std::min(rows_together_, input_.rows - first);
    CopyFramedRows(gradients, sample, output_, gradient_frame_, {0, nodes}, first,
                   rows + plan_.kernel - 1, scratch.gradient_.data(), nodes);
    for (size_t p = 0; p < channel_panels_.size(); ++p) {
      const ChannelRange& panel = channel_panels_[p];
      gemm.columns = panel.count;
      gemm.b_stride = backward_weights_[p].stride();
      for (int64_t y = 0; y < plan_.kernel; ++y) {
        gemm.b = backward_weights_[p].row(y * gemm.depth).data();
        for (int64_t r = 0; r < rows; ++r) {
          gemm.c = below + (first + r) * input_.columns * stride + panel.first;
          gemm.accumulate = y > 0;
          // Rows of zeros add nothing, but the first product overwrites the last batch's gradient.
          if (y > 0 && !has_gradient(first + r + y)) continue;
          gemm.a = scratch.gradient_.data() + (r + y) * gradient_row;
          Gemm(gemm);
        }
      }
    }
  }
}

template <class T>
void ConvolutionProducts<T>::WeightGradient(const ImageBatch<T>& images,
                                            const ImageBatch<T>& gradients, int64_t samples,
                                            int64_t begin, int64_t end, Matrix<T>& packed,
                                            Scratch& scratch) const {
  const int64_t image_row = image_frame_.columns * input_.channels;
  // Gradients have as many columns as the image, the last of them zero, so that the positions of
  // several rows are one sum.
  const ImageFrame gradient_frame = {0, 1, image_frame_.columns};
  GemmArguments<T> gemm;
  gemm.rows = row_size();
  gemm.a_row_stride = 1;
  gemm.a_depth_stride = plan_.stride * input_.channels;
  gemm.b = scratch.gradient_.data();
  gemm.c_stride = packed.stride();
  gemm.padded = true;
  for (int64_t sample = 0; sample < samples; ++sample) {
    for (int64_t first = 0; first < output_.rows; first += rows_together_) {
      const int64_t rows = std::min(rows_together_, output_.rows - first);
      const T* const image = ImageRows(images, sample, first * plan_.stride,
                                       (rows - 1) * plan_.stride + plan_.kernel, scratch);
      gemm.depth = (rows - 1) * image_frame_.columns + output_.columns;
      gemm.accumulate = sample > 0 || first > 0;
      for (int64_t part = begin; part < end; ++part) {
        const ChannelRange& panel = node_panels_[part / plan_.kernel];
        const int64_t y = part % plan_.kernel;
        gemm.columns = panel.count;
        gemm.b_stride = PaddedColumns<T>(panel.count);
        if (y == 0 || part == begin) {
          CopyFramedRows(gradients, sample, output_, gradient_frame, panel, first, rows,
                         scratch.gradient_.data(), gemm.b_stride);
        }
        gemm.a = image + y * image_row;
        gemm.c = packed.row(y * row_size()).data() + panel.first;
        Gemm(gemm);
      }
    }
  }
}

template class ConvolutionProducts<float>;
template class ConvolutionProducts<double>;

}  // namespace didact
