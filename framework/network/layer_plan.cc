#include "didact/framework/network/layer_plan.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace didact {
namespace {

// Returns how often a window of `kernel` fits into `size` when it moves by `stride`.
int64_t Windows(int64_t size, int64_t kernel, int64_t stride) {
  return kernel > size ? 0 : (size - kernel) / stride + 1;
}

std::string Extents(int64_t rows, int64_t columns) {
  return absl::StrCat(rows, " rows and ", columns, " columns");
}

absl::Status CheckConvolution(const ConvolutionPlan& plan, const SampleShape& input, bool is_first,
                              const FieldPath& path) {
  if (!input.is_image) {
    return path.Invalid(
        absl::StrCat("must have images as inputs, which ",
                     is_first ? "data sets of inputs [channels, rows, columns] have, got inputs of "
                              : "convolutional layers give, got a fully connected layer below, of ",
                     input.channels, is_first ? " features" : " nodes"));
  }
  const int64_t rows = input.rows + 2 * plan.padding;
  const int64_t columns = input.columns + 2 * plan.padding;
  if (plan.kernel <= rows && plan.kernel <= columns) return absl::OkStatus();
  return path.Field("kernel").Invalid(absl::StrCat("must fit into the layer's inputs of ",
                                                   Extents(rows, columns),
                                                   ", padding included, got ", plan.kernel));
}

absl::Status CheckPooling(const PoolingPlan& plan, const SampleShape& input,
                          const FieldPath& path) {
  if (!input.is_image) {
    return path.Invalid("must be left out of a layer without conv, whose nodes have one output");
  }
  if (plan.kernel <= input.rows && plan.kernel <= input.columns) return absl::OkStatus();
  return path.Field("kernel").Invalid(absl::StrCat("must fit into the convolution's outputs of ",
                                                   Extents(input.rows, input.columns), ", got ",
                                                   plan.kernel, ", which leaves nothing"));
}

}  // namespace

SampleShape ConvolvedShape(const ConvolutionPlan& plan, int64_t width, const SampleShape& input) {
  return {width, Windows(input.rows + 2 * plan.padding, plan.kernel, plan.stride),
          Windows(input.columns + 2 * plan.padding, plan.kernel, plan.stride)};
}

SampleShape PooledShape(const PoolingPlan& plan, const SampleShape& input) {
  return {input.channels, Windows(input.rows, plan.kernel, plan.stride),
          Windows(input.columns, plan.kernel, plan.stride)};
}

template <class T>
SampleShape LinearShape(const HiddenLayerPlan<T>& plan, const SampleShape& input) {
  return plan.convolution ? ConvolvedShape(*plan.convolution, plan.width, input)
                          : SampleShape(plan.width);
}

template <class T>
SampleShape LayerShape(const HiddenLayerPlan<T>& plan, const SampleShape& input) {
  const SampleShape linear = LinearShape(plan, input);
  return plan.pooling ? PooledShape(*plan.pooling, linear) : linear;
}

template <class T>
double FanIn(const HiddenLayerPlan<T>& plan, const SampleShape& input) {
  const double channels = static_cast<double>(input.channels);
  if (!plan.convolution) return channels * static_cast<double>(input.positions());
  return channels * static_cast<double>(plan.convolution->kernel * plan.convolution->kernel);
}

template <class T>
std::vector<SampleShape> LayerShapes(const SampleShape& input,
                                     absl::Span<const HiddenLayerPlan<T>> hidden) {
  std::vector<SampleShape> shapes;
  SampleShape below = input;
  for (const HiddenLayerPlan<T>& plan : hidden) {
    below = LayerShape(plan, below);
    shapes.push_back(below);
  }
  return shapes;
}

template <class T>
absl::Status CheckShapes(const SampleShape& input, absl::Span<const HiddenLayerPlan<T>> hidden,
                         const FieldPath& path) {
  SampleShape below = input;
  for (size_t l = 0; l < hidden.size(); ++l) {
    const HiddenLayerPlan<T>& plan = hidden[l];
    const FieldPath layer = path.Index(static_cast<int64_t>(l));
    if (plan.convolution) {
      absl::Status status = CheckConvolution(*plan.convolution, below, l == 0, layer.Field("conv"));
      if (!status.ok()) return status;
    }
    if (plan.pooling) {
      absl::Status status =
          CheckPooling(*plan.pooling, LinearShape(plan, below), layer.Field("pool"));
      if (!status.ok()) return status;
    }
    below = LayerShape(plan, below);
  }
  return absl::OkStatus();
}

template SampleShape LinearShape(const HiddenLayerPlan<float>&, const SampleShape&);
template SampleShape LinearShape(const HiddenLayerPlan<double>&, const SampleShape&);
template SampleShape LayerShape(const HiddenLayerPlan<float>&, const SampleShape&);
template SampleShape LayerShape(const HiddenLayerPlan<double>&, const SampleShape&);
template double FanIn(const HiddenLayerPlan<float>&, const SampleShape&);
template double FanIn(const HiddenLayerPlan<double>&, const SampleShape&);
template std::vector<SampleShape> LayerShapes(const SampleShape&,
                                              absl::Span<const HiddenLayerPlan<float>>);
template std::vector<SampleShape> LayerShapes(const SampleShape&,
                                              absl::Span<const HiddenLayerPlan<double>>);
template absl::Status CheckShapes(const SampleShape&, absl::Span<const HiddenLayerPlan<float>>,
                                  const FieldPath&);
template absl::Status CheckShapes(const SampleShape&, absl::Span<const HiddenLayerPlan<double>>,
                                  const FieldPath&);

}  // namespace didact
