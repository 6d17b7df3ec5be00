#include "didact/framework/plugin/type_url.h"

#include "absl/strings/str_cat.h"

namespace didact {
namespace {

constexpr absl::string_view kCanonicalPrefix = "type.googleapis.com/";

}  // namespace

std::string MessageNameOfTypeUrl(absl::string_view type_url) {
  const size_t slash = type_url.rfind('/');
  if (slash == absl::string_view::npos) return std::string(type_url);
  const absl::string_view prefix = type_url.substr(0, slash);
  const absl::string_view name = type_url.substr(slash + 1);
  // A name with a dot contains its package, and the prefix is a host name; otherwise the prefix is
  // the package.
  if (name.empty() || prefix.empty() || name.find('.') != absl::string_view::npos)
    return std::string(name);
  if (prefix == kCanonicalPrefix.substr(0, kCanonicalPrefix.size() - 1)) return std::string(name);
  return absl::StrCat(prefix, ".", name);
}

std::string CanonicalTypeUrl(absl::string_view message_full_name) {
  return absl::StrCat(kCanonicalPrefix, message_full_name);
}

}  // namespace didact
