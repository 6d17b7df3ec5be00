// Schedules for tests of `didact selftest` and `didact plugins`: their values are always 3.

#include <cstdlib>
#include <fstream>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "tests/cli/examples.pb.h"

namespace acme {
namespace {

class Three : public didact::Schedule {
 public:
  double Value(const didact::TrainingTime&) const override { return 3; }
};

class EndsTheProcess final : public didact::Schedule {
 public:
  double Value(const didact::TrainingTime&) const override { std::abort(); }
};

template <class Config>
class ThreeByValue final : public Three {
 public:
  static absl::StatusOr<std::unique_ptr<didact::Schedule>> Build(
      const Config& config, const didact::BuildContext& context) {
    if (config.value() == 666) return std::make_unique<EndsTheProcess>();
    if (config.value() != 3) return context.path.Field("value").Invalid("must be 3");
    return std::make_unique<ThreeByValue>();
  }
};

template <class Config>
class ThreeByFile final : public Three {
 public:
  static absl::StatusOr<std::unique_ptr<didact::Schedule>> Build(
      const Config& config, const didact::BuildContext& context) {
    if (!std::ifstream(config.path()).good()) return context.path.Field("path").Invalid("no file");
    return std::make_unique<ThreeByFile>();
  }
};

absl::Status RegisterSchedules(didact::PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<WithoutExample, ThreeByValue<WithoutExample>>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<WithExample, ThreeByValue<WithExample>>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<OwnFile, ThreeByFile<OwnFile>>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<NamelessFile, ThreeByFile<NamelessFile>>()));
  return registry.Add<SampleFile, ThreeByFile<SampleFile>>();
}

}  // namespace
}  // namespace acme

DIDACT_PLUGIN_LIBRARY("examples", "1.0", acme::RegisterSchedules)
