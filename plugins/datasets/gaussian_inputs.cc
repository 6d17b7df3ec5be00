#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/plugin/generated_dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/dataset.pb.h"

namespace didact {
namespace {

// Inputs whose components are independent, normal, of mean 0.
//
// Config:   didact.GaussianInputs, e.g. `[didact/GaussianInputs] { dimension: 100 size: 10000
//           stddev: 1.5 }`.
// Shapes:   a sample is [dimension].
// Units:    those of stddev.
// Errors:   none.
// Threads:  immutable after Prepare.
// Numerics: drawn and scaled in double, then rounded to T. Sample i depends on the stream and i
//           alone, not on `size`, so a larger data set begins with the smaller one.
// Source:   the input distribution of Tian's experiments, "Student Specialization in Deep Rectified
//           Networks With Finite Width and Input Dimension", ICML 2020.
template <class T>
class GaussianInputsDataset final : public GeneratedDataset<T, GaussianInputs> {
 public:
  using GeneratedDataset<T, GaussianInputs>::GeneratedDataset;

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    const double stddev = this->config().stddev();
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const absl::Span<T> row = inputs.row(i);
      ForEachNormal(this->random(), first + i, this->config().dimension(),
                    [&](int64_t component, double normal) {
                      row[component] = static_cast<T>(stddev * normal);
                    });
    }
    return absl::OkStatus();
  }
};

}  // namespace

absl::Status RegisterGaussianInputs(PluginRegistry& registry) {
  return registry.Add<GaussianInputs, GaussianInputsDataset>();
}

}  // namespace didact
