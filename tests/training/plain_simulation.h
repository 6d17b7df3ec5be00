// A simulation of a student that learns from a teacher, in plain loops, for comparison with the
// steps of a trial. It uses none of the framework's code and computes in double.

#ifndef DIDACT_TESTS_TRAINING_PLAIN_SIMULATION_H_
#define DIDACT_TESTS_TRAINING_PLAIN_SIMULATION_H_

#include <cstdint>
#include <functional>
#include <vector>

namespace didact {

using PlainMatrix = std::vector<std::vector<double>>;

struct PlainLayer {
  PlainMatrix weight;  // [out, in]
  std::vector<double> bias;
};

// The hidden layers and the final linear layer.
using PlainNetwork = std::vector<PlainLayer>;

// Samples, one per row. `labels` is empty or has one for each.
struct PlainSamples {
  PlainMatrix inputs;
  std::vector<int64_t> labels;
};

// The settings of a student's training.
struct PlainTraining {
  // The nonlinearity of all hidden layers, and its derivative as a function of the pre-activation.
  std::function<double(double)> activation;
  std::function<double(double)> derivative;
  // The rows of the training set that each step uses, and its learning rate.
  std::vector<std::vector<int64_t>> batches;
  std::vector<double> rates;
  // Changes the inputs of the mini-batch of a step.
  std::function<void(int64_t step, PlainMatrix& inputs)> augment = [](int64_t, PlainMatrix&) {};
  // The loss of a sample is half the squared distance of the student's outputs from the teacher's,
  // to which this is added at the output that has the number of the sample's label.
  double label_weight = 0;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
  // Layers that steps do not change.
  std::vector<size_t> frozen;
  // Applied to the student after each step.
  std::function<void(PlainNetwork& student)> project = [](PlainNetwork&) {};
};

class PlainSimulation {
 public:
  PlainSimulation(PlainTraining training, PlainSamples samples, PlainNetwork teacher,
                  PlainNetwork student);

  // Performs one step of stochastic gradient descent. Returns the mean loss of its mini-batch
  // before the step.
  double Step();

  // Returns the mean loss of the student in its present state.
  double MeanLoss(const PlainSamples& samples) const;

  const PlainNetwork& student() const { return student_; }

 private:
  // Returns the pre-activations of every layer of `network`; the last are its outputs.
  PlainMatrix Forward(const PlainNetwork& network, const std::vector<double>& input) const;
  // Returns the targets of the student's outputs for an input and a label (-1: none).
  std::vector<double> Target(const std::vector<double>& input, int64_t label) const;
  // Adds the gradient of a sample's loss, divided by `count`, to `gradient`. Returns the loss.
  double AddGradient(const std::vector<double>& input, int64_t label, double count,
                     PlainNetwork& gradient) const;
  void Descend(const PlainNetwork& gradient, double rate);

  PlainTraining training_;
  PlainSamples samples_;
  PlainNetwork teacher_;
  PlainNetwork student_;
  PlainNetwork velocity_;
  int64_t step_ = 0;
};

}  // namespace didact

#endif  // DIDACT_TESTS_TRAINING_PLAIN_SIMULATION_H_
