#include "didact/framework/conformance/sample_evaluation.h"

#include <algorithm>
#include <cmath>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"

namespace didact {
namespace {

std::vector<int64_t> Hidden(const std::vector<int64_t>& sizes) {
  return {sizes.begin() + 1, sizes.end() - 1};
}

// Returns the rows of samples first, ..., first + count - 1 of `samples`.
template <class T>
std::vector<ArrayView<const T>> RowsOf(const std::vector<GuardedMatrix<T>>& matrices,
                                       int64_t samples, int64_t first, int64_t count) {
  std::vector<ArrayView<const T>> views;
  for (const GuardedMatrix<T>& matrix : matrices) {
    const int64_t positions = matrix.rows() / samples;
    views.push_back(matrix.view().rows(first * positions, count * positions));
  }
  return views;
}

// Returns the node whose numbers are used for `node`. Inputs (layer 0) and outputs keep their
// order.
int64_t Node(NodeOrder order, const std::vector<int64_t>& sizes, size_t layer, int64_t node) {
  if (layer == 0 || layer + 1 == sizes.size()) return node;
  switch (order) {
    case NodeOrder::kPlain:
      return node;
    case NodeOrder::kReversed:
      return sizes[layer] - 1 - node;
    case NodeOrder::kSwapped:
      return node < 2 ? 1 - node : node;
    case NodeOrder::kShifted:
      return (node + static_cast<int64_t>(layer)) % sizes[layer];
  }
  return node;
}

}  // namespace

template <class T>
SampleEvaluation<T>::SampleEvaluation(Options options)
    : options_(options),
      teacher_sizes_(TeacherSizes()),
      student_sizes_(StudentSizes()),
      teacher_widths_(Hidden(teacher_sizes_)),
      student_widths_(Hidden(student_sizes_)),
      teacher_(teacher_sizes_, options.has_bias, PositionsOf(0)),
      student_(student_sizes_, options.has_bias, PositionsOf(0)),
      inputs_(kSamples, teacher_sizes_.front()),
      teacher_activations_(MatricesOf(teacher_widths_)),
      student_activations_(MatricesOf(student_widths_)),
      teacher_outputs_(kSamples, teacher_sizes_.back()),
      student_outputs_(kSamples, student_sizes_.back()),
      sample_gradients_(MatricesOf({student_sizes_.begin() + 1, student_sizes_.end()})),
      gradient_(student_sizes_, options.has_bias, PositionsOf(0)) {
  const RandomStream random(1, "conformance");
  FillNetwork(random.Split("teacher"), teacher_sizes_, options.teacher_order, 1, teacher_);
  const RandomStream data = DataStream(random);
  FillActivations(data.Split("teacher activations"), teacher_sizes_, options.teacher_order, 1,
                  teacher_activations_);
  inputs_.Randomize(data.Split("inputs"));
  teacher_outputs_.Randomize(data.Split("teacher outputs"));
  for (int64_t n = 0; n < kSamples; ++n) {
    labels_.push_back((2 * n + (options.other_data ? 2 : 1)) % teacher_sizes_.back());
  }
  SetStudent(0);
}

template <class T>
std::vector<GuardedMatrix<T>> SampleEvaluation<T>::MatricesOf(
    const std::vector<int64_t>& nodes) const {
  std::vector<GuardedMatrix<T>> matrices;
  for (size_t l = 0; l < nodes.size(); ++l) {
    matrices.emplace_back(kSamples * PositionsOf(l), nodes[l]);
  }
  return matrices;
}

template <class T>
MetricContext<T> SampleEvaluation<T>::context() const {
  MetricContext<T> context;
  context.samples = kSamples;
  context.outputs = teacher_sizes_.back();
  context.classes = teacher_sizes_.back();
  context.student_widths = student_widths_;
  context.student_odd = student_odd_;
  if (options_.has_teacher) {
    context.teacher_widths = teacher_widths_;
    context.teacher = teacher_.const_weights();
  }
  context.student = student_.const_weights();
  context.random = RandomStream(1, "metric");
  return context;
}

template <class T>
RandomStream SampleEvaluation<T>::DataStream(const RandomStream& random) const {
  return options_.other_data ? random.Split("other data") : random;
}

template <class T>
void SampleEvaluation<T>::FillNetwork(const RandomStream& random, const std::vector<int64_t>& sizes,
                                      NodeOrder order, int64_t dead_nodes,
                                      SampleNetwork<T>& network) const {
  for (size_t l = 0; l + 1 < sizes.size(); ++l) {
    const RandomStream stream = random.Split(static_cast<uint64_t>(l));
    const bool final_layer = l + 2 == sizes.size();
    const LayerView<T>& layer = network.weights()[l];
    const int64_t per_node = layer.weight.shape(1) / sizes[l];
    for (int64_t j = 0; j < sizes[l + 1]; ++j) {
      const int64_t to = Node(order, sizes, l + 1, j);
      const bool zero = options_.dead && !final_layer && to < dead_nodes;
      // The number of the bias is that of one more input.
      const auto number = [&](int64_t from) {
        const double drawn = stream.Normal(static_cast<uint64_t>(from * sizes[l + 1] + to));
        return zero ? T(0) : static_cast<T>(drawn);
      };
      for (int64_t i = 0; i < layer.weight.shape(1); ++i) {
        layer.weight(j, i) = number(Node(order, sizes, l, i / per_node) * per_node + i % per_node);
      }
      if (options_.has_bias) layer.bias(j) = number(layer.weight.shape(1));
    }
  }
}

template <class T>
void SampleEvaluation<T>::FillActivations(const RandomStream& random,
                                          const std::vector<int64_t>& sizes, NodeOrder order,
                                          int64_t dead_nodes,
                                          std::vector<GuardedMatrix<T>>& activations) const {
  for (size_t l = 0; l < activations.size(); ++l) {
    const RandomStream stream = random.Split(static_cast<uint64_t>(l));
    GuardedMatrix<T>& matrix = activations[l];
    for (int64_t n = 0; n < matrix.rows(); ++n) {
      for (int64_t j = 0; j < matrix.columns(); ++j) {
        const int64_t node = Node(order, sizes, l + 1, j);
        const double number = stream.Normal(static_cast<uint64_t>(n * matrix.columns() + node));
        matrix(n, j) =
            options_.dead && node < dead_nodes ? T(0) : static_cast<T>(std::max(number, 0.0));
      }
    }
  }
}

template <class T>
void SampleEvaluation<T>::SetStudent(uint64_t number) {
  const RandomStream random = RandomStream(2, "conformance").Split(number);
  const RandomStream data = DataStream(random);
  const int64_t all_nodes = *std::max_element(student_sizes_.begin(), student_sizes_.end());
  FillNetwork(random.Split("weights"), student_sizes_, options_.student_order, all_nodes, student_);
  FillActivations(data.Split("activations"), student_sizes_, options_.student_order, all_nodes,
                  student_activations_);
  student_outputs_.Randomize(data.Split("outputs"));
  for (size_t l = 0; l < sample_gradients_.size(); ++l) {
    const RandomStream stream = data.Split("gradients").Split(static_cast<uint64_t>(l));
    const bool silent = options_.dead && l + 1 < sample_gradients_.size();
    GuardedMatrix<T>& gradients = sample_gradients_[l];
    for (int64_t n = 0; n < gradients.rows(); ++n) {
      for (int64_t j = 0; j < gradients.columns(); ++j) {
        const int64_t node = Node(options_.student_order, student_sizes_, l + 1, j);
        const double drawn = stream.Normal(static_cast<uint64_t>(n * gradients.columns() + node));
        gradients(n, j) = silent ? T(0) : static_cast<T>(drawn);
      }
    }
    const GuardedMatrix<T>& below = l == 0 ? inputs_ : student_activations_[l - 1];
    // The inputs of a sample are those of every position; a fully connected layer reads the nodes
    // below, position by position.
    const int64_t positions = gradients.rows() / kSamples;
    const int64_t per_node = below.rows() / kSamples;
    const LayerView<T>& layer = gradient_.weights()[l];
    for (int64_t j = 0; j < gradients.columns(); ++j) {
      const auto mean = [&](const auto& input) {
        double sum = 0;
        for (int64_t n = 0; n < gradients.rows(); ++n) {
          sum += static_cast<double>(input(n / positions)) * gradients(n, j);
        }
        return static_cast<T>(sum / kSamples);
      };
      for (int64_t i = 0; i < layer.weight.shape(1); ++i) {
        layer.weight(j, i) =
            mean([&](int64_t n) { return below(n * per_node + i % per_node, i / per_node); });
      }
      if (options_.has_bias) layer.bias(j) = mean([](int64_t) { return T(1); });
    }
  }
}

template <class T>
void SampleEvaluation<T>::EvaluateCancelled(Metric<T>& metric, int64_t batch_size,
                                            bool gradients) const {
  metric.Begin();
  for (int64_t first = 0; first < kSamples; first += batch_size) {
    const int64_t size = std::min(batch_size, kSamples - first);
    const auto teacher_activations = RowsOf(teacher_activations_, kSamples, first, size);
    const auto student_activations = RowsOf(student_activations_, kSamples, first, size);
    // Gradients of the mean over the batch.
    std::vector<GuardedMatrix<T>> batch_gradients;
    for (const GuardedMatrix<T>& of_samples : sample_gradients_) {
      const int64_t positions = of_samples.rows() / kSamples;
      GuardedMatrix<T>& mean = batch_gradients.emplace_back(size * positions, of_samples.columns());
      for (int64_t n = 0; n < mean.rows(); ++n) {
        for (int64_t j = 0; j < mean.columns(); ++j)
          mean(n, j) = of_samples(first * positions + n, j) / static_cast<T>(size);
      }
    }
    const auto gradient_views = RowsOf(batch_gradients, size, 0, size);

    EvaluationBatch<T> batch;
    batch.first_sample = first;
    batch.size = size;
    batch.inputs = inputs_.view().rows(first, size);
    if (options_.has_teacher) {
      batch.teacher_activations = teacher_activations;
      batch.teacher_outputs = teacher_outputs_.view().rows(first, size);
    }
    batch.student_activations = student_activations;
    batch.student_outputs = student_outputs_.view().rows(first, size);
    batch.labels = absl::MakeConstSpan(labels_).subspan(first, size);
    for (int64_t n = first; n < first + size; ++n) {
      batch.loss_sum += (options_.other_data ? 0.5 : 0.25) + static_cast<double>(n);
    }
    if (gradients) batch.student_gradients = gradient_views;
    metric.Add(batch);
  }
}

template <class T>
Record SampleEvaluation<T>::Evaluate(Metric<T>& metric, int64_t batch_size, bool gradients) const {
  EvaluateCancelled(metric, batch_size, gradients);
  Record record;
  metric.Finish({kSamples, gradients ? gradient_.const_weights() : NetworkView<const T>()}, record);
  return record;
}

template class SampleEvaluation<float>;
template class SampleEvaluation<double>;

}  // namespace didact
