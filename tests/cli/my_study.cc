// The functions that plugins/README.md shows, for a program that links them and for a plugin
// library.

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/function_plugins.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/registry.h"

absl::Status RegisterMyStudy(didact::PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR(didact::AddActivation(
      registry, {"my_study.Square", "y = x^2."}, [](auto x) { return x * x; },
      [](auto x) { return 2 * x; }));
  DIDACT_RETURN_IF_ERROR(didact::AddDataset(
      registry, {"my_study.Signs", "Independent components, 1 or -1 with equal probability."},
      [](const didact::RandomStream& random, absl::Span<double> input) {
        for (size_t k = 0; k < input.size(); ++k) input[k] = random.Uniform(k) < 0.5 ? -1 : 1;
      }));
  return didact::AddMetric(
      registry, {"my_study.FirstOutput", "The student's first output, mean over samples."},
      [](const auto& batch) {
        double sum = 0;
        for (int64_t i = 0; i < batch.size; ++i) sum += batch.student_outputs(i, 0);
        return sum;
      });
}

DIDACT_PLUGIN_LIBRARY("my_study", "1.0", RegisterMyStudy)
