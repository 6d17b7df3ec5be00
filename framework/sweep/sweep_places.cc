#include "didact/framework/sweep/sweep_places.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/config/text_walker.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/sweep.pb.h"
#include "google/protobuf/io/tokenizer.h"

namespace didact {

using google::protobuf::io::Tokenizer;

SweepPlaces::SweepPlaces(const ConfigFile& file) : file_(file.path) {
  const PluginRegistry no_plugins;
  const PluginFinder finder(no_plugins);
  TextWalker walker(file.text, *Sweep::descriptor(), nullptr, finder);
  while (walker.Next()) {
    // Axes and points contain only texts.
    if (walker.depth() == 0 || walker.token().type != Tokenizer::TYPE_STRING) continue;
    const TextWalker::Place place = walker.place();
    if (!absl::StartsWith(place.path, "axis[") && !absl::StartsWith(place.path, "point[")) continue;
    // Adjacent strings form one value, whose place is that of the first.
    places_.try_emplace(place.path, place.line + 1, place.column + 1);
  }
}

std::string SweepPlaces::Of(absl::string_view path) const {
  const auto place = places_.find(path);
  if (place == places_.end()) return absl::StrCat(file_, ": ", path);
  return absl::StrCat(file_, ":", place->second.first, ":", place->second.second, ": ", path);
}

}  // namespace didact
