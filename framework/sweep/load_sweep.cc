#include "didact/framework/sweep/load_sweep.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/config/load.h"
#include "didact/framework/config/override.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/config/plugin_libraries.h"
#include "didact/framework/config/resolve_experiment.h"
#include "didact/framework/config/text_format.h"
#include "didact/framework/config/text_walker.h"
#include "didact/framework/io/file.h"
#include "didact/framework/plugin/resolve.h"
#include "didact/protos/experiment.pb.h"
#include "didact/protos/sweep.pb.h"
#include "google/protobuf/io/tokenizer.h"

namespace didact {
namespace {

using google::protobuf::io::Tokenizer;

// Calls `visit(token, path)` for each token that is the name or a value of a field of the sweep or
// of its base.
template <class Visit>
void VisitTop(const ConfigFile& file, const Visit& visit) {
  const PluginRegistry no_plugins;
  const PluginFinder finder(no_plugins);
  TextWalker walker(file.text, *Sweep::descriptor(), nullptr, finder);
  while (walker.Next()) {
    if (walker.depth() <= 1) visit(walker.token(), walker.place().path);
  }
}

// Returns the name in a leading comment `# proto-message: NAME`, or an empty text.
absl::string_view MessageInComments(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) continue;
    if (!absl::ConsumePrefix(&line, "#")) break;
    line = absl::StripLeadingAsciiWhitespace(line);
    if (absl::ConsumePrefix(&line, "proto-message:")) return absl::StripAsciiWhitespace(line);
  }
  return "";
}

// Returns the base as its text gives it, but with absolute file names.
absl::StatusOr<Experiment> LoadBase(const ConfigFile& file, Sweep& sweep,
                                    const PluginRegistry& registry) {
  if (sweep.has_base()) {
    MakeFileNamesAbsolute(file.folder, registry, *sweep.mutable_base());
    return sweep.base();
  }
  DIDACT_ASSIGN_OR_RETURN(const ConfigFile base, OpenConfigFile(sweep.base_path()));
  Experiment experiment;
  DIDACT_RETURN_IF_ERROR(ParseText(base.text, registry, FieldPath(base.path), experiment));
  MakeFileNamesAbsolute(base.folder, registry, experiment);
  return experiment;
}

// Applies the rules of all fields except the base, which may be incomplete.
absl::Status ResolveShell(Sweep& sweep, const PluginRegistry& registry, const FieldPath& path) {
  Problems problems;
  if (!sweep.has_base() && sweep.base_path().empty()) {
    problems.Add(path.Field("base").Invalid("must be given, or base_path"));
  }
  Sweep shell = sweep;
  shell.clear_base();
  problems.Add(ResolveConfig(shell, registry, path));
  if (!shell.name().empty()) problems.Add(CheckName(shell.name(), path.Field("name")));
  return problems.ToStatus();
}

// Applies the overrides of the sweep's own field `folder`, and removes them from `overrides`.
absl::Status TakeFolder(const std::string& config_folder, const PluginRegistry& registry,
                        std::vector<std::string>& overrides, Sweep& sweep) {
  std::vector<std::string> others;
  for (std::string& assignment : overrides) {
    const absl::StatusOr<Override> change = ParseOverride(assignment);
    if (!change.ok() || change->path != "folder") {
      others.push_back(std::move(assignment));
      continue;
    }
    DIDACT_RETURN_IF_ERROR(ApplyOverride(*change, registry, FieldPath("--set"), sweep));
    sweep.set_folder(JoinPath(config_folder, ExpandHome(sweep.folder())));
  }
  overrides = std::move(others);
  return absl::OkStatus();
}

}  // namespace

bool IsSweep(const ConfigFile& file) {
  const absl::string_view message = MessageInComments(file.text);
  if (!message.empty()) return message == Sweep::descriptor()->full_name();
  bool is_sweep = false;
  VisitTop(file, [&](const Tokenizer::Token& token, absl::string_view path) {
    const bool at_top = !absl::StrContains(path, '.');
    if (!at_top || token.type != Tokenizer::TYPE_IDENTIFIER) return;
    const bool known = Experiment::descriptor()->FindFieldByName(token.text) != nullptr;
    is_sweep = is_sweep || (!known && Sweep::descriptor()->FindFieldByName(token.text) != nullptr);
  });
  return is_sweep;
}

absl::StatusOr<std::vector<NamedLibrary>> SweepPluginLibraries(const ConfigFile& file) {
  std::vector<NamedLibrary> libraries;
  std::string base_path;
  std::string last_path;
  VisitTop(file, [&](const Tokenizer::Token& token, const std::string& path) {
    if (token.type != Tokenizer::TYPE_STRING) return;
    if (path == "base_path") {
      Tokenizer::ParseStringAppend(token.text, &base_path);
    } else if (absl::StartsWith(path, "plugin_library[") ||
               absl::StartsWith(path, "base.plugin_library[")) {
      // Adjacent strings form one value.
      if (path != last_path) libraries.push_back({"", FieldPath(file.path).Field(path)});
      last_path = path;
      Tokenizer::ParseStringAppend(token.text, &libraries.back().file);
    }
  });
  for (NamedLibrary& library : libraries)
    library.file = JoinPath(file.folder, ExpandHome(library.file));
  if (!base_path.empty()) {
    DIDACT_ASSIGN_OR_RETURN(const std::vector<NamedLibrary> of_base,
                            PluginLibraries(JoinPath(file.short_folder, ExpandHome(base_path))));
    libraries.insert(libraries.end(), of_base.begin(), of_base.end());
  }
  return libraries;
}

absl::StatusOr<SweepPlan> LoadSweep(const ConfigFile& file,
                                    const std::vector<std::string>& overrides,
                                    const PluginRegistry& registry) {
  const FieldPath path(file.path);
  Sweep sweep;
  DIDACT_RETURN_IF_ERROR(ParseText(file.text, registry, path, sweep));
  DIDACT_RETURN_IF_ERROR(ResolveShell(sweep, registry, path));
  if (sweep.folder().empty()) sweep.set_folder(file.folder);
  sweep.set_folder(JoinPath(file.folder, ExpandHome(sweep.folder())));
  for (std::string& library : *sweep.mutable_plugin_library()) {
    library = JoinPath(file.folder, ExpandHome(library));
  }
  FieldPath base_path = path.Field("base");
  if (!sweep.has_base()) {
    sweep.set_base_path(JoinPath(file.short_folder, ExpandHome(sweep.base_path())));
    base_path = FieldPath(sweep.base_path());
  }
  DIDACT_ASSIGN_OR_RETURN(Experiment base, LoadBase(file, sweep, registry));
  std::vector<std::string> of_base = overrides;
  DIDACT_RETURN_IF_ERROR(TakeFolder(file.folder, registry, of_base, sweep));
  DIDACT_RETURN_IF_ERROR(ApplyOverrides(of_base, registry, base));
  MakeFileNamesAbsolute(file.folder, registry, base);
  if (sweep.name().empty()) sweep.set_name(base.name());
  if (sweep.name().empty()) {
    return path.Field("name").Invalid(
        "must be given, or that of the base, such as name: \"my_sweep\"");
  }
  if (base.name().empty()) base.set_name(sweep.name());
  // Each experiment must name all libraries that it needs.
  base.mutable_plugin_library()->MergeFrom(sweep.plugin_library());
  sweep.clear_plugin_library();
  *sweep.mutable_base() = std::move(base);
  DIDACT_ASSIGN_OR_RETURN(SweepGrid grid, SweepGrid::Create(sweep, SweepPlaces(file)));
  DIDACT_ASSIGN_OR_RETURN(
      SweepPlan plan, SweepPlan::Create(std::move(sweep), std::move(grid), base_path, registry));
  if (of_base.size() != overrides.size() && plan.sweep().folder().empty()) {
    return FieldPath("--set").Field("folder").Invalid(
        "has no effect: no axis and no point names a file relative to it");
  }
  return plan;
}

}  // namespace didact
