#include "didact/framework/plugin/library/used_libraries.h"

#include <memory>
#include <set>
#include <tuple>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/field_messages.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/packed_config.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"

namespace didact {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Finder {
 public:
  explicit Finder(const PluginRegistry& registry) : registry_(registry) {}

  void Visit(const Message& message, int depth) {
    if (depth > kMaxConfigDepth) return;
    for (const auto& [field, value] : FieldMessages(message)) {
      if (HoldsPlugins(field)) {
        VisitPlugin(field, static_cast<const google::protobuf::Any&>(value), depth);
      } else {
        Visit(value, depth + 1);
      }
    }
  }

  bool Found(const PluginLibraryInfo& library) const {
    return found_.contains(library.canonical_path);
  }

 private:
  void VisitPlugin(const FieldDescriptor& slot, const google::protobuf::Any& packed, int depth) {
    const absl::StatusOr<const PluginFactory*> plugin =
        registry_.Find(RulesOf(slot).plugin_kind(), packed.type_url(), FieldPath());
    if (!plugin.ok()) return;
    const PluginLibraryInfo* const library = registry_.LibraryOf(**plugin);
    if (library != nullptr) found_.insert(library->canonical_path);
    const absl::StatusOr<std::unique_ptr<Message>> config =
        UnpackNew(packed, **plugin, FieldPath());
    if (config.ok()) Visit(**config, depth + 1);
  }

  const PluginRegistry& registry_;
  std::set<std::string> found_;  // canonical paths
};

auto IdentityOf(const PluginLibraryInfo& library) {
  return std::tie(library.name, library.version, library.sha256);
}

// Returns those of `libraries` that have no equal among `others`, sorted.
std::vector<PluginLibraryInfo> Without(absl::Span<const PluginLibraryInfo> libraries,
                                       absl::Span<const PluginLibraryInfo> others) {
  std::vector<PluginLibraryInfo> rest(libraries.begin(), libraries.end());
  for (const PluginLibraryInfo& other : others) {
    const auto same = absl::c_find_if(rest, [&other](const PluginLibraryInfo& library) {
      return IdentityOf(library) == IdentityOf(other);
    });
    if (same != rest.end()) rest.erase(same);
  }
  absl::c_sort(rest, [](const PluginLibraryInfo& a, const PluginLibraryInfo& b) {
    return IdentityOf(a) < IdentityOf(b);
  });
  return rest;
}

std::string Describe(const PluginLibraryInfo& library) {
  // A program has no version.
  return absl::StrCat("plugin library ", library.name, library.version.empty() ? "" : " ",
                      library.version, " (", library.path, library.path.empty() ? "" : ", ",
                      "SHA-256 ", library.sha256, ")");
}

}  // namespace

std::vector<PluginLibraryInfo> UsedLibraries(const Message& config,
                                             const PluginRegistry& registry) {
  if (registry.libraries().empty()) return {};
  Finder finder(registry);
  finder.Visit(config, 0);
  std::vector<PluginLibraryInfo> used;
  for (const PluginLibraryInfo& library : registry.libraries()) {
    if (finder.Found(library)) used.push_back(library);
  }
  return used;
}

std::vector<std::string> LibraryChanges(absl::Span<const PluginLibraryInfo> before,
                                        absl::Span<const PluginLibraryInfo> now) {
  std::vector<std::string> changes;
  std::vector<PluginLibraryInfo> added = Without(now, before);
  for (const PluginLibraryInfo& gone : Without(before, now)) {
    const auto successor = absl::c_find_if(
        added, [&gone](const PluginLibraryInfo& library) { return library.name == gone.name; });
    if (successor == added.end()) {
      changes.push_back(absl::StrCat("with ", Describe(gone), ", now without it"));
    } else {
      changes.push_back(absl::StrCat("with ", Describe(gone), ", now with ", Describe(*successor)));
      added.erase(successor);
    }
  }
  for (const PluginLibraryInfo& library : added) {
    changes.push_back(absl::StrCat("without ", Describe(library), ", now with it"));
  }
  return changes;
}

}  // namespace didact
