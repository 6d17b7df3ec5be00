// Checks of losses, with labels and targets as far as they need them:
//
//   builds       in both precisions
//   gradient     agrees with central differences of Sum in double, and overwrites earlier contents
//   factor       if SquaredErrorFactor returns a factor, the sum is this factor times the squared
//                error
//   sums         Sum and SumAndGradient return the same finite sum
//   any_split    the sums over parts of a batch add up to that over the batch, and the gradients of
//                samples, multiplied by the size of the part, do not change
//   precisions   float and double agree to float's precision
//   own_rows     nothing but the gradient is written

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/plugin/loss.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 7;
constexpr int64_t kOutputs = 5;

// Outputs of a batch, equal in both precisions up to rounding.
template <class T>
struct Outputs {
  // Labels are of all classes that the loss tells apart.
  explicit Outputs(const LossFunction<T>& loss)
      : student(kSamples, kOutputs), teacher(kSamples, kOutputs) {
    const RandomStream random(1, "conformance");
    student.Randomize(random.Split("student"));
    teacher.Randomize(random.Split("teacher"));
    if (!loss.needs_labels()) return;
    const int64_t classes = std::clamp<int64_t>(loss.Classes(kOutputs), 1, kOutputs);
    for (int64_t i = 0; i < kSamples; ++i) labels.push_back((3 * i + 1) % classes);
  }

  // Labels and targets are empty unless the loss needs them.
  LossBatch<T> Batch(const LossFunction<T>& loss, int64_t first = 0,
                     int64_t count = kSamples) const {
    LossBatch<T> batch;
    batch.student_outputs = student.view().rows(first, count);
    if (loss.needs_targets()) batch.targets = teacher.view().rows(first, count);
    if (loss.needs_labels()) batch.labels = absl::MakeConstSpan(labels).subspan(first, count);
    return batch;
  }

  GuardedMatrix<T> student;
  GuardedMatrix<T> teacher;
  std::vector<int64_t> labels;
};

absl::Status Gradient(const LossFunction<double>& loss) {
  Outputs<double> outputs(loss);
  GuardedMatrix<double> gradient(kSamples, kOutputs);
  gradient.Randomize(RandomStream(2, "conformance"), 100);  // must be overwritten
  loss.SumAndGradient(outputs.Batch(loss), gradient.view());
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t k = 0; k < kOutputs; ++k) {
      double& output = outputs.student(i, k);
      const double before = output;
      double best_difference = 0;
      double best_error = std::numeric_limits<double>::infinity();
      for (const double step : {1e-3, 1e-4, 1e-5}) {
        output = before + step;
        const double above = loss.Sum(outputs.Batch(loss));
        output = before - step;
        const double below = loss.Sum(outputs.Batch(loss));
        const double difference = (above - below) / (2 * step) / kSamples;
        const double error = std::fabs(gradient(i, k) - difference);
        if (error < best_error) {
          best_error = error;
          best_difference = difference;
        }
      }
      output = before;
      if (!(best_error <= 1e-7 * (1 + std::fabs(best_difference)))) {
        return absl::InternalError(absl::StrCat("the gradient of the mean over the batch at [", i,
                                                ", ", k, "] must be that of the sum / batch, got ",
                                                gradient(i, k), ", finite differences say ",
                                                best_difference));
      }
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Sums(const LossFunction<T>& loss) {
  const Outputs<T> outputs(loss);
  GuardedMatrix<T> gradient(kSamples, kOutputs);
  const LossBatch<T> batch = outputs.Batch(loss);
  const double sum = loss.Sum(batch);
  const double with_gradient = loss.SumAndGradient(batch, gradient.view());
  if (!std::isfinite(sum))
    return absl::InternalError(absl::StrCat("Sum must be finite, got ", sum));
  if (!(std::fabs(with_gradient - sum) <= 1e-14 * std::fabs(sum))) {
    return absl::InternalError(absl::StrCat("SumAndGradient must give the sum that Sum gives, got ",
                                            with_gradient, " for ", sum));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Factor(const LossFunction<T>& loss) {
  const std::optional<double> factor = loss.SquaredErrorFactor(kOutputs);
  if (!factor) return absl::OkStatus();
  const Outputs<T> outputs(loss);
  double squared_error = 0;
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t k = 0; k < kOutputs; ++k) {
      const double error = static_cast<double>(outputs.student(i, k)) - outputs.teacher(i, k);
      squared_error += error * error;
    }
  }
  const double sum = loss.Sum(outputs.Batch(loss));
  const double epsilon = std::numeric_limits<T>::epsilon();
  if (*factor == 0 || !(std::fabs(*factor * squared_error - sum) <= 16 * epsilon * sum)) {
    return absl::InternalError(absl::StrCat("SquaredErrorFactor times the squared error, ", *factor,
                                            " times ", squared_error, ", must be Sum, got ", sum));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status AnySplit(const LossFunction<T>& loss) {
  const Outputs<T> outputs(loss);
  const double epsilon = std::numeric_limits<T>::epsilon();
  GuardedMatrix<T> whole(kSamples, kOutputs);
  const double whole_sum = loss.SumAndGradient(outputs.Batch(loss), whole.view());
  for (int64_t split = 1; split < kSamples; ++split) {
    double sum = 0;
    GuardedMatrix<T> parts(kSamples, kOutputs);
    for (const auto& [first, count] :
         {std::pair<int64_t, int64_t>(0, split), {split, kSamples - split}}) {
      const ArrayView<T> rows = parts.view().rows(first, count);
      sum += loss.SumAndGradient(outputs.Batch(loss, first, count), rows);
      // Gradients are those of the mean: times count / kSamples, a sample's gradient equals that in
      // the whole batch.
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < kOutputs; ++k)
          rows(i, k) *= static_cast<T>(count) / static_cast<T>(kSamples);
      }
    }
    if (!(std::fabs(sum - whole_sum) <= 16 * epsilon * (1 + std::fabs(whole_sum)))) {
      return absl::InternalError(
          absl::StrCat("sums over parts must add up, got ", sum, " for ", whole_sum));
    }
    DIDACT_RETURN_IF_ERROR(
        CheckClose(whole, parts, 16 * epsilon, "gradients of parts, weighted by their sizes,"));
  }
  return absl::OkStatus();
}

absl::Status Precisions(const LossFunction<float>& in_float,
                        const LossFunction<double>& in_double) {
  if (in_float.needs_labels() != in_double.needs_labels() ||
      in_float.needs_targets() != in_double.needs_targets()) {
    return absl::InternalError(
        "needs_labels() and needs_targets() must be the same in float and double");
  }
  GuardedMatrix<float> float_gradient(kSamples, kOutputs);
  GuardedMatrix<double> double_gradient(kSamples, kOutputs);
  const double float_sum =
      in_float.SumAndGradient(Outputs<float>(in_float).Batch(in_float), float_gradient.view());
  const double double_sum =
      in_double.SumAndGradient(Outputs<double>(in_double).Batch(in_double), double_gradient.view());
  if (!(std::fabs(float_sum - double_sum) <= 1e-5 * (1 + std::fabs(double_sum)))) {
    return absl::InternalError(absl::StrCat("float must be close to double, got the sum ",
                                            float_sum, " for ", double_sum));
  }
  return CheckClose(double_gradient, float_gradient, 1e-5, "gradients in float and double");
}

template <class T>
absl::Status OwnRows(const LossFunction<T>& loss) {
  const Outputs<T> outputs(loss);
  GuardedMatrix<T> gradient(kSamples, kOutputs);
  loss.SumAndGradient(outputs.Batch(loss), gradient.view());
  return gradient.CheckGuards();
}

}  // namespace

void CheckLoss(const PluginRegistry& registry, const google::protobuf::Any& config,
               CheckList& checks) {
  const Maker<LossFunction> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const std::unique_ptr<LossFunction<float>> in_float = maker.Make<float>().value();
  const std::unique_ptr<LossFunction<double>> in_double = maker.Make<double>().value();
  const auto both = [&](absl::string_view name, auto check) {
    RunOnBoth(checks, name, *in_float, *in_double, check);
  };
  checks.Run("gradient", [&] { return Gradient(*in_double); });
  both("factor", [](const auto& loss) { return Factor(loss); });
  both("sums", [](const auto& loss) { return Sums(loss); });
  both("any_split", [](const auto& loss) { return AnySplit(loss); });
  checks.Run("precisions", [&] { return Precisions(*in_float, *in_double); });
  both("own_rows", [](const auto& loss) { return OwnRows(loss); });
}

}  // namespace didact
