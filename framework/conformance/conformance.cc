#include "didact/framework/conformance/conformance.h"

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/example_of_plugin.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/conformance/sample_files.h"
#include "didact/framework/plugin/packed_config.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/text_format.h"

namespace didact {
namespace {

using google::protobuf::Any;

// The checks of a kind; null for a kind that has none.
using KindChecks = void (*)(const PluginRegistry&, const Any&, CheckList&);

KindChecks ChecksOf(absl::string_view kind) {
  struct Entry {
    absl::string_view kind;
    KindChecks checks;
  };
  constexpr Entry kKinds[] = {
      {"activation", CheckActivation},
      {"augmentation", CheckAugmentation},
      {"dataset", CheckDataset},
      {"initializer", CheckInitializer},
      {"loss", CheckLoss},
      {"metric", CheckMetric},
      {"optimizer", CheckOptimizer},
      {"projection", CheckProjection},
      {"schedule", CheckSchedule},
  };
  for (const Entry& entry : kKinds) {
    if (entry.kind == kind) return entry.checks;
  }
  return nullptr;
}

// Returns a config on one line: `[didact.Relu] { }`.
std::string ConfigText(const PluginRegistry& registry, const PluginFactory& plugin,
                       const Any& config) {
  const auto message = UnpackNew(config, plugin, FieldPath());
  std::string fields;
  if (message.ok()) {
    const PluginFinder finder(registry);
    google::protobuf::TextFormat::Printer printer;
    printer.SetFinder(&finder);
    printer.SetSingleLineMode(true);
    printer.SetExpandAny(true);
    printer.PrintToString(**message, &fields);
  }
  return absl::StrCat("[", plugin.config().full_name(), "] { ", fields, "}");
}

}  // namespace

std::vector<ConformanceCheck> CheckPlugin(const PluginRegistry& registry,
                                          const PluginFactory& plugin,
                                          absl::Span<const Any> configs, CheckObserver* observer) {
  CheckList checks(observer);
  checks.set_config(absl::StrCat("[", plugin.config().full_name(), "]"));
  const KindChecks kind_checks = ChecksOf(plugin.kind());
  if (kind_checks == nullptr) {
    checks.Run("kind", [&] {
      return absl::InternalError(absl::StrCat("must be a kind with checks, got ", plugin.kind()));
    });
    return checks.Take();
  }
  std::vector<Any> all(configs.begin(), configs.end());
  // The files must exist until all checks have run.
  std::optional<SampleFiles> files;
  if (all.empty()) {
    const auto make_example = [&]() -> absl::StatusOr<Any> {
      DIDACT_ASSIGN_OR_RETURN(files, SampleFiles::Create());
      return ExampleOfPlugin(plugin, registry, files->folder());
    };
    const absl::StatusOr<Any> example = make_example();
    if (!example.ok()) {
      checks.Run("config", [&] { return example.status(); });
      return checks.Take();
    }
    all.push_back(*example);
  }
  for (const Any& config : all) {
    const std::string name = MessageNameOfTypeUrl(config.type_url());
    if (name != plugin.config().full_name()) {
      checks.Run("config", [&] {
        return absl::InvalidArgumentError(
            absl::StrCat("must be a ", plugin.config().full_name(), ", got a ", name));
      });
      continue;
    }
    checks.set_config(ConfigText(registry, plugin, config));
    checks.RunAll("completes", [&] { kind_checks(registry, config, checks); });
  }
  return checks.Take();
}

std::string DescribeFailures(absl::Span<const ConformanceCheck> checks) {
  std::string lines;
  int failures = 0;
  for (const ConformanceCheck& check : checks) {
    if (check.status.ok()) continue;
    ++failures;
    absl::StrAppend(&lines, "\n", check.name, " of ", check.config, ": ", check.status.message());
  }
  return failures == 0 ? ""
                       : absl::StrCat(failures, " of ", checks.size(), " checks failed", lines);
}

}  // namespace didact
