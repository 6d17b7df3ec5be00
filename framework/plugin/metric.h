// Plugin kind `metric`: what is measured at every evaluation.

#ifndef DIDACT_FRAMEWORK_PLUGIN_METRIC_H_
#define DIDACT_FRAMEWORK_PLUGIN_METRIC_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/random.h"
#include "framework/plugin/metric_key.h"
#include "framework/plugin/network_view.h"
#include "framework/plugin/record.h"
#include "framework/plugin/state.h"

namespace didact {

// What stays the same over all evaluations of one trial on one data set.
template <class T>
struct MetricContext {
  int64_t samples = 0;  // of the data set
  int64_t outputs = 0;
  // Nodes of each hidden layer; none of a teacher where there is no teacher.
  absl::Span<const int64_t> teacher_widths;
  absl::Span<const int64_t> student_widths;
  // True for each hidden layer whose student activation is odd, f(-x) = -f(x): there a node that
  // changes its sign, together with its fan-out weights, leaves the function of the network as it is.
  absl::Span<const bool> student_odd;
  // Views of the live networks, good as long as the metric lives; the student's change with every
  // step. The teacher's is empty where there is none.
  NetworkView<const T> teacher;
  NetworkView<const T> student;
  // The random numbers of this metric on this data set in this trial. A metric that draws anew at each
  // evaluation draws from random.Split(step).
  RandomStream random = RandomStream(uint64_t{0}, uint64_t{0});
};

// Some samples of an evaluation. Matrices are [batch, ...] with dense rows and are good during the
// call only.
template <class T>
struct EvaluationBatch {
  int64_t first_sample = 0;
  int64_t size = 0;
  ArrayView<const T> inputs;  // [batch, features]
  // One matrix [batch, width] per hidden layer, after the nonlinearity; none of a teacher where there
  // is no teacher.
  absl::Span<const ArrayView<const T>> teacher_activations;
  absl::Span<const ArrayView<const T>> student_activations;
  ArrayView<const T> teacher_outputs;  // [batch, outputs]; empty where there is no teacher
  ArrayView<const T> student_outputs;
  // One class per sample; empty if the data set has no labels.
  absl::Span<const int64_t> labels;
  // The objective, summed over these samples.
  double loss_sum = 0;
  // (student_outputs - teacher_outputs)^2, summed over these samples and all outputs, if the
  // objective gives it away; else it must be computed.
  std::optional<double> squared_error_sum;
  // One matrix [batch, width] per layer, the final one included, if needs_gradients(): the gradient
  // of the objective's mean over these samples with respect to the student's pre-activations. Times
  // `size`: each sample's own gradient.
  absl::Span<const ArrayView<const T>> student_gradients;
  int64_t step = 0;  // steps that the student has done; the same in all batches of an evaluation
};

// What is known at the end of an evaluation.
template <class T>
struct EvaluationSummary {
  int64_t samples = 0;
  // Gradient of the objective's mean over the data set, if needs_gradients(); else empty.
  NetworkView<const T> gradient;
  int64_t step = 0;  // steps that the student has done
};

// A statistic of teacher and student over a data set.
//
// Life:     built and prepared once per trial and data set; for each evaluation Begin, then Add for
//           consecutive parts of the data, then Finish. An evaluation that is told to stop ends
//           without Finish and is done again: only Finish may change state that outlives it. One more is
//           built to see its keys, evaluated on a data set of a single sample, and discarded.
// Keys:     differ from each other and from those of all other metrics of the experiment. Each is
//           described by keys(), which a trial checks when it is built.
// Numerics: the result does not depend on how the data are split, nor on the order of nodes, but
//           for rounding. Sums are accumulated in double.
// Threads:  never called concurrently.
template <class T>
class Metric {
 public:
  static constexpr absl::string_view kKind = "metric";
  using Scalar = T;
  using Interface = Metric;

  virtual ~Metric() = default;

  // Describes the keys that Finish writes: a function of the config alone, which may be called at any
  // time. Tables, exports and reports show of a metric what it says here.
  virtual std::vector<MetricKey> keys() const = 0;

  // True if results depend on the data set. Those of weights alone, for instance, do not: they are measured once per
  // evaluation and written under `eval.`. Asked once, before Prepare.
  virtual bool depends_on_data() const { return true; }

  // Whether evaluations must compute gradients; asked once, after Prepare.
  virtual bool needs_gradients() const { return false; }

  // Called once; buffers are allocated here. Errors: INVALID_ARGUMENT when the config does not fit
  // the networks.
  virtual absl::Status Prepare(const MetricContext<T>& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  virtual void Begin() {}
  virtual void Add(const EvaluationBatch<T>& batch) { static_cast<void>(batch); }
  virtual void Finish(const EvaluationSummary<T>& summary, Record& record) = 0;

  // State that must outlive an evaluation, for checkpoints (which are taken between evaluations).
  virtual void VisitState(StateVisitor& visitor) { static_cast<void>(visitor); }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_METRIC_H_
