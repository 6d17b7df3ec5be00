#include "didact/framework/config/no_such_field.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/config/nearest_name.h"

namespace didact {

std::string NoSuchField(const google::protobuf::Descriptor& type, absl::string_view name) {
  std::string text =
      absl::StrCat("Message type \"", type.full_name(), "\" has no field named \"", name, "\"");
  std::vector<std::string> names;
  for (int f = 0; f < type.field_count(); ++f) names.push_back(type.field(f)->name());
  if (names.empty()) return absl::StrCat(text, "; it has no fields");
  const std::string nearest = NearestName(name, names);
  const std::string has =
      nearest.empty() ? "; it has: " : absl::StrCat("; did you mean \"", nearest, "\"? It has: ");
  return absl::StrCat(text, has, absl::StrJoin(names, ", "));
}

}  // namespace didact
