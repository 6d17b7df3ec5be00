#include "tests/cli/taught_experiment.h"

#include <cstdint>
#include <vector>

namespace didact {
namespace {

// Returns an IDX file of bytes.
std::string Idx(const std::vector<uint8_t>& shape, const std::string& bytes) {
  std::string file = {0, 0, 8, static_cast<char>(shape.size())};
  for (const uint8_t size : shape) file += {0, 0, 0, static_cast<char>(size)};
  return file + bytes;
}

}  // namespace

std::string TaughtExperiment() {
  return R"(name: "taught"
seed { first: 1 last: 2 }
train_data { [didact/IdxDataset] { images: "images.idx" labels: "labels.idx" } }
eval_data { [didact/IdxDataset] { images: "images.idx" labels: "labels.idx" size: 10 } }
teacher {
  hidden { width: 6 activation { [didact/Relu] {} } }
  outputs: 3
  initializer { [didact/GaussianWeights] { stddev: 0.5 } }
  stream_seed: 9
  preparation {
    train {
      loss { [didact/CrossEntropy] { labels {} } }
      optimizer {
        [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.2 } } momentum: 0.5 }
      }
      training { epochs: 5 batch_size: 8 }
      metric { [didact/Accuracy] {} }
    }
  }
  preparation { prune { ratio: 0.5 } }
  preparation {
    train {
      loss { [didact/CrossEntropy] { labels {} } }
      optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.05 } } } }
      training { epochs: 2 batch_size: 8 }
    }
  }
}
student { width_multiplier: 2 initializer { [didact/GaussianWeights] { stddev: 0.5 } } }
loss { [didact/HalfSquaredError] { target: TEACHER } }
optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.1 } } } }
training { epochs: 2 batch_size: 8 }
metric { [didact/Specialization] {} }
output { arrays: NONE checkpoint_every_epochs: 2 checkpoint_every_seconds: 0 }
)";
}

std::map<std::string, std::string> TaughtData() {
  std::string images;
  std::string labels;
  for (int i = 0; i < 30; ++i) {
    for (int j = 0; j < 6; ++j) images.push_back(static_cast<char>(37 * i * i + 91 * j));
    labels.push_back(static_cast<char>(i % 3));
  }
  return {{"images.idx", Idx({30, 2, 3}, images)}, {"labels.idx", Idx({30}, labels)}};
}

}  // namespace didact
