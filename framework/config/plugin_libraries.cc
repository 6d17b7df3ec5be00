#include "didact/framework/config/plugin_libraries.h"

#include <filesystem>
#include <set>
#include <system_error>

#include "absl/algorithm/container.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/config/text_walker.h"
#include "didact/framework/io/file.h"
#include "google/protobuf/io/tokenizer.h"

namespace didact {

using google::protobuf::io::Tokenizer;

absl::StatusOr<std::vector<NamedLibrary>> PluginLibraries(const std::string& path) {
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile file, OpenConfigFile(path));
  return PluginLibraries(file);
}

std::vector<NamedLibrary> PluginLibraries(const ConfigFile& file) {
  const google::protobuf::FieldDescriptor* field =
      Experiment::descriptor()->FindFieldByNumber(Experiment::kPluginLibraryFieldNumber);
  const PluginRegistry no_plugins;
  const PluginFinder finder(no_plugins);
  TextWalker walker(file.text, *Experiment::descriptor(), nullptr, finder);
  std::vector<NamedLibrary> libraries;
  // Adjacent strings form one value.
  std::string last_path;
  while (walker.Next()) {
    if (walker.depth() > 0 || walker.token().type != Tokenizer::TYPE_STRING) continue;
    const TextWalker::Place place = walker.place();
    if (place.field != field) continue;
    if (place.path != last_path) {
      libraries.push_back({"", FieldPath(file.path).Field(place.path)});
    }
    last_path = place.path;
    Tokenizer::ParseStringAppend(walker.token().text, &libraries.back().file);
  }
  for (NamedLibrary& library : libraries)
    library.file = JoinPath(file.folder, ExpandHome(library.file));
  return libraries;
}

void RecordPluginLibraries(absl::Span<const PluginLibraryInfo> used, const PluginRegistry& registry,
                           Experiment& experiment) {
  std::set<std::string> recorded;  // canonical paths
  std::vector<std::string> names;
  for (const std::string& name : experiment.plugin_library()) {
    std::error_code error;
    const std::string path = std::filesystem::canonical(name, error).string();
    const bool is_loaded =
        !error && absl::c_any_of(registry.libraries(), [&path](const PluginLibraryInfo& library) {
          return library.canonical_path == path;
        });
    if (is_loaded && recorded.insert(path).second) names.push_back(name);
  }
  for (const PluginLibraryInfo& library : used) {
    if (recorded.insert(library.canonical_path).second) names.push_back(library.path);
  }
  experiment.mutable_plugin_library()->Assign(names.begin(), names.end());
}

}  // namespace didact
