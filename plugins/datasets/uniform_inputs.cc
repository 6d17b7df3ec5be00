#include <cmath>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/generated_dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/dataset.pb.h"

namespace didact {
namespace {

// Inputs whose components are independent and uniform in [low, high).
//
// Config:   didact.UniformInputs, e.g. `[didact/UniformInputs] { dimension: 100 size: 10000 low: -1
//           high: 1 }`.
// Shapes:   a sample is [dimension].
// Units:    those of low and high.
// Errors:   Build: INVALID_ARGUMENT unless low < high, as numbers of type T.
// Threads:  immutable after Prepare.
// Numerics: drawn in double, then rounded to T; a value that rounding would take to `high` becomes
//           the number before it. Sample i depends on the stream and i alone, not on `size`.
// Source:   none needed.
template <class T>
class UniformInputsDataset final : public GeneratedDataset<T, UniformInputs> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const UniformInputs& config,
                                                           const BuildContext& context) {
    if (!(static_cast<T>(config.low()) < static_cast<T>(config.high()))) {
      return context.path.Field("high").Invalid(
          absl::StrCat("must be > low, which is ", ShortestNumber(config.low()), ", got ",
                       ShortestNumber(config.high()),
                       sizeof(T) == sizeof(float) ? " (in float precision)" : ""));
    }
    return std::make_unique<UniformInputsDataset>(config);
  }

  using GeneratedDataset<T, UniformInputs>::GeneratedDataset;

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    const double low = this->config().low();
    const double high = this->config().high();
    const T end = static_cast<T>(high);
    const T last = std::nextafter(end, static_cast<T>(low));
    const uint64_t dimension = static_cast<uint64_t>(inputs.shape(1));
    const NumberedRows numbers = {.rows = inputs.shape(0),
                                  .columns = inputs.shape(1),
                                  .first = static_cast<uint64_t>(first) * dimension,
                                  .stride = dimension};
    const auto write = [&](int64_t i, absl::Span<const double> uniforms) {
      const absl::Span<T> row = inputs.row(i);
      for (size_t component = 0; component < row.size(); ++component) {
        const double u = uniforms[component];
        // low + (high - low) * u would be shorter, but the difference may overflow.
        const T value = static_cast<T>(low * (1 - u) + high * u);
        row[component] = value < end ? value : last;
      }
    };
    ForEachRowOfUniforms(this->random(), numbers, write);
    return absl::OkStatus();
  }
};

}  // namespace

absl::Status RegisterUniformInputs(PluginRegistry& registry) {
  return registry.Add<UniformInputs, UniformInputsDataset>();
}

}  // namespace didact
