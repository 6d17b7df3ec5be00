// Plugins that make the order of a step visible, which no built-in plugin does.

#ifndef DIDACT_TESTS_TRAINING_STEP_PLUGINS_H_
#define DIDACT_TESTS_TRAINING_STEP_PLUGINS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/builtin.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"

namespace didact {

// Half the squared distance of the student's outputs from the teacher's. The config's number is
// added to the teacher's output that has the number of the sample's label.
template <class T>
class LabeledError final : public LossFunction<T> {
 public:
  static absl::StatusOr<std::unique_ptr<LossFunction<T>>> Build(
      const google::protobuf::FloatValue& config, const BuildContext&) {
    auto loss = std::make_unique<LabeledError>();
    loss->label_weight_ = config.value();
    return loss;
  }

  std::vector<LossTargets> targets() const override { return {{.teacher = true, .labels = true}}; }

  double Sum(const LossBatch<T>& batch) const override { return SumOver(batch, ArrayView<T>()); }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    return SumOver(batch, gradient);
  }

 private:
  // `gradient` may be empty.
  double SumOver(const LossBatch<T>& batch, ArrayView<T> gradient) const {
    const int64_t count = batch.student_outputs.shape(0);
    EXPECT_EQ(static_cast<int64_t>(batch.labels.size()), count);
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t k = 0; k < batch.student_outputs.shape(1); ++k) {
        const double target = batch.targets(i, k) + (k == batch.labels[i] ? label_weight_ : 0);
        const double error = batch.student_outputs(i, k) - target;
        sum += error * error / 2;
        if (gradient.data() != nullptr) gradient(i, k) = static_cast<T>(error / count);
      }
    }
    return sum;
  }

  double label_weight_ = 0;
};

// Multiplies all inputs by the config's number.
template <class T>
class ScaledInputs final : public Augmentation<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Augmentation<T>>> Build(
      const google::protobuf::FloatValue& config, const BuildContext&) {
    auto augmentation = std::make_unique<ScaledInputs>();
    augmentation->factor_ = config.value();
    return augmentation;
  }

  void Apply(const RandomStream&, ArrayView<T> inputs) const override {
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (T& component : inputs.row(i)) component *= static_cast<T>(factor_);
    }
  }

 private:
  double factor_ = 1;
};

// Returns all built-in plugins and those above, which have google.protobuf.FloatValue as their
// config.
inline const PluginRegistry& StepRegistry() {
  static const PluginRegistry* const registry = [] {
    auto* const plugins = new PluginRegistry();
    EXPECT_EQ(RegisterBuiltinPlugins(*plugins), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::FloatValue, LabeledError>()), absl::OkStatus());
    EXPECT_EQ((plugins->Add<google::protobuf::FloatValue, ScaledInputs>()), absl::OkStatus());
    return plugins;
  }();
  return *registry;
}

}  // namespace didact

#endif  // DIDACT_TESTS_TRAINING_STEP_PLUGINS_H_
