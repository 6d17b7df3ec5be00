// Descriptions of layers before their parameters exist.

#ifndef DIDACT_FRAMEWORK_NETWORK_LAYER_PLAN_H_
#define DIDACT_FRAMEWORK_NETWORK_LAYER_PLAN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/configured_plugin.h"

namespace didact {

// A convolution with a square kernel; didact.Convolution in configs.
struct ConvolutionPlan {
  int64_t kernel = 1;   // at least 1
  int64_t stride = 1;   // at least 1
  int64_t padding = 0;  // at least 0
};

// Batch normalization; didact.BatchNorm in configs.
struct BatchNormPlan {
  bool affine = true;              // with gains and shifts
  bool before_activation = false;  // else after it
};

// Pooling over square windows; didact.Pooling in configs.
struct PoolingPlan {
  bool is_maximum = true;  // takes the maximum, else the mean
  int64_t kernel = 1;      // at least 1
  int64_t stride = 1;      // at least 1
};

// A hidden layer: a linear map, the nonlinearity with a normalization before or after it, pooling.
template <class T>
struct HiddenLayerPlan {
  int64_t width = 0;  // number of nodes; channels of a convolution
  ConfiguredPlugin<Activation<T>> activation;
  std::optional<ConvolutionPlan> convolution = {};  // without it, the layer is fully connected
  std::optional<BatchNormPlan> batch_norm = {};
  std::optional<PoolingPlan> pooling = {};

  // True for a fully connected layer without normalization.
  bool is_plain() const { return !convolution && !batch_norm && !pooling; }
};

// Returns the shape of the outputs of a convolution to `width` channels. If the kernel exceeds the
// image with its padding, there are no rows or no columns.
SampleShape ConvolvedShape(const ConvolutionPlan& plan, int64_t width, const SampleShape& input);

// Returns the shape of an image after pooling. If the window exceeds the image, there are no rows
// or no columns.
SampleShape PooledShape(const PoolingPlan& plan, const SampleShape& input);

// These return the shapes of the outputs of a layer's linear map, and of the layer, for inputs of
// shape `input` that CheckShapes accepts.
template <class T>
SampleShape LinearShape(const HiddenLayerPlan<T>& plan, const SampleShape& input);
template <class T>
SampleShape LayerShape(const HiddenLayerPlan<T>& plan, const SampleShape& input);

// Returns the number of fan-in weights of a node; a double, since it may exceed any memory.
template <class T>
double FanIn(const HiddenLayerPlan<T>& plan, const SampleShape& input);

// Returns the shapes of the outputs of all hidden layers, for inputs that CheckShapes accepts.
template <class T>
std::vector<SampleShape> LayerShapes(const SampleShape& input,
                                     absl::Span<const HiddenLayerPlan<T>> hidden);

// Checks that the shapes of neighbouring layers meet. `path`: the path of the field `hidden`.
// Errors: INVALID_ARGUMENT, with the path of the layer's field, for a convolution whose inputs are
// not images, for pooling of outputs that are not images, and for a kernel or a window that exceeds
// the image, so that nothing would be left.
template <class T>
absl::Status CheckShapes(const SampleShape& input, absl::Span<const HiddenLayerPlan<T>> hidden,
                         const FieldPath& path);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_NETWORK_LAYER_PLAN_H_
