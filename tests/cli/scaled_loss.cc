// A plugin library that BUILD.bazel builds in several variants. Its objective is LOSS_SCALE times
// half the squared error; the library is called LIBRARY_NAME and has version LIBRARY_VERSION.

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/loss.h"
#include "google/protobuf/wrappers.pb.h"

namespace didact::scaled {
namespace {

template <class T>
class ScaledLossFunction final : public LossFunction<T> {
 public:
  static absl::StatusOr<std::unique_ptr<LossFunction<T>>> Build(
      const google::protobuf::LOSS_CONFIG&, const BuildContext&) {
    return std::make_unique<ScaledLossFunction>();
  }

  double Sum(const LossBatch<T>& batch) const override {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (int64_t j = 0; j < batch.student_outputs.shape(1); ++j) {
        const double error = batch.student_outputs(i, j) - batch.targets(i, j);
        sum += LOSS_SCALE * error * error / 2;
      }
    }
    return sum;
  }

  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t j = 0; j < gradient.shape(1); ++j) {
        gradient(i, j) = static_cast<T>(LOSS_SCALE) *
                         (batch.student_outputs(i, j) - batch.targets(i, j)) /
                         static_cast<T>(gradient.shape(0));
      }
    }
    return Sum(batch);
  }
};

absl::Status Register(PluginRegistry& registry) {
  return registry.Add<google::protobuf::LOSS_CONFIG, ScaledLossFunction>();
}

}  // namespace
}  // namespace didact::scaled

DIDACT_PLUGIN_LIBRARY(LIBRARY_NAME, LIBRARY_VERSION, didact::scaled::Register)
