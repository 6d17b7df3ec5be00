#include "framework/training/evaluation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "framework/base/status.h"
#include "framework/training/prefixed_state.h"

namespace didact {

template <class T>
Evaluation<T>::Evaluation(std::string name, const Network<T>& teacher, const Network<T>& student,
                          const LossFunction<T>& loss, const Samples<T>& samples, int64_t batch,
                          std::vector<std::unique_ptr<Metric<T>>> metrics)
    : name_(std::move(name)),
      teacher_(teacher),
      student_(student),
      loss_(loss),
      samples_(samples),
      metrics_(std::move(metrics)),
      pass_(student, std::min(batch, samples.size())),
      teacher_activations_(samples.teacher_activations.size()),
      squared_error_factor_(loss.SquaredErrorFactor(student.outputs())) {}

template <class T>
absl::Status Evaluation<T>::Prepare(const FieldPath& metric_path) {
  MetricContext<T> context;
  context.samples = samples_.size();
  context.outputs = student_.outputs();
  context.teacher_widths = teacher_.widths();
  context.student_widths = student_.widths();
  context.teacher = teacher_.weights();
  context.student = student_.weights();
  for (size_t m = 0; m < metrics_.size(); ++m) {
    DIDACT_RETURN_IF_ERROR(AnnotateWithPath(metrics_[m]->Prepare(context), metric_path.Index(m)));
    needs_gradients_ = needs_gradients_ || metrics_[m]->needs_gradients();
  }
  if (!needs_gradients_) return absl::OkStatus();
  for (int64_t l = 0; l < student_.layers(); ++l) {
    gradient_.emplace_back(student_.block(l).rows(), student_.block(l).columns());
  }
  for (Matrix<T>& block : gradient_) {
    const LayerWeights<T> weights = WeightsOfBlock(block);
    gradient_weights_.push_back({weights.weight, weights.bias});
  }
  return absl::OkStatus();
}

template <class T>
double Evaluation<T>::LossAndGradients(const LossBatch<T>& outputs, int64_t first, int64_t count) {
  const double loss_sum = loss_.SumAndGradient(outputs, pass_.output_gradient());
  pass_.Backward(0);
  // Gradients are those of the batch's mean, which counts for its share of the samples.
  const T share = static_cast<T>(static_cast<double>(count) / static_cast<double>(samples_.size()));
  for (int64_t l = 0; l < student_.layers(); ++l) {
    pass_.WeightGradient(l, share, /*accumulate=*/first > 0, gradient_[l]);
  }
  return loss_sum;
}

template <class T>
std::optional<double> Evaluation<T>::Measure(StopFlag stop) {
  for (const auto& metric : metrics_) metric->Begin();
  double loss_sum = 0;
  for (int64_t first = 0; first < samples_.size(); first += pass_.capacity()) {
    if (IsSet(stop)) return std::nullopt;
    const int64_t count = std::min(pass_.capacity(), samples_.size() - first);
    const SampleRows<T> inputs(samples_.inputs, first, count);
    pass_.Forward(inputs);

    for (size_t l = 0; l < teacher_activations_.size(); ++l) {
      teacher_activations_[l] = samples_.teacher_activations[l].view().rows(first, count);
    }
    const absl::Span<const int64_t> labels =
        samples_.labels.empty() ? absl::Span<const int64_t>()
                                : absl::MakeConstSpan(samples_.labels).subspan(first, count);
    const LossBatch<T> outputs = {pass_.outputs(),
                                  samples_.teacher_outputs.view().rows(first, count), labels};

    EvaluationBatch<T> batch;
    batch.loss_sum =
        needs_gradients_ ? LossAndGradients(outputs, first, count) : loss_.Sum(outputs);
    if (squared_error_factor_) {
      batch.squared_error_sum = batch.loss_sum / *squared_error_factor_;
    }
    batch.first_sample = first;
    batch.size = count;
    batch.inputs = inputs.view();
    batch.teacher_activations = teacher_activations_;
    batch.student_activations = pass_.activations();
    batch.teacher_outputs = outputs.teacher_outputs;
    batch.student_outputs = outputs.student_outputs;
    batch.labels = labels;
    if (needs_gradients_) batch.student_gradients = pass_.gradients();
    loss_sum += batch.loss_sum;
    for (const auto& metric : metrics_) metric->Add(batch);
  }
  return loss_sum / static_cast<double>(samples_.size());
}

template <class T>
void Evaluation<T>::Finish(Record& record) {
  EvaluationSummary<T> summary;
  summary.samples = samples_.size();
  summary.gradient = gradient_weights_;
  record.set_prefix(absl::StrCat(name_, "."));
  for (const auto& metric : metrics_) metric->Finish(summary, record);
  record.set_prefix("");
}

template <class T>
void Evaluation<T>::VisitState(StateVisitor& visitor) {
  for (size_t m = 0; m < metrics_.size(); ++m) {
    PrefixedState prefixed(absl::StrCat(name_, ".metric", m, "."), visitor);
    metrics_[m]->VisitState(prefixed);
  }
}

template class Evaluation<float>;
template class Evaluation<double>;

}  // namespace didact
