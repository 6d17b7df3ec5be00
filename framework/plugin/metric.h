// Plugin kind `metric`: statistics that every evaluation computes.
//
// 1. The framework builds three copies of a metric: for the training set, for the evaluation set,
//    and to find its keys. If the metric does not depend on the data, the first is discarded.
// 2. It calls Prepare of each copy once. The third is prepared for a data set of a single sample,
//    evaluated and discarded.
// 3. For each evaluation the framework calls Begin, then Add for consecutive parts of the data,
//    then Finish. An evaluation that is cancelled ends without Finish and is repeated from Begin.
// 4. Between evaluations VisitState saves or restores state for a checkpoint.
//
// Example, the mean of the student's first output, recorded as `eval.mean_output`:
//
//   template <class T>
//   class MeanOutput final : public Metric<T> {
//    public:
//     std::vector<MetricKey> keys() const override { return {{"mean_output"}}; }
//     void Begin() override { sum_ = 0; }
//     void Add(const EvaluationBatch<T>& batch) override {
//       for (int64_t i = 0; i < batch.size; ++i) sum_ += batch.student_outputs(i, 0);
//     }
//     void Finish(const EvaluationSummary<T>& summary, Record& record) override {
//       record.Add("mean_output", sum_ / summary.samples);
//     }
//
//    private:
//     double sum_ = 0;
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_METRIC_H_
#define DIDACT_FRAMEWORK_PLUGIN_METRIC_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/state.h"

namespace didact {

// Properties that do not change between the evaluations of one trial on one data set.
template <class T>
struct MetricContext {
  int64_t samples = 0;  // number of samples in the data set
  int64_t outputs = 0;
  int64_t classes = 0;  // the largest label plus 1; 0 if the data set has no labels
  // Number of nodes of each hidden layer; the teacher's are empty if there is no teacher.
  absl::Span<const int64_t> teacher_widths;
  absl::Span<const int64_t> student_widths;
  // True for each hidden layer of the student whose activation f is odd, f(-x) = -f(x), and that
  // does not take maxima (max pooling). In such a layer, changing the sign of a node together with
  // its fan-out weights does not change the function of the network.
  absl::Span<const bool> student_odd;
  // Views of the networks, valid as long as the metric; the student's parameters change with every
  // step. The teacher's view is empty if there is none; Prepare of a metric that needs one then
  // returns NeedsTeacherError (framework/plugin/needs_teacher.h).
  NetworkView<const T> teacher;
  NetworkView<const T> student;
  // Random numbers for this metric on this data set in this trial. A metric that draws new numbers
  // at each evaluation draws them from random.Split(step).
  RandomStream random = RandomStream(uint64_t{0}, uint64_t{0});
};

// Some samples of an evaluation. Matrices have dense rows and are valid only during the call.
// Layers are in evaluation mode, so that normalizations use running statistics.
template <class T>
struct EvaluationBatch {
  int64_t first_sample = 0;
  int64_t size = 0;
  ArrayView<const T> inputs;  // [batch, features]
  // The outputs of every hidden layer: one matrix [batch * positions, nodes] each, with the
  // positions of a sample side by side (LayerView::positions, 1 unless the layer is a convolution).
  // The teacher's are empty if there is no teacher.
  absl::Span<const ArrayView<const T>> teacher_activations;
  absl::Span<const ArrayView<const T>> student_activations;
  ArrayView<const T> teacher_outputs;  // [batch, outputs]; empty if there is no teacher
  ArrayView<const T> student_outputs;
  // One class per sample; empty if the data set has no labels.
  absl::Span<const int64_t> labels;
  // The objective, summed over these samples.
  double loss_sum = 0;
  // (student_outputs - teacher_outputs)^2, summed over these samples and all outputs, if computing
  // the objective yields it; otherwise std::nullopt.
  std::optional<double> squared_error_sum;
  // If needs_gradients(): one matrix [batch * positions, nodes] per layer, including the final one,
  // with the gradient of the objective's mean over these samples with respect to the student's
  // pre-activations, the outputs of the layer's linear map; the positions are those before pooling.
  // Multiply by `size` to get each sample's own gradient.
  absl::Span<const ArrayView<const T>> student_gradients;
  int64_t step = 0;  // steps that the student was trained; the same in all batches of an evaluation
};

// The results available at the end of an evaluation.
template <class T>
struct EvaluationSummary {
  int64_t samples = 0;
  // Gradient of the objective's mean over the data set, if needs_gradients(); else empty.
  NetworkView<const T> gradient;
  int64_t step = 0;  // steps that the student was trained
};

// A statistic of teacher and student over a data set.
//
// State:    only Finish may change state that outlives an evaluation.
// Keys:     differ from each other and from those of all other metrics of the experiment. keys()
//           describes each of them; a trial checks this when it is built. An array keeps its
//           element type and its number of dimensions from one evaluation to the next, so that
//           arrays can be stacked; its extents may change.
// Numerics: the result depends neither on how the data are split nor on the order of nodes, except
//           for rounding. Sums are accumulated in double.
// Threads:  never called concurrently.
template <class T>
class Metric {
 public:
  static constexpr absl::string_view kKind = "metric";
  using Scalar = T;
  using Interface = Metric;

  virtual ~Metric() = default;

  // Describes the keys that Finish writes, for tables, exports and reports. Depends on the config
  // alone and may be called at any time.
  virtual std::vector<MetricKey> keys() const = 0;

  // False for a metric whose results do not depend on the data set, for instance of weights alone;
  // it is computed once per evaluation and recorded under `eval.`. Called once, before Prepare.
  virtual bool depends_on_data() const { return true; }

  // True if evaluations must compute gradients. Depends on the config alone and may be called at
  // any time.
  virtual bool needs_gradients() const { return false; }

  // Called once; allocates buffers. Errors: INVALID_ARGUMENT if the config does not fit the
  // networks.
  virtual absl::Status Prepare(const MetricContext<T>& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  virtual void Begin() {}
  virtual void Add(const EvaluationBatch<T>& batch) { static_cast<void>(batch); }
  virtual void Finish(const EvaluationSummary<T>& summary, Record& record) = 0;

  // Visits the state that outlives an evaluation, for checkpoints, which are taken between
  // evaluations.
  virtual void VisitState(StateVisitor& visitor) { static_cast<void>(visitor); }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_METRIC_H_
