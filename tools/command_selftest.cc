// didact selftest: runs the conformance suite, for authors of plugins.

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/conformance/conformance.h"
#include "didact/framework/plugin/example_config.h"
#include "didact/framework/plugin/type_url.h"
#include "google/protobuf/any.pb.h"
#include "tools/command.h"

namespace didact {
namespace {

struct SelftestRequest {
  std::vector<std::string> libraries;
  std::vector<std::string> configs;  // text of a google.protobuf.Any: [my/Plugin] { ... }
};

// Configs to test a plugin with, by the full name of its message.
using Configs = std::map<std::string, std::vector<google::protobuf::Any>>;

absl::StatusOr<Configs> ParseConfigs(const SelftestRequest& request,
                                     const PluginRegistry& registry) {
  Configs configs;
  for (const std::string& text : request.configs) {
    google::protobuf::Any config;
    DIDACT_RETURN_IF_ERROR(ParseText(text, registry, FieldPath("--config"), config));
    configs[MessageNameOfTypeUrl(config.type_url())].push_back(std::move(config));
  }
  return configs;
}

// Returns the plugins to test: those of the libraries, or all plugins without libraries.
std::vector<const PluginFactory*> Chosen(const PluginRegistry& registry, bool libraries_only) {
  std::vector<const PluginFactory*> chosen = registry.List();
  if (!libraries_only) return chosen;
  const auto builtins = LoadPlugins({});
  chosen.erase(
      std::remove_if(
          chosen.begin(), chosen.end(),
          [&builtins](const PluginFactory* plugin) {
            return builtins.ok() &&
                   builtins->registry.Find(plugin->kind(), plugin->config().full_name(), {}).ok();
          }),
      chosen.end());
  return chosen;
}

struct Tally {
  int passed = 0;
  int failed = 0;
  int untested = 0;
};

// Prints the name of each check before it runs, and then its result, so that the last line names
// the check that was running if a plugin ends the process or never returns.
class CheckPrinter final : public CheckObserver {
 public:
  explicit CheckPrinter(Tally& tally) : tally_(tally) {}

  // The check "config" runs no plugin, and its result may be that there is nothing to test.
  void Begin(absl::string_view name) override {
    if (name == "config") return;
    std::cout << absl::StreamFormat("  %-16s", name) << std::flush;
  }

  void End(const ConformanceCheck& check) override {
    if (check.status.ok()) {
      std::cout << "ok\n";
      ++tally_.passed;
      return;
    }
    // A file, or a plugin named within the config, does not exist.
    if (check.name == "config" && absl::IsNotFound(check.status)) {
      std::cout << "  not tested: " << check.status.message() << "\n";
      ++tally_.untested;
      return;
    }
    if (check.name == "config") std::cout << absl::StreamFormat("  %-16s", check.name);
    std::cout << "FAILED: " << check.status.message() << "\n";
    if (!check.config.empty()) std::cout << "                  with " << check.config << "\n";
    ++tally_.failed;
  }

 private:
  Tally& tally_;
};

// Runs and prints the checks of one plugin.
void Test(const PluginRegistry& registry, const PluginFactory& plugin, const Configs& configs,
          Tally& tally) {
  const std::string& name = plugin.config().full_name();
  const auto found = configs.find(name);
  const bool by_example = found == configs.end();
  const std::string config_flag =
      absl::StrCat("--config='[", NameInConfig(plugin.config()), "] { ... }'");
  std::cout << plugin.kind() << " " << name << "\n";
  const Tally before = tally;
  CheckPrinter printer(tally);
  CheckPlugin(
      registry, plugin,
      by_example ? absl::Span<const google::protobuf::Any>() : absl::MakeConstSpan(found->second),
      &printer);
  if (tally.untested > before.untested) std::cout << "  Test it with " << config_flag << "\n";
  if (by_example && tally.failed > before.failed) {
    std::cout << "  That config is the example of 'didact plugins " << name << "'. If it is not\n"
              << "  valid, give its fields the rule `example` in their .proto, or test with\n  "
              << config_flag << "\n";
  }
}

absl::StatusOr<ExitCode> Selftest(const SelftestRequest& request) {
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins, LoadPlugins(request.libraries));
  DIDACT_ASSIGN_OR_RETURN(const Configs configs, ParseConfigs(request, plugins.registry));
  Tally tally;
  for (const PluginFactory* plugin : Chosen(plugins.registry, !request.libraries.empty())) {
    Test(plugins.registry, *plugin, configs, tally);
  }
  std::cout << absl::StreamFormat("\n%d checks passed, %d failed", tally.passed, tally.failed);
  if (tally.untested > 0) std::cout << "; " << tally.untested << " plugins not tested";
  std::cout << std::endl;
  return tally.failed == 0 && tally.passed > 0 ? kAllWell : kTrialFailed;
}

}  // namespace

void AddSelftestCommand(CLI::App& app, int& exit_code) {
  const auto request = std::make_shared<SelftestRequest>();
  CLI::App* const command = app.add_subcommand(
      "selftest", "Check that plugins keep the promises of their kind's interface");
  ExpandHomeIn(
      *command
           ->add_option(
               "--plugin", request->libraries,
               "The library with plugins to test; without it, the built-in plugins are tested")
           ->type_name("FILE")
           ->allow_extra_args(false));
  command
      ->add_option(
          "--config", request->configs,
          "A config to test a plugin with, e.g. '[my.package/Swish] { beta: 2 }', instead of the "
          "example that 'didact plugins' prints; may be repeated")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  command->callback([request, &exit_code] {
    const absl::StatusOr<ExitCode> code = Selftest(*request);
    exit_code = code.ok() ? *code : ReportError(code.status());
  });
}

}  // namespace didact
