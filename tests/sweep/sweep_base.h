// The base of the sweeps that tests load.

#ifndef DIDACT_TESTS_SWEEP_SWEEP_BASE_H_
#define DIDACT_TESTS_SWEEP_SWEEP_BASE_H_

#include <string>

#include "absl/strings/str_cat.h"

namespace didact::test {

// Returns the text of the `base` field of a sweep: an experiment with a trial for each seed.
inline std::string SweepBase(int first_seed = 1, int last_seed = 4) {
  return absl::StrCat("base {\n  seed { first: ", first_seed, " last: ", last_seed, R"( }
  train_data { [didact/GaussianInputs] { dimension: 100 size: 1000 } }
  eval_data { [didact/GaussianInputs] { dimension: 100 size: 1000 } }
  teacher {
    hidden { width: 20 activation { [didact/Relu] {} } }
    outputs: 50
    initializer { [didact/GaussianWeights] { stddev: 1 } }
    initializer { [didact/DecayFanOut] { exponent: 1 } }
  }
  student { initializer { [didact/GaussianWeights] { stddev: 0.1 } } }
  loss { [didact/HalfSquaredError] {} }
  optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.01 } } } }
  training { epochs: 10 batch_size: 16 with_replacement { steps_per_epoch: 100 } }
}
)");
}

}  // namespace didact::test

#endif  // DIDACT_TESTS_SWEEP_SWEEP_BASE_H_
