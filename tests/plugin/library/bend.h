// The implementation that the plugin libraries of this folder register.

#ifndef DIDACT_TESTS_PLUGIN_LIBRARY_BEND_H_
#define DIDACT_TESTS_PLUGIN_LIBRARY_BEND_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/factory.h"

namespace didact::loader_test {

// f(x) = x for x > 0 and slope * x otherwise.
template <class T>
class BendActivation : public Activation<T> {
 public:
  explicit BendActivation(double slope) : slope_(static_cast<T>(slope)) {}

  template <class Config>
  static absl::StatusOr<std::unique_ptr<Activation<T>>> Build(const Config& config,
                                                              const BuildContext&) {
    if constexpr (requires { config.slope(); }) {
      return std::make_unique<BendActivation>(config.slope());
    } else {
      return std::make_unique<BendActivation>(1.0);
    }
  }

  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    for (size_t i = 0; i < activation.size(); ++i) {
      const T x = pre_activation[i];
      activation[i] = x > 0 ? x : slope_ * x;
    }
  }

  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    for (size_t i = 0; i < gradient.size(); ++i) {
      if (!(pre_activation[i] > 0)) gradient[i] *= slope_;
    }
  }

 private:
  T slope_;
};

}  // namespace didact::loader_test

#endif  // DIDACT_TESTS_PLUGIN_LIBRARY_BEND_H_
