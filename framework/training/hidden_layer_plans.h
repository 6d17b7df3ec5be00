// Describes the hidden layers of a network by their configs.

#ifndef DIDACT_FRAMEWORK_TRAINING_HIDDEN_LAYER_PLANS_H_
#define DIDACT_FRAMEWORK_TRAINING_HIDDEN_LAYER_PLANS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/protos/network.pb.h"
#include "google/protobuf/repeated_field.h"

namespace didact {

// Returns descriptions of the layers `hidden` with these widths instead of their own.
//   path: that of the field `hidden`.
//   create_activation(config, path): returns the ConfiguredPlugin<Activation<T>> of a config.
template <class T, class CreateActivation>
std::vector<HiddenLayerPlan<T>> HiddenLayerPlans(
    const google::protobuf::RepeatedPtrField<HiddenLayer>& hidden, absl::Span<const int64_t> widths,
    const FieldPath& path, const CreateActivation& create_activation) {
  std::vector<HiddenLayerPlan<T>> plans;
  for (int l = 0; l < hidden.size(); ++l) {
    HiddenLayerPlan<T>& plan = plans.emplace_back();
    plan.width = widths[l];
    plan.activation = create_activation(hidden[l].activation(), path.Index(l).Field("activation"));
    if (hidden[l].has_conv()) {
      const Convolution& conv = hidden[l].conv();
      plan.convolution = {conv.kernel(), conv.stride(), conv.padding()};
    }
    if (hidden[l].has_batch_norm()) {
      const BatchNorm& batch_norm = hidden[l].batch_norm();
      plan.batch_norm = {batch_norm.affine(), batch_norm.before_activation()};
    }
    if (hidden[l].has_pool()) {
      const Pooling& pool = hidden[l].pool();
      plan.pooling = {pool.kind() == Pooling::MAX, pool.kernel(),
                      pool.has_stride() ? pool.stride() : pool.kernel()};
    }
  }
  return plans;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_HIDDEN_LAYER_PLANS_H_
