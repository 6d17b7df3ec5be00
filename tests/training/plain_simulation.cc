#include "tests/training/plain_simulation.h"

#include <algorithm>
#include <utility>

namespace didact {
namespace {

PlainNetwork ZerosLike(PlainNetwork network) {
  for (PlainLayer& layer : network) {
    for (std::vector<double>& row : layer.weight) std::fill(row.begin(), row.end(), 0.0);
    std::fill(layer.bias.begin(), layer.bias.end(), 0.0);
  }
  return network;
}

// Returns the label of a row; -1 without labels.
int64_t LabelOf(const PlainSamples& samples, size_t row) {
  return samples.labels.empty() ? -1 : samples.labels[row];
}

double HalfSquaredDistance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum / 2;
}

}  // namespace

PlainSimulation::PlainSimulation(PlainTraining training, PlainSamples samples, PlainNetwork teacher,
                                 PlainNetwork student)
    : training_(std::move(training)),
      samples_(std::move(samples)),
      teacher_(std::move(teacher)),
      student_(std::move(student)),
      velocity_(ZerosLike(student_)) {}

PlainMatrix PlainSimulation::Forward(const PlainNetwork& network,
                                     const std::vector<double>& input) const {
  PlainMatrix pre_activations;
  std::vector<double> below = input;
  for (const PlainLayer& layer : network) {
    std::vector<double> sums = layer.bias;
    for (size_t j = 0; j < sums.size(); ++j) {
      for (size_t i = 0; i < below.size(); ++i) sums[j] += layer.weight[j][i] * below[i];
    }
    pre_activations.push_back(sums);
    for (double& sum : sums) sum = training_.activation(sum);
    below = std::move(sums);
  }
  return pre_activations;
}

std::vector<double> PlainSimulation::Target(const std::vector<double>& input, int64_t label) const {
  std::vector<double> target = Forward(teacher_, input).back();
  if (label >= 0) target[static_cast<size_t>(label)] += training_.label_weight;
  return target;
}

double PlainSimulation::AddGradient(const std::vector<double>& input, int64_t label, double count,
                                    PlainNetwork& gradient) const {
  const PlainMatrix sums = Forward(student_, input);
  const std::vector<double> target = Target(input, label);
  std::vector<double> above(target.size());  // the loss's derivative by the layer's pre-activations
  for (size_t k = 0; k < above.size(); ++k) above[k] = (sums.back()[k] - target[k]) / count;
  for (size_t l = student_.size(); l-- > 0;) {
    const size_t in = student_[l].weight.front().size();
    std::vector<double> below(in);
    for (size_t i = 0; i < in; ++i) {
      const double activation = l == 0 ? input[i] : training_.activation(sums[l - 1][i]);
      for (size_t j = 0; j < above.size(); ++j) {
        gradient[l].weight[j][i] += above[j] * activation;
        below[i] += above[j] * student_[l].weight[j][i];
      }
      if (l > 0) below[i] *= training_.derivative(sums[l - 1][i]);
    }
    for (size_t j = 0; j < above.size(); ++j) gradient[l].bias[j] += above[j];
    above = std::move(below);
  }
  return HalfSquaredDistance(sums.back(), target);
}

void PlainSimulation::Descend(const PlainNetwork& gradient, double rate) {
  const auto change = [&](double& parameter, double& velocity, double slope) {
    const double direction = slope + training_.weight_decay * parameter;
    velocity = training_.momentum * velocity + direction;
    parameter -= rate * (training_.nesterov ? direction + training_.momentum * velocity : velocity);
  };
  for (size_t l = 0; l < student_.size(); ++l) {
    if (std::count(training_.frozen.begin(), training_.frozen.end(), l) > 0) continue;
    for (size_t j = 0; j < student_[l].bias.size(); ++j) {
      for (size_t i = 0; i < student_[l].weight[j].size(); ++i) {
        change(student_[l].weight[j][i], velocity_[l].weight[j][i], gradient[l].weight[j][i]);
      }
      change(student_[l].bias[j], velocity_[l].bias[j], gradient[l].bias[j]);
    }
  }
}

double PlainSimulation::Step() {
  const std::vector<int64_t>& rows = training_.batches[static_cast<size_t>(step_)];
  PlainMatrix inputs;
  for (const int64_t row : rows) inputs.push_back(samples_.inputs[static_cast<size_t>(row)]);
  training_.augment(step_, inputs);
  const double count = static_cast<double>(rows.size());
  PlainNetwork gradient = ZerosLike(student_);
  double loss = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    loss +=
        AddGradient(inputs[i], LabelOf(samples_, static_cast<size_t>(rows[i])), count, gradient);
  }
  Descend(gradient, training_.rates[static_cast<size_t>(step_)]);
  training_.project(student_);
  ++step_;
  return loss / count;
}

double PlainSimulation::MeanLoss(const PlainSamples& samples) const {
  double sum = 0;
  for (size_t i = 0; i < samples.inputs.size(); ++i) {
    sum += HalfSquaredDistance(Forward(student_, samples.inputs[i]).back(),
                               Target(samples.inputs[i], LabelOf(samples, i)));
  }
  return sum / static_cast<double>(samples.inputs.size());
}

}  // namespace didact
