#include "didact/framework/training/stage.h"

#include <cmath>
#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/training_time.h"

namespace didact {
namespace {

bool AreConsecutive(absl::Span<const int64_t> rows) {
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i] != rows[0] + static_cast<int64_t>(i)) return false;
  }
  return true;
}

template <class T>
int64_t LowestTrainedLayer(const Network<T>& network) {
  int64_t layer = 0;
  while (layer < network.layers() && !network.layer(layer).is_trained()) ++layer;
  return layer;
}

template <class T>
void CopyRows(const Matrix<T>& from, absl::Span<const int64_t> rows, Matrix<T>& to) {
  GatherRows(from.data(), from.stride(), from.columns(), rows.data(),
             static_cast<int64_t>(rows.size()), to.data(), to.stride());
}

}  // namespace

template <class T>
Stage<T>::Stage(StageParts<T> parts, Network<T>& student, const Samples<T>& train,
                const Targets<T>* targets)
    : parts_(std::move(parts)),
      student_(student),
      train_(train),
      targets_(targets),
      uses_total_epochs_(parts_.sampler->uses_total_epochs()),
      lowest_trained_layer_(LowestTrainedLayer(student)),
      batch_inputs_(parts_.sampler->batch_size(), student.inputs()),
      batch_targets_(targets == nullptr ? 0 : parts_.sampler->batch_size(), student.outputs()),
      batch_labels_(train.labels.empty() ? 0 : parts_.sampler->batch_size()),
      pass_(student, parts_.sampler->batch_size()) {
  if (!parts_.augmentations.empty() && targets_ != nullptr) {
    teacher_pass_.emplace(*targets_->teacher, parts_.sampler->batch_size());
  }
  for (int64_t l = 0; l < student_.layers(); ++l) {
    if (student_.layer(l).is_trained()) gradient_.push_back(student_.layer(l).MakeParameters());
  }
}

template <class T>
void Stage<T>::UseWorkers(Workers* workers) {
  pass_.UseWorkers(workers);
  if (teacher_pass_) teacher_pass_->UseWorkers(workers);
}

template <class T>
absl::Span<const int64_t> Stage<T>::GatherLabels(absl::Span<const int64_t> rows) {
  if (batch_labels_.empty()) return {};
  for (size_t i = 0; i < rows.size(); ++i) batch_labels_[i] = train_.labels[rows[i]];
  return absl::MakeConstSpan(batch_labels_).subspan(0, rows.size());
}

template <class T>
LossBatch<T> Stage<T>::Forward(int64_t step) {
  const absl::Span<const int64_t> rows = parts_.sampler->Batch(step);
  const int64_t count = static_cast<int64_t>(rows.size());
  if (!parts_.augmentations.empty()) return ForwardAugmented(step, rows);
  LossBatch<T> outputs;
  outputs.labels = GatherLabels(rows);
  if (AreConsecutive(rows)) {
    pass_.Forward(SampleRows<T>(train_.inputs, rows[0], count), PassMode::kTraining);
    if (targets_ != nullptr) outputs.targets = targets_->outputs.view().rows(rows[0], count);
  } else {
    pass_.ForwardGathered(train_.inputs, rows, batch_inputs_, PassMode::kTraining);
    if (targets_ != nullptr) {
      CopyRows(targets_->outputs, rows, batch_targets_);
      outputs.targets = std::as_const(batch_targets_).view().rows(0, count);
    }
  }
  outputs.student_outputs = pass_.outputs();
  return outputs;
}

template <class T>
LossBatch<T> Stage<T>::ForwardAugmented(int64_t step, absl::Span<const int64_t> rows) {
  const int64_t count = static_cast<int64_t>(rows.size());
  CopyRows(train_.inputs, rows, batch_inputs_);
  const RandomStream random = parts_.augmentation_random.Split(step);
  for (size_t a = 0; a < parts_.augmentations.size(); ++a) {
    parts_.augmentations[a].Call("Apply", &Augmentation<T>::Apply, random.Split(a),
                                 batch_inputs_.view().rows(0, count));
  }
  const SampleRows<T> inputs(batch_inputs_, 0, count);
  LossBatch<T> outputs;
  outputs.labels = GatherLabels(rows);
  if (teacher_pass_) {
    teacher_pass_->Forward(inputs);
    outputs.targets = teacher_pass_->outputs();
  }
  pass_.Forward(inputs, PassMode::kTraining);
  outputs.student_outputs = pass_.outputs();
  return outputs;
}

template <class T>
double Stage<T>::Step(int64_t step) {
  const LossBatch<T> outputs = Forward(step);
  const double loss = parts_.loss.Call("SumAndGradient", &LossFunction<T>::SumAndGradient, outputs,
                                       pass_.output_gradient()) /
                      static_cast<double>(outputs.student_outputs.shape(0));
  if (!std::isfinite(loss)) return loss;
  pass_.UpdateStatistics(student_);
  pass_.Backward(lowest_trained_layer_);
  Descend(step);
  for (size_t p = 0; p < parts_.projections.size(); ++p) {
    parts_.projections[p].Call("Apply", &Projection<T>::Apply,
                               parts_.projection_random[p].Split(step), student_.view());
  }
  return loss;
}

template <class T>
void Stage<T>::Descend(int64_t step) {
  const TrainingTime time = {
      step, step / steps_per_epoch(), steps_per_epoch(), {epochs(), &uses_total_epochs_}};
  const std::optional<double> rate =
      parts_.optimizer.Call("PlainDescentRate", &Optimizer<T>::PlainDescentRate, time);
  size_t trained = 0;
  int64_t first_block = 0;
  for (int64_t l = 0; l < student_.layers(); ++l) {
    Layer<T>& layer = student_.layer(l);
    if (!layer.is_trained()) continue;
    LayerParameters<T>& gradient = gradient_[trained++];
    if (rate) {
      pass_.ParameterGradient(l, static_cast<T>(-*rate), /*accumulate=*/true, layer.parameters());
      continue;
    }
    pass_.ParameterGradient(l, T(1), /*accumulate=*/false, gradient);
    std::vector<Matrix<T>>& blocks = layer.parameters().blocks();
    for (size_t b = 0; b < blocks.size(); ++b) {
      parts_.optimizer.Call("Update", &Optimizer<T>::Update, time, first_block++, blocks[b].view(),
                            std::as_const(gradient.blocks()[b]).view());
    }
  }
}

template <class T>
void Stage<T>::VisitState(StateVisitor& visitor) {
  parts_.optimizer.Call("VisitState", &Optimizer<T>::VisitState, visitor);
}

template class Stage<float>;
template class Stage<double>;

}  // namespace didact
