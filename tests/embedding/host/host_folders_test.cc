// A program that links Didact may have folders framework/ and protos/ of its own, with files of the
// same names: Didact's are included, and registered with Protocol Buffers, as didact/... . If two
// .proto files have one name, Protocol Buffers ends the process, when it starts or when the second
// of them is first used.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/load.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/training/create_trial.h"
#include "didact/framework/training/trial.h"
#include "didact/plugins/builtin.h"
#include "didact/protos/checkpoint.pb.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/function_inputs.pb.h"
#include "didact/protos/network.pb.h"
#include "didact/protos/sweep.pb.h"
#include "framework/base/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "protos/network.pb.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

constexpr char kExperiment[] = R"(
    name: "embedded"
    train_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }
    eval_data { [didact/GaussianInputs] { dimension: 6 size: 60 } }
    teacher {
      hidden { width: 3 activation { [didact/Relu] {} } }
      outputs: 2
      initializer { [didact/GaussianWeights] {} }
    }
    student { width_multiplier: 2 initializer { [didact/GaussianWeights] { stddev: 0.3 } } }
    loss { [didact/HalfSquaredError] {} }
    optimizer { [didact/Sgd] { learning_rate { [didact/Constant] { value: 0.05 } } } }
    training { epochs: 1 batch_size: 10 }
    metric { [didact/Loss] {} })";

TEST(HostFolders, MayHoldFilesOfTheNamesOfDidactsOwn) {
  network::Network host;
  host.add_host("localhost");
  ASSERT_EQ(network::Network::descriptor()->file()->name(), "protos/network.proto");
  ASSERT_EQ(Teacher::descriptor()->file()->name(), "didact/protos/network.proto");
  EXPECT_NE(network::Status::kUp, network::Status::kDown);

  PluginRegistry registry;
  ASSERT_EQ(RegisterBuiltinPlugins(registry), absl::OkStatus());
  const absl::StatusOr<ResolvedExperiment> experiment =
      LoadExperiment(ScratchFile("embedded.textproto", kExperiment), {}, registry);
  ASSERT_EQ(Annotate(experiment.status(), "experiment"), absl::OkStatus());
  const absl::StatusOr<std::unique_ptr<Trial>> trial =
      CreateTrial(*experiment, /*seed=*/1, registry, FieldPath("embedded.textproto"));
  ASSERT_EQ(trial.status(), absl::OkStatus());
  while (!(*trial)->finished()) ASSERT_EQ((*trial)->Step(), absl::OkStatus());
  EXPECT_EQ((*trial)->step(), 6);
  EXPECT_EQ(host.host(0), "localhost");
}

// Every .proto file of the library is one of these, or imported by one.
TEST(HostFolders, HoldNoFileThatDidactRegisters) {
  PluginRegistry registry;
  ASSERT_EQ(RegisterBuiltinPlugins(registry), absl::OkStatus());
  std::vector<const google::protobuf::FileDescriptor*> waiting = {
      Checkpoint::descriptor()->file(), Experiment::descriptor()->file(),
      FunctionInputs::descriptor()->file(), Sweep::descriptor()->file()};
  for (const PluginFactory* factory : registry.List()) waiting.push_back(factory->config().file());
  std::set<std::string> names;
  while (!waiting.empty()) {
    const google::protobuf::FileDescriptor& file = *waiting.back();
    waiting.pop_back();
    if (file.package() == "google.protobuf") continue;
    names.insert(file.name());
    for (int d = 0; d < file.dependency_count(); ++d) waiting.push_back(file.dependency(d));
  }
  EXPECT_THAT(names, testing::Each(testing::StartsWith("didact/protos/")));
  EXPECT_THAT(names, testing::IsSupersetOf({"didact/protos/field_rules.proto",
                                            "didact/protos/network.proto",
                                            "didact/protos/plugins/activation.proto"}));
}

}  // namespace
}  // namespace didact
