// The operations of a convolutional step, each by itself, as tasks of the bench.

#ifndef DIDACT_TOOLS_BENCH_IMAGE_TASKS_H_
#define DIDACT_TOOLS_BENCH_IMAGE_TASKS_H_

#include <string>
#include <vector>

#include "didact/framework/network/sample_shape.h"
#include "tools/bench/task.h"

namespace didact {

inline constexpr char kConvolutionSection[] = "convolutions to 64 channels, batch 64";
inline constexpr char kImageSection[] = "normalization and pooling, batch 64";

// One operation on a mini-batch of 64 images.
struct ImageOperation {
  std::string layer;      // "convolution", "batch norm", "max pooling" or "average pooling"
  std::string operation;  // "forward", "backward" or "update"
  SampleShape input;

  // The section and the label of the line.
  const char* section() const {
    return layer == "convolution" ? kConvolutionSection : kImageSection;
  }
  std::string label() const;
};

// Returns forward, backward and update of each convolution of the convolutional step (backward not
// of the first, whose inputs have no gradient), then batch normalization in training mode and
// pooling over windows of 2 x 2 on the outputs of the first convolution.
std::vector<ImageOperation> ImageOperations();

// Returns tasks of these operations in both precisions. An update adds to the weights, as in plain
// descent.
std::vector<Task> ImageTasks();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_IMAGE_TASKS_H_
