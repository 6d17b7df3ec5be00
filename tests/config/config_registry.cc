#include "tests/config/config_registry.h"

#include "didact/protos/plugins/activation.pb.h"
#include "didact/protos/plugins/augmentation.pb.h"
#include "didact/protos/plugins/dataset.pb.h"
#include "didact/protos/plugins/initializer.pb.h"
#include "didact/protos/plugins/loss.pb.h"
#include "didact/protos/plugins/metric.pb.h"
#include "didact/protos/plugins/optimizer.pb.h"
#include "didact/protos/plugins/projection.pb.h"
#include "didact/protos/plugins/schedule.pb.h"
#include "gtest/gtest.h"
#include "tests/config/config_documentation.h"
#include "tests/plugin/fake_factory.h"

namespace didact::test {
namespace {

template <class... Configs>
void AddAll(PluginRegistry& registry, absl::string_view kind) {
  for (const absl::Status& status : {AddFake<Configs>(registry, kind)...}) {
    EXPECT_EQ(status, absl::OkStatus());
  }
}

}  // namespace

PluginRegistry ConfigRegistry() {
  PluginRegistry registry;
  AddAll<Identity, Relu, LeakyRelu, Tanh>(registry, "activation");
  AddAll<GaussianNoise>(registry, "augmentation");
  AddAll<GaussianInputs, NpyDataset>(registry, "dataset");
  AddAll<SeparatedWeights, GaussianWeights, NpzWeights, NormalizeFanIn, DecayFanOut, ConstantBias,
         OrientToTeacherNode>(registry, "initializer");
  AddAll<HalfSquaredError, MeanSquaredError>(registry, "loss");
  AddAll<Loss, Specialization>(registry, "metric");
  AddAll<Sgd>(registry, "optimizer");
  AddAll<UnitFanIn, Freeze>(registry, "projection");
  AddAll<Constant, Piecewise, StepDecay>(registry, "schedule");
  EXPECT_EQ(registry.AddDocumentation(ConfigDocumentation()), absl::OkStatus());
  return registry;
}

}  // namespace didact::test
