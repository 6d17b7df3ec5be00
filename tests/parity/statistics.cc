#include "tests/parity/statistics.h"

#include <cmath>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "xtensor/xbuilder.hpp"
#include "xtensor/xmanipulation.hpp"
#include "xtensor/xmath.hpp"

namespace didact {
namespace {

Array Same(absl::Span<const Array> values) { return values[0]; }

// Combines a weight [out, in] and a bias [out] into one matrix [in + 1, out].
Array Layer(absl::Span<const Array> values) { return LayerOf(values[0], values[1]); }

// The reference records the direction of descent, not the gradient.
Array Descent(absl::Span<const Array> values) { return -xt::transpose(values[0]); }
Array LayerDescent(absl::Span<const Array> values) { return -Layer(values); }

// Returns the norm of parts from the norms of the parts.
Array Norm(absl::Span<const Array> values) {
  return Array(std::hypot(values[0].flat(0), values[1].flat(0)));
}

// Returns a vector with a number appended.
Array Appended(absl::Span<const Array> values) {
  return xt::concatenate(xt::xtuple(values[0], xt::atleast_1d(values[1])));
}

}  // namespace

const std::vector<Statistic>& TwoLayerStatistics() {
  constexpr auto kRounded = Statistic::Comparison::kRounded;
  constexpr auto kEqual = Statistic::Comparison::kEqual;
  static const auto& statistics = *new std::vector<Statistic>{
      {"W1_s", {"student.0.weight", "student.0.bias"}, Layer},
      {"W2_s", {"student.1.weight", "student.1.bias"}, Layer},
      {"train_loss", {"train.mse"}, Same},
      {"eval_loss", {"eval.mse"}, Same},
      {"corr_train", {"train.specialization.layer0.correlation"}, Same},
      {"corr_eval", {"eval.specialization.layer0.correlation"}, Same},
      {"counts_train", {"train.specialization.layer0.count"}, Same, kEqual},
      {"counts_eval", {"eval.specialization.layer0.count"}, Same, kEqual},
      {"obs_train", {"train.observability.layer0"}, Same, kEqual},
      {"obs_eval", {"eval.observability.layer0"}, Same, kEqual},
      {"ts_prod", {"train.activation_product.layer0.teacher_student"}, Same},
      {"ss_prod", {"train.activation_product.layer0.student_student"}, Same},
      // The reference excludes the biases of the first layer from these two.
      {"deltaW1_s", {"train.gradient.layer0.weight"}, Descent},
      {"gradW1_norm", {"train.gradient_norm.layer0.weight"}, Same},
      {"deltaW2_s", {"train.gradient.layer1.weight", "train.gradient.layer1.bias"}, LayerDescent},
      {"gradW2_norm",
       {"train.gradient_norm.layer1.weight", "train.gradient_norm.layer1.bias"},
       Norm},
      {"g1_train",
       {"train.per_sample_gradient.layer0", "train.per_sample_gradient.layer0.constant"},
       Appended},
      {"g2_train", {"train.per_sample_gradient.layer1"}, Same},
      {"epoch_deltaW1_norm", {"eval.weight_change.layer0"}, Same, kRounded, 0},
      {"epoch_deltaW2_norm", {"eval.weight_change.layer1"}, Same, kRounded, 0},
  };
  return statistics;
}

bool IsNoStatistic(absl::string_view recorded) {
  constexpr absl::string_view kOthers[] = {"W1_t",      "W2_t",      "X_train",    "X_eval",
                                           "W1_s_init", "W2_s_init", "W1_s_step1", "W2_s_step1",
                                           "batch_idx", "step_lr",   "snap_steps", "thresholds"};
  return absl::StartsWith(recorded, "hp_") || absl::StartsWith(recorded, "draw_") ||
         absl::c_linear_search(kOthers, recorded);
}

}  // namespace didact
