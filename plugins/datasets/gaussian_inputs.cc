#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/random_numbers.h"
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
// Numerics: drawn and scaled in T; floats are the doubles to float's precision. Sample i depends on
//           the stream and i alone, not on `size`, so a larger data set begins with the smaller
//           one.
// Source:   the input distribution of Tian's experiments, "Student Specialization in Deep Rectified
//           Networks With Finite Width and Input Dimension", ICML 2020.
template <class T>
class GaussianInputsDataset final : public GeneratedDataset<T, GaussianInputs> {
 public:
  using GeneratedDataset<T, GaussianInputs>::GeneratedDataset;

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    const T stddev = static_cast<T>(this->config().stddev());
    ForEachRowOfNormals<T>(this->random(),
                           NormalsOfSamples(first, inputs.shape(0), inputs.shape(1)),
                           [&](int64_t i, absl::Span<const T> normals) {
                             Scale(stddev, normals.data(), inputs.row(i).data(), inputs.shape(1));
                           });
    return absl::OkStatus();
  }
};

}  // namespace

absl::Status RegisterGaussianInputs(PluginRegistry& registry) {
  return registry.Add<GaussianInputs, GaussianInputsDataset>();
}

}  // namespace didact
