// The inputs that the framework passes to metrics, made by tests.

#ifndef DIDACT_TESTS_PLUGINS_METRICS_EVALUATED_H_
#define DIDACT_TESTS_PLUGINS_METRICS_EVALUATED_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/fixed_array.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "gtest/gtest.h"

namespace didact {

// A matrix with gaps between its rows, which are filled with invalid numbers.
template <class T>
class Rows {
 public:
  Rows() = default;
  Rows(int64_t rows, int64_t columns)
      : rows_(rows), columns_(columns), values_(rows * (columns + kGap), T(1e30)) {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j) (*this)(i, j) = 0;
    }
  }
  // Copies row-major elements.
  Rows(int64_t rows, int64_t columns, const std::vector<double>& elements) : Rows(rows, columns) {
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = 0; j < columns; ++j)
        (*this)(i, j) = static_cast<T>(elements[i * columns + j]);
    }
  }

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  T& operator()(int64_t i, int64_t j) { return values_[i * (columns_ + kGap) + j]; }
  const T& operator()(int64_t i, int64_t j) const { return values_[i * (columns_ + kGap) + j]; }
  ArrayView<T> view() {
    return ArrayView<T>(values_.data(), {rows_, columns_}, {columns_ + kGap, 1});
  }
  ArrayView<const T> view() const {
    return ArrayView<const T>(values_.data(), {rows_, columns_}, {columns_ + kGap, 1});
  }

 private:
  static constexpr int64_t kGap = 3;

  int64_t rows_ = 0, columns_ = 0;
  std::vector<T> values_;
};

// Returns normal numbers around `mean`.
template <class T>
Rows<T> RandomRows(int64_t rows, int64_t columns, const RandomStream& random, double mean = 0,
                   double stddev = 1) {
  Rows<T> result(rows, columns);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      result(i, j) = static_cast<T>(mean + stddev * random.Normal(i * columns + j));
    }
  }
  return result;
}

// Returns the views of a network whose layers are blocks [in + 1, out], the bias last. Without
// biases, the last row is not shown.
template <class T>
std::vector<LayerView<const T>> WeightsOf(const std::vector<Rows<T>>& blocks,
                                          bool has_bias = true) {
  std::vector<LayerView<const T>> weights;
  for (const Rows<T>& block : blocks) {
    const ArrayView<const T> bias(block.view().row(block.rows() - 1).data(), {block.columns()});
    weights.push_back({block.view().rows(0, block.rows() - 1).transposed(),
                       has_bias ? bias : ArrayView<const T>()});
  }
  return weights;
}

// All data of one evaluation. Members that a test does not set are empty.
template <class T>
struct Evaluated {
  int64_t samples = 0;
  // Hidden layers: [samples * positions, nodes].
  std::vector<Rows<T>> teacher_activations, student_activations;
  bool student_odd = false;  // true if the activations of all of them are odd
  Rows<T> teacher_outputs, student_outputs;
  std::vector<int64_t> labels;
  std::vector<double> losses;      // of each sample
  std::vector<Rows<T>> gradients;  // all layers; of each sample's own loss
  bool has_bias = true;            // false: none of the following networks has biases
  std::vector<Rows<T>> teacher;    // weights, see WeightsOf
  std::vector<Rows<T>> student;    // weights
  std::vector<Rows<T>> gradient;   // of the mean loss, by weights
};

template <class T>
void Prepare(Metric<T>& metric, const Evaluated<T>& evaluated) {
  std::vector<int64_t> teacher_widths, student_widths;
  for (const Rows<T>& layer : evaluated.teacher_activations)
    teacher_widths.push_back(layer.columns());
  for (const Rows<T>& layer : evaluated.student_activations)
    student_widths.push_back(layer.columns());
  const std::vector<LayerView<const T>> student = WeightsOf(evaluated.student, evaluated.has_bias);
  const std::vector<LayerView<const T>> teacher = WeightsOf(evaluated.teacher, evaluated.has_bias);
  MetricContext<T> context;
  context.samples = evaluated.samples;
  context.outputs = evaluated.student_outputs.columns();
  context.teacher_widths = teacher_widths;
  context.student_widths = student_widths;
  const absl::FixedArray<bool> student_odd(student_widths.size(), evaluated.student_odd);
  context.student_odd = student_odd;
  context.student = student;
  context.teacher = teacher;
  for (const int64_t label : evaluated.labels) {
    context.classes = std::max(context.classes, label + 1);
  }
  const absl::Status status = metric.Prepare(context);
  ASSERT_TRUE(status.ok()) << status;
}

// Performs one evaluation of a prepared metric, `part` samples at a time.
template <class T>
Record Evaluate(Metric<T>& metric, const Evaluated<T>& evaluated, int64_t part) {
  metric.Begin();
  for (int64_t first = 0; first < evaluated.samples; first += part) {
    const int64_t count = std::min(part, evaluated.samples - first);
    const auto views = [&](const std::vector<Rows<T>>& layers) {
      std::vector<ArrayView<const T>> result;
      for (const Rows<T>& layer : layers) {
        const int64_t positions = layer.rows() / evaluated.samples;
        result.push_back(layer.view().rows(first * positions, count * positions));
      }
      return result;
    };
    const std::vector<ArrayView<const T>> teacher = views(evaluated.teacher_activations);
    const std::vector<ArrayView<const T>> student = views(evaluated.student_activations);
    // The gradients that the framework passes are those of the batch's mean.
    std::vector<Rows<T>> mean_gradients = evaluated.gradients;
    std::vector<ArrayView<const T>> gradients;
    for (Rows<T>& layer : mean_gradients) {
      for (int64_t i = 0; i < layer.rows(); ++i) {
        for (int64_t j = 0; j < layer.columns(); ++j) layer(i, j) /= static_cast<T>(count);
      }
      const int64_t positions = layer.rows() / evaluated.samples;
      gradients.push_back(std::as_const(layer).view().rows(first * positions, count * positions));
    }

    EvaluationBatch<T> batch;
    batch.first_sample = first;
    batch.size = count;
    batch.teacher_activations = teacher;
    batch.student_activations = student;
    if (evaluated.student_outputs.rows() > 0) {
      if (evaluated.teacher_outputs.rows() > 0) {
        batch.teacher_outputs = evaluated.teacher_outputs.view().rows(first, count);
      }
      batch.student_outputs = evaluated.student_outputs.view().rows(first, count);
    }
    if (!evaluated.labels.empty()) {
      batch.labels = absl::MakeConstSpan(evaluated.labels).subspan(first, count);
    }
    for (size_t i = 0; i < evaluated.losses.size(); ++i) {
      if (static_cast<int64_t>(i) >= first && static_cast<int64_t>(i) < first + count) {
        batch.loss_sum += evaluated.losses[i];
      }
    }
    batch.student_gradients = gradients;
    metric.Add(batch);
  }
  const std::vector<LayerView<const T>> gradient =
      WeightsOf(evaluated.gradient, evaluated.has_bias);
  EvaluationSummary<T> summary;
  summary.samples = evaluated.samples;
  summary.gradient = gradient;
  Record record;
  metric.Finish(summary, record);
  return record;
}

// Prepares a metric for the evaluation and evaluates it.
template <class T>
Record PrepareAndEvaluate(Metric<T>& metric, const Evaluated<T>& evaluated, int64_t part) {
  Prepare(metric, evaluated);
  return Evaluate(metric, evaluated, part);
}

// Returns the number that `record` has for a key; fails the test if there is none.
inline double NumberIn(const Record& record, absl::string_view key) {
  for (const auto& [name, number] : record.numbers()) {
    if (name != key) continue;
    if (const auto* count = std::get_if<int64_t>(&number)) return static_cast<double>(*count);
    return std::get<double>(number);
  }
  ADD_FAILURE() << "no number " << key;
  return 0;
}
inline RecordArray ArrayIn(const Record& record, absl::string_view key) {
  for (const auto& [name, array] : record.arrays()) {
    if (name == key) return array;
  }
  ADD_FAILURE() << "no array " << key;
  return {};
}
inline std::vector<double> ElementsIn(const Record& record, absl::string_view key) {
  const RecordArray array = ArrayIn(record, key);
  if (const auto* counts = std::get_if<std::vector<int64_t>>(&array.elements)) {
    return std::vector<double>(counts->begin(), counts->end());
  }
  return std::get<std::vector<double>>(array.elements);
}

// Returns all keys, numbers first, in the order of the record.
inline std::vector<std::string> KeysOf(const Record& record) {
  std::vector<std::string> keys;
  for (const auto& [key, number] : record.numbers()) keys.push_back(key);
  for (const auto& [key, array] : record.arrays()) keys.push_back(key);
  return keys;
}

// Returns max|a - b| / max|b|, or max|a - b| if b is 0; infinity for NaN. Fails the test if the
// lengths differ.
inline double RelativeDifference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double difference = 0, scale = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(a[i] - b[i]));
    scale = std::max(scale, std::abs(b[i]));
  }
  return scale > 0 ? difference / scale : difference;
}

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGINS_METRICS_EVALUATED_H_
