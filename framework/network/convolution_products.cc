#include "didact/framework/network/convolution_products.h"

#include <algorithm>
#include <cstddef>

#include "didact/framework/kernels/gemm.h"
#include "didact/framework/kernels/gemm_arguments.h"
#include "didact/framework/kernels/reduction.h"

namespace didact {
namespace {

// Pixels of the rows that are processed together: as many as a product adds up before it stores its
// sums.
constexpr int64_t kPixelsTogether = 256;
// Columns of a product whose weights for one kernel row stay in the first-level cache: two vectors
// of 512 bits, with which tiles have most rows. Fewer than the maximum are not divided.
template <class T>
constexpr int64_t kPanelColumns = 128 / sizeof(T);
template <class T>
constexpr int64_t kMostColumns = 192 / sizeof(T);

// Copies `columns` columns of a matrix. Whole panels are copied by vectors.
template <class T>
void CopyPanel(const T* from, int64_t stride, int64_t rows, int64_t columns, T* to,
               int64_t to_stride) {
  for (int64_t i = 0; i < rows; ++i) {
    if (columns == kPanelColumns<T>) {
      std::copy_n(from + i * stride, kPanelColumns<T>, to + i * to_stride);
    } else {
      std::copy_n(from + i * stride, columns, to + i * to_stride);
    }
  }
}

// Sets a row of an image with padded pixels, `stride` apart, to zero.
template <class T>
void SetZero(T* pixels, int64_t columns, int64_t stride, int64_t channels) {
  for (int64_t x = 0; x < columns; ++x) std::fill_n(pixels + x * stride, channels, T(0));
}

}  // namespace

template <class T>
std::vector<ChannelRange> ConvolutionProducts<T>::Panels(int64_t columns) {
  if (columns <= kMostColumns<T>) return {{0, columns}};
  std::vector<ChannelRange> panels;
  for (int64_t first = 0; first < columns; first += kPanelColumns<T>) {
    panels.push_back({first, std::min(kPanelColumns<T>, columns - first)});
  }
  return panels;
}

template <class T>
std::vector<typename ConvolutionProducts<T>::BackwardColumns>
ConvolutionProducts<T>::ColumnsOfBackward(const ConvolutionPlan& plan, int64_t input_columns,
                                          int64_t output_columns, int64_t nodes) {
  // All are computed alike with zeros between the columns of the gradient, and where sums are split
  // into blocks, which would begin elsewhere.
  if (plan.stride > 1 || plan.kernel * nodes > kGemmDepthBlock) {
    return {{0, input_columns, 0, plan.kernel}};
  }
  const int64_t margin = plan.kernel - 1 - plan.padding;
  std::vector<BackwardColumns> groups;
  for (int64_t x = 0; x < input_columns; ++x) {
    const int64_t first_tap = std::max(margin - x, int64_t{0});
    const int64_t taps = std::min(plan.kernel, output_columns + margin - x) - first_tap;
    if (!groups.empty() && groups.back().first_tap == first_tap && groups.back().taps == taps) {
      ++groups.back().count;
    } else {
      groups.push_back({x, 1, first_tap, taps});
    }
  }
  return groups;
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
      channel_panels_(Panels(input.channels)),
      backward_columns_(ColumnsOfBackward(plan, input.columns, output.columns, output.channels)) {
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
      rows * products.output_.columns * PaddedColumns<T>(products.node_panels_.front().count);
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
typename ConvolutionProducts<T>::GradientRows ConvolutionProducts<T>::RowsOfGradient(
    const ImageBatch<T>& gradients, int64_t sample, int64_t first, int64_t rows,
    Scratch& scratch) const {
  const int64_t nodes = output_.channels;
  if (backward_columns_.size() > 1 && gradients.column_stride == nodes) {
    const int64_t margin = gradient_frame_.margin;
    return {gradients.sample(sample) + (first - margin) * gradients.row_stride - margin * nodes,
            gradients.row_stride};
  }
  CopyFramedRows(gradients, sample, output_, gradient_frame_, {0, nodes}, first,
                 rows + plan_.kernel - 1, scratch.gradient_.data(), nodes);
  return {scratch.gradient_.data(), gradient_frame_.columns * nodes};
}

template <class T>
void ConvolutionProducts<T>::Backward(const ImageBatch<T>& gradients, int64_t sample, T* below,
                                      int64_t stride, Scratch& scratch) const {
  const int64_t nodes = output_.channels;
  const int64_t row_stride = input_.columns * stride;
  const auto has_gradient = [this](int64_t y) {
    const int64_t distance = y - gradient_frame_.margin;
    return distance >= 0 && distance % plan_.stride == 0 && distance / plan_.stride < output_.rows;
  };
  GemmArguments<T> gemm;
  gemm.padded = true;
  for (int64_t first = 0; first < input_.rows; first += rows_together_) {
    const int64_t rows = std::min(rows_together_, input_.rows - first);
    const GradientRows gradient = RowsOfGradient(gradients, sample, first, rows, scratch);
    T* const below_rows = below + first * row_stride;
    for (size_t p = 0; p < channel_panels_.size(); ++p) {
      const ChannelRange& panel = channel_panels_[p];
      gemm.columns = panel.count;
      gemm.b_stride = backward_weights_[p].stride();
      for (int64_t y = 0; y < plan_.kernel; ++y) {
        gemm.accumulate = y > 0;
        for (int64_t r = 0; r < rows; ++r) {
          T* const below_row = below_rows + r * row_stride + panel.first;
          if (!has_gradient(first + r + y)) {
            // Adds nothing, but the last batch's gradient must not remain.
            if (y == 0) SetZero(below_row, input_.columns, stride, panel.count);
            continue;
          }
          // Rows that are computed together have a gradient each.
          int64_t together = 1;
          while (gradient_frame_.spread == 1 && r + together < rows &&
                 has_gradient(first + r + together + y)) {
            ++together;
          }
          for (const BackwardColumns& columns : backward_columns_) {
            gemm.depth = columns.taps * nodes;
            gemm.b =
                backward_weights_[p].row((y * plan_.kernel + columns.first_tap) * nodes).data();
            const T* const from = gradient.data + (r + y) * gradient.stride +
                                  (columns.first + columns.first_tap) * nodes;
            T* const to = below_row + columns.first * stride;
            // A product has a row for each column of the image, or for each of its rows if these
            // are more.
            const bool by_rows = columns.count >= together;
            gemm.rows = by_rows ? columns.count : together;
            gemm.a_row_stride = by_rows ? nodes : gradient.stride;
            gemm.c_stride = by_rows ? stride : row_stride;
            for (int64_t i = 0; i < (by_rows ? together : columns.count); ++i) {
              gemm.a = from + i * (by_rows ? gradient.stride : nodes);
              gemm.c = to + i * (by_rows ? row_stride : stride);
              Gemm(gemm);
            }
          }
          r += together - 1;
        }
      }
    }
  }
}

template <class T>
void ConvolutionProducts<T>::WeightGradient(const ImageBatch<T>& images,
                                            const ImageBatch<T>& gradients, int64_t samples,
                                            int64_t begin, int64_t end, Matrix<T>& packed,
                                            double* bias, Scratch& scratch) const {
  const int64_t image_row = image_frame_.columns * input_.channels;
  GemmArguments<T> gemm;
  gemm.rows = row_size();
  gemm.a_row_stride = 1;
  gemm.a_depth_stride = plan_.stride * input_.channels;
  gemm.a_group_stride = plan_.stride * image_row;
  gemm.c_stride = packed.stride();
  gemm.padded = true;
  for (int64_t sample = 0; sample < samples; ++sample) {
    for (int64_t first = 0; first < output_.rows; first += rows_together_) {
      const int64_t rows = std::min(rows_together_, output_.rows - first);
      const T* const image = ImageRows(images, sample, first * plan_.stride,
                                       (rows - 1) * plan_.stride + plan_.kernel, scratch);
      const T* const gradient = gradients.sample(sample) + first * gradients.row_stride;
      gemm.depth = rows * output_.columns;
      gemm.a_group = rows > 1 ? output_.columns : 0;
      gemm.accumulate = sample > 0 || first > 0;
      for (int64_t part = begin; part < end; ++part) {
        const ChannelRange& panel = node_panels_[part / plan_.kernel];
        const int64_t y = part % plan_.kernel;
        gemm.columns = panel.count;
        if (node_panels_.size() == 1) {
          gemm.b = gradient;
          gemm.b_stride = gradients.column_stride;
        } else if (y == 0 || part == begin) {
          gemm.b = scratch.gradient_.data();
          gemm.b_stride = PaddedColumns<T>(panel.count);
          CopyPanel(gradient + panel.first, gradients.column_stride, gemm.depth, panel.count,
                    scratch.gradient_.data(), gemm.b_stride);
        }
        // While the gradient is in the cache.
        if (y == 0 && bias != nullptr) {
          AccumulateColumnSums(gemm.b, gemm.b_stride, gemm.depth, panel.count, bias + panel.first);
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
