#include "didact/framework/training/stage.h"

#include <cmath>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/framework/training/loss_targets.h"

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

// Keeps the first exception of calls on several threads, which must not end a thread.
//
// Threads: Call may be called concurrently.
class FirstException {
 public:
  template <class Function>
  void Call(const Function& function) {
    try {
      function();
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!exception_) exception_ = std::current_exception();
    }
  }

  // Throws the exception, if there was one. Not concurrently with Call.
  void Rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr exception_;
};

}  // namespace

template <class T>
Stage<T>::Stage(StageParts<T> parts, Network<T>& student, const Samples<T>& train,
                const Targets<T>* targets)
    : parts_(std::move(parts)),
      student_(student),
      train_(train),
      loss_targets_(LossTargetsOf(parts_.loss_targets, train, targets)),
      uses_total_epochs_(parts_.sampler->uses_total_epochs()),
      lowest_trained_layer_(LowestTrainedLayer(student)),
      batch_inputs_(parts_.augmentations.empty() ? parts_.sampler->batch_size() : 0,
                    student.inputs()),
      batch_targets_(loss_targets_ == nullptr ? 0 : parts_.sampler->batch_size(),
                     student.outputs()),
      batch_labels_(parts_.loss_targets.labels ? parts_.sampler->batch_size() : 0),
      pass_(student, parts_.sampler->batch_size()) {
  if (!parts_.augmentations.empty()) {
    augmented_.emplace(train.inputs, *parts_.sampler, parts_.augmentations,
                       parts_.augmentation_random);
    if (parts_.loss_targets.teacher) {
      teacher_pass_.emplace(*targets->teacher, parts_.sampler->batch_size(), PassScope::kForward);
    }
  }
  for (int64_t l = 0; l < student_.layers(); ++l) {
    if (student_.layer(l).is_trained()) gradient_.push_back(student_.layer(l).MakeParameters());
  }
}

template <class T>
void Stage<T>::UseWorkers(Workers* workers) {
  workers_ = workers;
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
ArrayView<const T> Stage<T>::GatherTargets(absl::Span<const int64_t> rows) {
  if (loss_targets_ == nullptr) return {};
  CopyRows(*loss_targets_, rows, batch_targets_);
  return std::as_const(batch_targets_).view().rows(0, static_cast<int64_t>(rows.size()));
}

template <class T>
LossBatch<T> Stage<T>::Forward(int64_t step) {
  const absl::Span<const int64_t> rows = parts_.sampler->Batch(step);
  const int64_t count = static_cast<int64_t>(rows.size());
  LossBatch<T> outputs;
  outputs.labels = GatherLabels(rows);
  if (AreConsecutive(rows)) {
    pass_.Forward(SampleRows<T>(train_.inputs, rows[0], count), PassMode::kTraining);
    if (loss_targets_ != nullptr) outputs.targets = loss_targets_->view().rows(rows[0], count);
  } else {
    pass_.ForwardGathered(train_.inputs, rows, batch_inputs_, PassMode::kTraining);
    outputs.targets = GatherTargets(rows);
  }
  outputs.student_outputs = pass_.outputs();
  return outputs;
}

template <class T>
LossBatch<T> Stage<T>::ForwardAugmented(const typename AugmentedBatches<T>::Batch& batch) {
  LossBatch<T> outputs;
  outputs.labels = GatherLabels(batch.rows);
  if (teacher_pass_) {
    teacher_pass_->Forward(batch.inputs);
    outputs.targets = teacher_pass_->outputs();
  } else {
    outputs.targets = GatherTargets(batch.rows);
  }
  pass_.Forward(batch.inputs, PassMode::kTraining);
  outputs.student_outputs = pass_.outputs();
  return outputs;
}

template <class T>
bool Stage<T>::AugmentsAhead(int64_t step) const {
  // Augmenting fewer numbers takes about as long as handing them to another thread.
  constexpr int64_t kLeastNumbers = int64_t{1} << 15;
  return workers_ != nullptr && workers_->count() > 1 && step + 1 < steps() &&
         parts_.sampler->batch_size() * student_.inputs() >= kLeastNumbers;
}

template <class T>
double Stage<T>::Step(int64_t step) {
  if (!augmented_) return Train(step, Forward(step));
  const typename AugmentedBatches<T>::Batch batch = augmented_->Get(step);
  if (!AugmentsAhead(step)) return Train(step, ForwardAugmented(batch));
  double loss = 0;
  FirstException exception;
  workers_->Run(2, [&](int64_t part) {
    if (part == 1) return augmented_->PrepareAhead();
    exception.Call([&] { loss = Train(step, ForwardAugmented(batch)); });
  });
  exception.Rethrow();
  return loss;
}

template <class T>
double Stage<T>::Train(int64_t step, const LossBatch<T>& outputs) {
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
  const bool in_parts = !rate && parts_.optimizer.Call("StartPartialUpdates",
                                                       &Optimizer<T>::StartPartialUpdates, time);
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
    std::vector<Matrix<T>>& blocks = layer.parameters().blocks();
    if (in_parts) {
      UpdateInParts(l, first_block, gradient);
      first_block += static_cast<int64_t>(blocks.size());
      continue;
    }
    pass_.ParameterGradient(l, T(1), /*accumulate=*/false, gradient);
    for (size_t b = 0; b < blocks.size(); ++b) {
      parts_.optimizer.Call("Update", &Optimizer<T>::Update, time, first_block++, blocks[b].view(),
                            std::as_const(gradient.blocks()[b]).view());
    }
  }
}

template <class T>
void Stage<T>::UpdateInParts(int64_t layer, int64_t first_block, LayerParameters<T>& gradient) {
  std::vector<Matrix<T>>& blocks = student_.layer(layer).parameters().blocks();
  FirstException exception;
  pass_.ReadParameterGradient(
      layer, gradient,
      [&](int64_t block, int64_t row, int64_t column, const ArrayView<const T>& part) {
        const int64_t stride = blocks[block].stride();
        const ArrayView<T> parameters(blocks[block].data() + row * stride + column,
                                      {part.shape(0), part.shape(1)}, {stride, 1});
        exception.Call([&] {
          parts_.optimizer.Call("UpdatePart", &Optimizer<T>::UpdatePart, first_block + block,
                                BlockPosition{row, column}, parameters, part);
        });
      });
  exception.Rethrow();
}

template <class T>
void Stage<T>::VisitState(StateVisitor& visitor) {
  parts_.optimizer.Call("VisitState", &Optimizer<T>::VisitState, visitor);
}

template class Stage<float>;
template class Stage<double>;

}  // namespace didact
