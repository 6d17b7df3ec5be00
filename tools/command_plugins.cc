// didact plugins [NAME]: the manual of plugins and of configs.

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "framework/base/status.h"
#include "framework/experiment/describe.h"
#include "protos/experiment.pb.h"
#include "protos/sweep.pb.h"
#include "tools/command.h"

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

absl::StatusOr<std::string> Describe(const PluginsRequest& request) {
  DIDACT_ASSIGN_OR_RETURN(const Plugins plugins, LoadPlugins(request.libraries));
  if (request.name.empty()) return DescribePlugins(plugins.registry);
  for (const auto* const message : {Experiment::descriptor(), Sweep::descriptor()}) {
    if (Names(request.name, *message)) return DescribeMessage(*message, plugins.registry);
  }
  return DescribePlugin(request.name, plugins.registry);
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
  command
      ->add_option("--plugin", request->libraries,
                   "A library with plugins, to load first; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->callback([request, &exit_code] {
    const absl::StatusOr<std::string> text = Describe(*request);
    if (text.ok()) std::cout << *text << std::flush;
    exit_code = text.ok() ? kAllWell : ReportError(text.status());
  });
}

}  // namespace didact
