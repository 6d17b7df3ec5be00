// Checks of losses, with each alternative of targets and labels that they name:
//
//   builds       in both precisions
//   targets      there is an alternative, the same ones in both precisions, and none with both
//                kinds of targets; least_outputs is positive
//   gradient     agrees with central differences of Sum in double, and overwrites earlier contents
//   factor       if SquaredErrorFactor returns a factor, the sum without labels is this factor
//                times the squared error
//   sums         Sum and SumAndGradient return the same finite sum
//   concurrent   two threads get the bits that each of them would get alone
//   nan          if an output of the student is NaN, the sum is not finite, so that the trial is
//                found to have diverged
//   far          if outputs grow to a thousand times those of the other checks, sum and gradient are
//                not NaN, and are infinite only where the loss grows beyond the largest number
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
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/plugin/loss.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 7;

// Number of outputs with which a loss is checked.
template <class T>
int64_t OutputsFor(const LossFunction<T>& loss) {
  return std::max<int64_t>(5, loss.least_outputs());
}

// Outputs of a batch, equal in both precisions up to rounding.
template <class T>
struct Outputs {
  // Labels are of all classes that the loss tells apart. `targets`: one of those of the loss.
  // `seed`: other numbers for each.
  Outputs(const LossFunction<T>& loss, const LossTargets& targets, uint64_t seed = 1)
      : targets(targets), student(kSamples, OutputsFor(loss)), teacher(kSamples, OutputsFor(loss)) {
    const RandomStream random(seed, "conformance");
    student.Randomize(random.Split("student"));
    teacher.Randomize(random.Split("teacher"));
    if (!targets.labels) return;
    const int64_t outputs = OutputsFor(loss);
    const int64_t classes = std::clamp<int64_t>(loss.Classes(outputs), 1, outputs);
    for (int64_t i = 0; i < kSamples; ++i) labels.push_back((3 * i + 1) % classes);
  }

  // Labels and targets are empty unless the alternative names them.
  LossBatch<T> Batch(int64_t first = 0, int64_t count = kSamples) const {
    LossBatch<T> batch;
    batch.student_outputs = student.view().rows(first, count);
    if (targets.teacher || targets.array) batch.targets = teacher.view().rows(first, count);
    if (targets.labels) batch.labels = absl::MakeConstSpan(labels).subspan(first, count);
    return batch;
  }

  LossTargets targets;
  GuardedMatrix<T> student;
  GuardedMatrix<T> teacher;
  std::vector<int64_t> labels;
};

absl::Status Gradient(const LossFunction<double>& loss, const LossTargets& targets) {
  Outputs<double> outputs(loss, targets);
  GuardedMatrix<double> gradient(kSamples, OutputsFor(loss));
  gradient.Randomize(RandomStream(2, "conformance"), 100);  // must be overwritten
  loss.SumAndGradient(outputs.Batch(), gradient.view());
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t k = 0; k < OutputsFor(loss); ++k) {
      double& output = outputs.student(i, k);
      const double before = output;
      double best_difference = 0;
      double best_error = std::numeric_limits<double>::infinity();
      for (const double step : {1e-3, 1e-4, 1e-5}) {
        output = before + step;
        const double above = loss.Sum(outputs.Batch());
        output = before - step;
        const double below = loss.Sum(outputs.Batch());
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
absl::Status Sums(const LossFunction<T>& loss, const LossTargets& targets) {
  const Outputs<T> outputs(loss, targets);
  GuardedMatrix<T> gradient(kSamples, OutputsFor(loss));
  const LossBatch<T> batch = outputs.Batch();
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
absl::Status Factor(const LossFunction<T>& loss, const LossTargets& targets) {
  const std::optional<double> factor = loss.SquaredErrorFactor(OutputsFor(loss));
  if (!factor || targets.labels) return absl::OkStatus();
  const Outputs<T> outputs(loss, targets);
  double squared_error = 0;
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t k = 0; k < OutputsFor(loss); ++k) {
      const double error = static_cast<double>(outputs.student(i, k)) - outputs.teacher(i, k);
      squared_error += error * error;
    }
  }
  const double sum = loss.Sum(outputs.Batch());
  const double epsilon = std::numeric_limits<T>::epsilon();
  if (*factor == 0 || !(std::fabs(*factor * squared_error - sum) <= 16 * epsilon * sum)) {
    return absl::InternalError(absl::StrCat("SquaredErrorFactor times the squared error, ", *factor,
                                            " times ", squared_error, ", must be Sum, got ", sum));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Nan(const LossFunction<T>& loss, const LossTargets& targets) {
  for (int64_t i = 0; i < kSamples; ++i) {
    for (int64_t k = 0; k < OutputsFor(loss); ++k) {
      Outputs<T> outputs(loss, targets);
      outputs.student(i, k) = std::numeric_limits<T>::quiet_NaN();
      GuardedMatrix<T> gradient(kSamples, OutputsFor(loss));
      for (const double sum :
           {loss.Sum(outputs.Batch()), loss.SumAndGradient(outputs.Batch(), gradient.view())}) {
        if (!std::isfinite(sum)) continue;
        return absl::InternalError(
            absl::StrCat("the sum must not be finite where an output of the student is NaN, got ",
                         sum, " for output ", k, ": a training that diverged would look sound"));
      }
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Far(const LossFunction<T>& loss, const LossTargets& targets) {
  // Where one doubling of the outputs may make the loss infinite, as an exponential function does.
  const double huge = std::pow(static_cast<double>(std::numeric_limits<T>::max()), 0.25);
  double before = 0;
  for (T scale = 1; scale <= 1024; scale *= 2) {
    Outputs<T> outputs(loss, targets);
    for (GuardedMatrix<T>* const matrix : {&outputs.student, &outputs.teacher}) {
      for (int64_t i = 0; i < kSamples; ++i) {
        for (int64_t k = 0; k < OutputsFor(loss); ++k) (*matrix)(i, k) *= scale;
      }
    }
    GuardedMatrix<T> gradient(kSamples, OutputsFor(loss));
    const double sum = loss.SumAndGradient(outputs.Batch(), gradient.view());
    if (std::isnan(sum) || (std::isinf(sum) && !(std::fabs(before) > huge))) {
      return absl::InternalError(
          absl::StrCat("the sum must be finite for outputs ", scale, " times as large, got ", sum,
                       ", after ", before, " for half of that: an intermediate result overflows"));
    }
    if (!(std::fabs(sum) > huge)) {
      DIDACT_RETURN_IF_ERROR(Annotate(gradient.CheckFinite(),
                                      absl::StrCat("the gradient for outputs ", scale,
                                                   " times as large, where the sum is ", sum)));
    }
    before = sum;
  }
  return absl::OkStatus();
}

template <class T>
absl::Status AnySplit(const LossFunction<T>& loss, const LossTargets& targets) {
  const Outputs<T> outputs(loss, targets);
  const double epsilon = std::numeric_limits<T>::epsilon();
  GuardedMatrix<T> whole(kSamples, OutputsFor(loss));
  const double whole_sum = loss.SumAndGradient(outputs.Batch(), whole.view());
  for (int64_t split = 1; split < kSamples; ++split) {
    double sum = 0;
    GuardedMatrix<T> parts(kSamples, OutputsFor(loss));
    for (const auto& [first, count] :
         {std::pair<int64_t, int64_t>(0, split), {split, kSamples - split}}) {
      const ArrayView<T> rows = parts.view().rows(first, count);
      sum += loss.SumAndGradient(outputs.Batch(first, count), rows);
      // Gradients are those of the mean: times count / kSamples, a sample's gradient equals that in
      // the whole batch.
      for (int64_t i = 0; i < count; ++i) {
        for (int64_t k = 0; k < OutputsFor(loss); ++k)
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

template <class T>
absl::Status CheckTargets(const LossFunction<T>& loss, const std::vector<LossTargets>& same) {
  if (loss.least_outputs() < 1) return absl::InternalError("least_outputs() must be positive");
  const std::vector<LossTargets> alternatives = loss.targets();
  if (alternatives.empty()) return absl::InternalError("targets() must name an alternative");
  for (const LossTargets& targets : alternatives) {
    if (targets.teacher && targets.array) {
      return absl::InternalError(
          "targets() must not name both the teacher and the array in one alternative");
    }
  }
  if (alternatives == same) return absl::OkStatus();
  return absl::InternalError("targets() must be the same at every call and in float and double");
}

absl::Status Precisions(const LossFunction<float>& in_float, const LossFunction<double>& in_double,
                        const LossTargets& targets) {
  GuardedMatrix<float> float_gradient(kSamples, OutputsFor(in_float));
  GuardedMatrix<double> double_gradient(kSamples, OutputsFor(in_float));
  const Outputs<float> float_outputs(in_float, targets);
  const Outputs<double> double_outputs(in_double, targets);
  const double float_sum = in_float.SumAndGradient(float_outputs.Batch(), float_gradient.view());
  const double double_sum =
      in_double.SumAndGradient(double_outputs.Batch(), double_gradient.view());
  if (!(std::fabs(float_sum - double_sum) <= 1e-5 * (1 + std::fabs(double_sum)))) {
    return absl::InternalError(absl::StrCat("float must be close to double, got the sum ",
                                            float_sum, " for ", double_sum));
  }
  return CheckClose(double_gradient, float_gradient, 1e-5, "gradients in float and double");
}

template <class T>
absl::Status OwnRows(const LossFunction<T>& loss, const LossTargets& targets) {
  const Outputs<T> outputs(loss, targets);
  GuardedMatrix<T> gradient(kSamples, OutputsFor(loss));
  loss.SumAndGradient(outputs.Batch(), gradient.view());
  return gradient.CheckGuards();
}

template <class T>
absl::Status Concurrent(const LossFunction<T>& loss, const LossTargets& targets) {
  const auto caller = [&](uint64_t seed) {
    const Outputs<T> outputs(loss, targets, seed);
    const double sum = loss.Sum(outputs.Batch());
    GuardedMatrix<T> gradient(kSamples, OutputsFor(loss));
    const double sum_with_gradient = loss.SumAndGradient(outputs.Batch(), gradient.view());
    return [&loss, outputs, sum, sum_with_gradient, gradient]() -> absl::Status {
      GuardedMatrix<T> again(gradient.rows(), gradient.columns());
      const double sum_again = loss.Sum(outputs.Batch());
      const double sum_with_gradient_again = loss.SumAndGradient(outputs.Batch(), again.view());
      if (sum_again != sum || sum_with_gradient_again != sum_with_gradient) {
        return absl::InternalError(absl::StrCat(
            "the sum must be the same while another thread uses the loss, got ", sum_again, " and ",
            sum_with_gradient_again, " for ", sum, "; do const methods share a buffer?"));
      }
      return CheckSameBits(gradient, again, "the gradient while another thread uses the loss");
    };
  };
  return CallConcurrently(caller(1), caller(2));
}

std::string Describe(const LossTargets& targets) {
  return absl::StrCat("with", targets.teacher ? " the teacher's outputs" : "",
                      targets.array ? " the data's targets" : "",
                      targets.teacher || targets.array ? "" : "out targets",
                      targets.labels ? " and with labels" : "");
}

// Runs `check` for each alternative of the loss, which a failure names.
template <class T, class Check>
absl::Status ForEachAlternative(const LossFunction<T>& loss, Check check) {
  for (const LossTargets& targets : loss.targets()) {
    DIDACT_RETURN_IF_ERROR(Annotate(check(targets), Describe(targets)));
  }
  return absl::OkStatus();
}

}  // namespace

void CheckLoss(const PluginRegistry& registry, const google::protobuf::Any& config,
               CheckList& checks) {
  const Maker<LossFunction> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const std::unique_ptr<LossFunction<float>> in_float = maker.Make<float>().value();
  const std::unique_ptr<LossFunction<double>> in_double = maker.Make<double>().value();
  const std::vector<LossTargets> alternatives = in_double->targets();
  RunOnBoth(checks, "targets", *in_float, *in_double,
            [&](const auto& loss) { return CheckTargets(loss, alternatives); });
  if (checks.last_failed()) return;
  const auto both = [&](absl::string_view name, auto check) {
    RunOnBoth(checks, name, *in_float, *in_double, [&check](const auto& loss) {
      return ForEachAlternative(loss,
                                [&](const LossTargets& targets) { return check(loss, targets); });
    });
  };
  checks.Run("gradient", [&] {
    return ForEachAlternative(
        *in_double, [&](const LossTargets& targets) { return Gradient(*in_double, targets); });
  });
  both("factor", [](const auto& loss, const auto& targets) { return Factor(loss, targets); });
  both("sums", [](const auto& loss, const auto& targets) { return Sums(loss, targets); });
  if (!checks.last_failed()) {
    both("concurrent",
         [](const auto& loss, const auto& targets) { return Concurrent(loss, targets); });
  }
  both("nan", [](const auto& loss, const auto& targets) { return Nan(loss, targets); });
  both("far", [](const auto& loss, const auto& targets) { return Far(loss, targets); });
  both("any_split", [](const auto& loss, const auto& targets) { return AnySplit(loss, targets); });
  checks.Run("precisions", [&] {
    return ForEachAlternative(*in_double, [&](const LossTargets& targets) {
      return Precisions(*in_float, *in_double, targets);
    });
  });
  both("own_rows", [](const auto& loss, const auto& targets) { return OwnRows(loss, targets); });
}

}  // namespace didact
