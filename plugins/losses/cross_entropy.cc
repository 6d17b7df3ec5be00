#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/simd_map.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/loss.pb.h"

namespace didact {
namespace {

// The softmax of one sample's outputs, divided by a temperature; computed in parts, so that no
// memory is needed for all of it.
template <class T>
class Softmax {
 public:
  // Probabilities of consecutive outputs.
  using Part = std::array<double, 64>;

  Softmax(absl::Span<const T> outputs, double temperature)
      : outputs_(outputs),
        temperature_(temperature),
        largest_(*std::max_element(outputs.begin(), outputs.end())) {
    Part part;
    for (size_t first = 0; first < outputs_.size(); first += part.size()) {
      for (const double exponential : Exponentials(first, part)) sum_ += exponential;
    }
    SimdMap(
        absl::MakeSpan(&log_sum_, 1), [](Batch x) { return xsimd::log(x); },
        absl::MakeConstSpan(&sum_, 1));
  }

  // -log of the probability of output k.
  double Surprisal(size_t k) const {
    return log_sum_ + (largest_ - static_cast<double>(outputs_[k])) / temperature_;
  }

  // Writes the probabilities of the outputs from `first` on, as many as there are and fit, and
  // returns them.
  absl::Span<const double> Probabilities(size_t first, Part& part) const {
    const absl::Span<double> probabilities = Exponentials(first, part);
    for (double& probability : probabilities) probability /= sum_;
    return probabilities;
  }

 private:
  using Batch = xsimd::batch<double>;

  // The same before they are divided by their sum.
  absl::Span<double> Exponentials(size_t first, Part& part) const {
    const size_t count = std::min(outputs_.size() - first, part.size());
    const absl::Span<double> exponentials(part.data(), count);
    for (size_t k = 0; k < count; ++k) {
      exponentials[k] = static_cast<double>(outputs_[first + k]) - largest_;
    }
    SimdMap(
        exponentials, [this](Batch x) { return xsimd::exp(x / Batch(temperature_)); },
        absl::Span<const double>(exponentials));
    return exponentials;
  }

  absl::Span<const T> outputs_;
  double temperature_;
  double largest_;
  double sum_ = 0;  // of exp((outputs - largest) / temperature)
  double log_sum_ = 0;
};

// Cross entropy of the softmax of the student's outputs s: -sum_k p_k log softmax(s / t)_k per
// sample. p is 1 for one class, the largest of the teacher's outputs or the label, and 0 for the
// others, and t is 1; or p = softmax(y / t), y the teacher's outputs.
//
// Config:   didact.CrossEntropy; teacher_argmax, labels or soft_targets { temperature: t } (default:
//           teacher_argmax with a teacher, labels without).
// Shapes:   outputs, targets and gradient [batch, outputs], outputs >= 2; labels [batch].
// Gradient: of the mean over the batch, (softmax(s / t) - p) / (t * batch).
// Errors:   none; an experiment without the teacher, the labels or the outputs is refused.
// Threads:  immutable once built; all methods may run concurrently.
// Numerics: in double; log softmax as s - max s - log sum exp(s - max s), so that no output
//           overflows and none is lost; row by row, so that batches may be split anywhere. Of
//           several largest outputs of the teacher the first is the class. Outputs that are not
//           finite, of the student or of the teacher, give NaN.
// Source:   PyTorch's cross_entropy, of class indices and of probabilities; soft targets: Hinton,
//           Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, without the
//           factor t^2; teacher_argmax: the multi-layer reference of Tian, ICML 2020.
// Example:  loss { [didact/CrossEntropy] { soft_targets { temperature: 2 } } }
template <class T>
class CrossEntropyLoss final : public LossFunction<T> {
 public:
  explicit CrossEntropyLoss(const CrossEntropy& config)
      : target_(config.target_case()),
        temperature_(config.has_soft_targets() ? config.soft_targets().temperature() : 1) {}

  std::vector<LossTargets> targets() const override {
    switch (target_) {
      case CrossEntropy::kTeacherArgmax:
      case CrossEntropy::kSoftTargets:
        return {{.teacher = true}};
      case CrossEntropy::kLabels:
        return {{.labels = true}};
      case CrossEntropy::TARGET_NOT_SET:
        break;
    }
    return {{.teacher = true}, {.labels = true}};
  }

  int64_t least_outputs() const override { return 2; }

  double Sum(const LossBatch<T>& batch) const override { return SumOf(batch, nullptr, 0); }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    return SumOf(batch, gradient.data(), gradient.stride(0));
  }

 private:
  // Also writes the gradient unless it is null.
  double SumOf(const LossBatch<T>& batch, T* gradient, int64_t gradient_stride) const {
    const int64_t count = batch.student_outputs.shape(0);
    const double factor = 1 / (temperature_ * static_cast<double>(count));
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
      const Softmax<T> student(batch.student_outputs.row(i), temperature_);
      T* const row = gradient == nullptr ? nullptr : gradient + i * gradient_stride;
      const size_t outputs = batch.student_outputs.row(i).size();
      if (target_ == CrossEntropy::kSoftTargets) {
        const Softmax<T> teacher(batch.targets.row(i), temperature_);
        sum += Compare(student, teacher, outputs, factor, row);
      } else if (!HasClass(batch, i)) {
        sum += std::numeric_limits<double>::quiet_NaN();
        if (row != nullptr) std::fill_n(row, outputs, std::numeric_limits<T>::quiet_NaN());
      } else {
        sum += Compare(student, ClassOf(batch, i), outputs, factor, row);
      }
    }
    return sum;
  }

  // Returns false if the class is the largest of outputs that are not all finite.
  static bool HasClass(const LossBatch<T>& batch, int64_t i) {
    return batch.targets.empty() ||
           absl::c_all_of(batch.targets.row(i), [](T output) { return std::isfinite(output); });
  }

  static size_t ClassOf(const LossBatch<T>& batch, int64_t i) {
    if (batch.targets.empty()) return static_cast<size_t>(batch.labels[i]);
    const absl::Span<const T> teacher = batch.targets.row(i);
    return static_cast<size_t>(std::max_element(teacher.begin(), teacher.end()) - teacher.begin());
  }

  // The loss of one sample with a class. Also writes its gradient, times `factor`, unless it is
  // null.
  static double Compare(const Softmax<T>& student, size_t right, size_t outputs, double factor,
                        T* gradient) {
    typename Softmax<T>::Part part;
    for (size_t first = 0; gradient != nullptr && first < outputs; first += part.size()) {
      const absl::Span<const double> probabilities = student.Probabilities(first, part);
      for (size_t k = 0; k < probabilities.size(); ++k) {
        const double target = first + k == right ? 1 : 0;
        gradient[first + k] = static_cast<T>(factor * (probabilities[k] - target));
      }
    }
    return student.Surprisal(right);
  }

  // The same with the probabilities of the teacher.
  static double Compare(const Softmax<T>& student, const Softmax<T>& teacher, size_t outputs,
                        double factor, T* gradient) {
    double sum = 0;
    typename Softmax<T>::Part target_part;
    typename Softmax<T>::Part part;
    for (size_t first = 0; first < outputs; first += part.size()) {
      const absl::Span<const double> targets = teacher.Probabilities(first, target_part);
      for (size_t k = 0; k < targets.size(); ++k) sum += targets[k] * student.Surprisal(first + k);
      if (gradient == nullptr) continue;
      const absl::Span<const double> probabilities = student.Probabilities(first, part);
      for (size_t k = 0; k < probabilities.size(); ++k) {
        gradient[first + k] = static_cast<T>(factor * (probabilities[k] - targets[k]));
      }
    }
    return sum;
  }

  CrossEntropy::TargetCase target_;
  double temperature_;
};

}  // namespace

absl::Status RegisterCrossEntropy(PluginRegistry& registry) {
  return registry.Add<CrossEntropy, CrossEntropyLoss>();
}

}  // namespace didact
