// didact plugins [NAME]: prints the manual of plugins and of configs.

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/describe.h"
#include "didact/framework/config/example_of_plugin.h"
#include "didact/framework/config/wrap_text.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/type_url.h"
#include "didact/framework/training/describe_metrics.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/sweep.pb.h"
#include "tools/command.h"
#include "tools/terminal.h"

namespace didact {
namespace {

struct PluginsRequest {
  std::string name;
  std::vector<std::string> libraries;
};

// The messages of config files are described like plugins.
bool Names(absl::string_view name, const google::protobuf::Descriptor& message) {
  return name == message.name() || name == message.full_name() ||
         name == absl::StrCat("didact/", message.name());
}

// Returns the keys that a metric writes if it is built from its example; none if that fails.
std::vector<MetricKey> KeysOfExample(const PluginFactory& metric, const PluginRegistry& registry) {
  Experiment experiment;
  const auto example = ExampleOfPlugin(metric, registry, /*folder=*/".");
  if (example.ok()) *experiment.add_metric() = *example;
  return DescribeMetrics(experiment, BuildContext(registry, FieldPath()));
}

// Returns a line for each key that the metrics called `name` write; an empty text if there are no
// such metrics.
std::string DescribeKeys(absl::string_view name, const PluginRegistry& registry, int columns) {
  std::string text;
  for (const PluginFactory* const factory : registry.List()) {
    const google::protobuf::Descriptor& config = factory->config();
    if (factory->kind() != Metric<double>::kKind) continue;
    if (config.name() != name && config.full_name() != MessageNameOfTypeUrl(name)) continue;
    const std::vector<MetricKey> keys = KeysOfExample(*factory, registry);
    size_t width = 0;
    for (const MetricKey& key : keys) width = std::max(width, key.key.size());
    if (!keys.empty()) {
      absl::StrAppend(
          &text, "\n",
          WrapText("Keys that it writes with this config; * is a whole number, such as that of a "
                   "layer",
                   0, columns),
          "\n");
    }
    for (const MetricKey& key : keys) {
      const std::string form = absl::StrCat(
          key.axes.empty() ? std::string("number")
                           : absl::StrCat("array [", absl::StrJoin(key.axes, ", "), "]"),
          key.unit.empty() ? "" : absl::StrCat(", unit: ", key.unit),
          key.is_headline ? ", headline" : "");
      text += WrapBeside(absl::StrCat("  ", key.key), form, static_cast<int>(width) + 4, columns);
    }
  }
  return text;
}

absl::StatusOr<std::string> Describe(const PluginsRequest& request) {
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins, LoadPlugins(request.libraries));
  const int columns = static_cast<int>(TerminalColumns(STDOUT_FILENO, kManualColumns));
  if (request.name.empty()) {
    for (const std::string& problem : plugins.registry.unloadable()) PrintWarning(problem);
    return DescribePlugins(plugins.registry, columns);
  }
  for (const auto* const message : {Experiment::descriptor(), Sweep::descriptor()}) {
    if (Names(request.name, *message)) {
      return DescribeMessage(*message, plugins.registry, columns);
    }
  }
  DIDACT_ASSIGN_OR_RETURN(std::string text,
                          DescribePlugin(request.name, plugins.registry, columns));
  absl::StrAppend(&text, DescribeKeys(request.name, plugins.registry, columns));
  return text;
}

}  // namespace

void AddPluginsCommand(CLI::App& app, int& exit_code) {
  const auto request = std::make_shared<PluginsRequest>();
  CLI::App* const command =
      app.add_subcommand("plugins", "List all plugins, or explain one and its config");
  command
      ->add_option(
          "NAME", request->name,
          "The plugin to explain, e.g. didact.LeakyRelu; Experiment or Sweep for the config")
      ->option_text(" ");
  ExpandHomeIn(*command
                    ->add_option("--plugin", request->libraries,
                                 "A library with plugins, to load first; may be repeated")
                    ->type_name("FILE")
                    ->allow_extra_args(false));
  command->callback([request, &exit_code] {
    const absl::StatusOr<std::string> text = Describe(*request);
    if (text.ok()) std::cout << *text << std::flush;
    exit_code = text.ok() ? kAllWell : ReportError(text.status());
  });
}

}  // namespace didact
