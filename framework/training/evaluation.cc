#include "didact/framework/training/evaluation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/base/status.h"
#include "didact/framework/training/loss_targets.h"
#include "didact/framework/training/prefixed_state.h"

namespace didact {
namespace {

// Returns the error that `metric` breaks the contract of metrics.
template <class T>
absl::Status Complaint(const ConfiguredPlugin<Metric<T>>& metric, absl::string_view text) {
  return StatusOf(absl::StatusCode::kInvalidArgument,
                  {{metric.path(), std::string(text), std::string(metric.name())}});
}

}  // namespace

template <class T>
bool NeedGradients(absl::Span<const ConfiguredPlugin<Metric<T>>> metrics) {
  bool needed = false;
  for (const ConfiguredPlugin<Metric<T>>& metric : metrics) {
    needed = metric.Call("needs_gradients", &Metric<T>::needs_gradients) || needed;
  }
  return needed;
}

template <class T>
Evaluation<T>::Evaluation(std::string name, const Network<T>& student,
                          const ConfiguredPlugin<LossFunction<T>>& loss,
                          const LossTargets& loss_targets, const Samples<T>& samples,
                          const Targets<T>* targets, EvaluationPasses<T>& passes,
                          std::vector<ConfiguredPlugin<Metric<T>>> metrics,
                          std::vector<ConfiguredPlugin<Augmentation<T>>> augmentations)
    : name_(std::move(name)),
      student_(student),
      loss_(loss),
      samples_(samples),
      targets_(targets),
      loss_targets_(LossTargetsOf(loss_targets, samples, targets)),
      metrics_(std::move(metrics)),
      augmentations_(std::move(augmentations)),
      array_checks_(metrics_.size()),
      pass_(passes.student()),
      batch_(std::min(passes.batch(), samples.size())),
      inputs_(samples.inputs, augmentations_, batch_),
      needs_gradients_(NeedGradients<T>(metrics_)),
      teacher_activations_(targets == nullptr ? 0 : targets->activations.size()) {
  if (loss_targets.labels) loss_labels_ = samples.labels;
  if (loss_targets == LossTargets{.teacher = true}) {
    squared_error_factor_ =
        loss.Call("SquaredErrorFactor", &LossFunction<T>::SquaredErrorFactor, student.outputs());
  }
  if (targets_ != nullptr && !targets_->has_activations()) {
    teacher_pass_ = &passes.Teacher(*targets_->teacher);
  }
}

template <class T>
absl::Status Evaluation<T>::Prepare(absl::Span<const RandomStream> random) {
  MetricContext<T> context;
  context.samples = samples_.size();
  context.outputs = student_.outputs();
  for (const int64_t label : samples_.labels)
    context.classes = std::max(context.classes, label + 1);
  context.student_widths = student_.widths();
  context.student_odd = student_.odd();
  context.student = student_.view();
  if (targets_ != nullptr) {
    context.teacher_widths = targets_->teacher->widths();
    context.teacher = targets_->teacher->view();
  }
  for (size_t m = 0; m < metrics_.size(); ++m) {
    const ConfiguredPlugin<Metric<T>>& metric = metrics_[m];
    context.random = random[m];
    DIDACT_RETURN_IF_ERROR(metric.Call("Prepare", &Metric<T>::Prepare, context));
  }
  if (!needs_gradients_) return absl::OkStatus();
  for (int64_t l = 0; l < student_.layers(); ++l) {
    gradient_.push_back(student_.layer(l).MakeParameters());
    gradient_view_.emplace_back(gradient_.back().view());
  }
  return absl::OkStatus();
}

template <class T>
double Evaluation<T>::LossAndGradients(const LossBatch<T>& outputs, int64_t first, int64_t count) {
  const double loss_sum = loss_.Call("SumAndGradient", &LossFunction<T>::SumAndGradient, outputs,
                                     pass_.output_gradient());
  pass_.Backward(0);
  // The gradient of a batch's mean is weighted by the batch's share of the samples.
  const T share = static_cast<T>(static_cast<double>(count) / static_cast<double>(samples_.size()));
  for (int64_t l = 0; l < student_.layers(); ++l) {
    pass_.ParameterGradient(l, share, /*accumulate=*/first > 0, gradient_[l]);
  }
  return loss_sum;
}

template <class T>
absl::Span<const ArrayView<const T>> Evaluation<T>::TeacherActivations(const SampleRows<T>& inputs,
                                                                       int64_t first) {
  if (teacher_pass_ != nullptr) {
    teacher_pass_->Forward(inputs);
    return teacher_pass_->activations();
  }
  for (size_t l = 0; l < teacher_activations_.size(); ++l) {
    const int64_t positions = targets_->teacher->shapes()[l].positions();
    teacher_activations_[l] =
        targets_->activations[l].view().rows(first * positions, inputs.rows * positions);
  }
  return teacher_activations_;
}

template <class T>
absl::StatusOr<double> Evaluation<T>::Measure(int64_t step, StopFlag stop) {
  step_ = step;
  for (const auto& metric : metrics_) metric.Call("Begin", &Metric<T>::Begin);
  double loss_sum = 0;
  for (int64_t first = 0; first < samples_.size(); first += batch_) {
    if (IsSet(stop)) return absl::CancelledError("the evaluation was stopped");
    const int64_t count = std::min(batch_, samples_.size() - first);
    const SampleRows<T> inputs = inputs_.Read(first, count);
    pass_.Forward(inputs);

    LossBatch<T> outputs;
    outputs.student_outputs = pass_.outputs();
    if (loss_targets_ != nullptr) outputs.targets = loss_targets_->view().rows(first, count);
    if (!loss_labels_.empty()) outputs.labels = loss_labels_.subspan(first, count);

    EvaluationBatch<T> batch;
    batch.loss_sum = needs_gradients_ ? LossAndGradients(outputs, first, count)
                                      : loss_.Call("Sum", &LossFunction<T>::Sum, outputs);
    if (squared_error_factor_) {
      batch.squared_error_sum = batch.loss_sum / *squared_error_factor_;
    }
    batch.first_sample = first;
    batch.size = count;
    batch.inputs = inputs.view();
    batch.teacher_activations = TeacherActivations(inputs, first);
    batch.student_activations = pass_.activations();
    if (targets_ != nullptr) batch.teacher_outputs = targets_->outputs.view().rows(first, count);
    batch.student_outputs = outputs.student_outputs;
    if (!samples_.labels.empty()) {
      batch.labels = absl::MakeConstSpan(samples_.labels).subspan(first, count);
    }
    batch.step = step;
    if (needs_gradients_) batch.student_gradients = pass_.gradients();
    loss_sum += batch.loss_sum;
    for (const auto& metric : metrics_) metric.Call("Add", &Metric<T>::Add, batch);
  }
  return loss_sum / static_cast<double>(samples_.size());
}

template <class T>
absl::Status Evaluation<T>::Finish(Record& record) {
  EvaluationSummary<T> summary;
  summary.samples = samples_.size();
  summary.gradient = gradient_view_;
  summary.step = step_;
  const std::string prefix = absl::StrCat(name_, ".");
  key_check_.Begin(record);
  for (size_t m = 0; m < metrics_.size(); ++m) {
    // Each metric writes into its own record, so that it cannot change or remove entries of others.
    Record of_metric;
    metrics_[m].Call("Finish", &Metric<T>::Finish, summary, of_metric);
    if (const std::string problem = array_checks_[m].Problem(of_metric); !problem.empty()) {
      return Complaint(metrics_[m], problem);
    }
    record.AddAll(prefix, std::move(of_metric));
    key_check_.EndMetric(record);
  }
  return CheckKeys(record);
}

template <class T>
absl::Status Evaluation<T>::CheckKeys(const Record& record) {
  const std::optional<RepeatedKey> repeated = key_check_.FindRepeated(record);
  if (!repeated) return absl::OkStatus();
  const auto& first = metrics_[repeated->first];
  const auto& second = metrics_[repeated->second];
  const absl::string_view key = repeated->key.substr(name_.size() + 1);
  const std::string writes = absl::StrCat("writes \"", key, "\"");
  return Complaint(second, repeated->first == repeated->second
                               ? absl::StrCat(writes, " twice")
                               : absl::StrCat(writes, ", which ", first.path().path(), " (",
                                              first.name(), ") writes, too; remove one of them"));
}

template <class T>
absl::Status Evaluation<T>::CheckDescriptions(const Record& record) const {
  std::vector<std::vector<MetricKey>> keys;
  for (const auto& metric : metrics_) keys.push_back(metric.Call("keys", &Metric<T>::keys));
  absl::Status status;
  key_check_.ForEach(record, [&](size_t m, absl::string_view key, const RecordArray* array) {
    if (!status.ok()) return;
    const ConfiguredPlugin<Metric<T>>& metric = metrics_[m];
    status = CheckIsDescribed(keys[m], key.substr(name_.size() + 1), array);
    if (status.ok()) return;
    status = Complaint(metric, status.message());
  });
  return status;
}

template <class T>
void Evaluation<T>::VisitState(StateVisitor& visitor) {
  for (size_t m = 0; m < metrics_.size(); ++m) {
    PrefixedState prefixed(absl::StrCat(name_, ".metric", m, "."), visitor);
    metrics_[m].Call("VisitState", &Metric<T>::VisitState, prefixed);
  }
}

template bool NeedGradients(absl::Span<const ConfiguredPlugin<Metric<float>>>);
template bool NeedGradients(absl::Span<const ConfiguredPlugin<Metric<double>>>);
template class Evaluation<float>;
template class Evaluation<double>;

}  // namespace didact
