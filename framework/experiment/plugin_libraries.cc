#include "framework/experiment/plugin_libraries.h"

#include "framework/base/file.h"
#include "framework/base/status.h"
#include "framework/experiment/plugin_finder.h"
#include "framework/experiment/text_walker.h"
#include "framework/plugin/registry.h"
#include "google/protobuf/io/tokenizer.h"
#include "protos/experiment.pb.h"

namespace didact {

using google::protobuf::io::Tokenizer;

absl::StatusOr<std::vector<std::string>> PluginLibraries(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, OpenConfigFile(path));
  return PluginLibraries(file);
}

std::vector<std::string> PluginLibraries(const ConfigFile& file) {
  const google::protobuf::FieldDescriptor* field =
      Experiment::descriptor()->FindFieldByNumber(Experiment::kPluginLibraryFieldNumber);
  const PluginRegistry no_plugins;
  const PluginFinder finder(no_plugins);
  TextWalker walker(file.text, *Experiment::descriptor(), nullptr, finder);
  std::vector<std::string> libraries;
  // Strings side by side are one value.
  std::string last_path;
  while (walker.Next()) {
    if (walker.depth() > 0 || walker.token().type != Tokenizer::TYPE_STRING) continue;
    const TextWalker::Place place = walker.place();
    if (place.field != field) continue;
    if (place.path != last_path) libraries.emplace_back();
    last_path = place.path;
    Tokenizer::ParseStringAppend(walker.token().text, &libraries.back());
  }
  for (std::string& library : libraries) library = JoinPath(file.folder, library);
  return libraries;
}

}  // namespace didact
