#include "framework/plugin/exception_status.h"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <typeinfo>

#include "absl/strings/str_cat.h"

namespace didact {
namespace {

std::string CaughtType() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an object of an unknown type";
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
  return absl::StrCat("an object of type ", name == nullptr ? type->name() : name.get());
}

std::string CaughtWords() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return CaughtType();
  }
}

absl::Status PluginFault(const FieldPath& path, absl::string_view plugin, absl::string_view fault) {
  const std::string where = path.ToString();
  return absl::UnknownError(
      absl::StrCat(where, where.empty() ? "" : ": ", "plugin ", plugin, " ", fault));
}

}  // namespace

absl::Status CaughtExceptionStatus(const FieldPath& path, absl::string_view plugin,
                                   absl::string_view method) {
  return PluginFault(path, plugin,
                     absl::StrCat("threw an exception in ", method, ": ", CaughtWords()));
}

absl::Status NullPluginStatus(const FieldPath& path, absl::string_view plugin) {
  return PluginFault(path, plugin, "returned null from Build");
}

}  // namespace didact
