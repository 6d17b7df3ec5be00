#include "didact/framework/plugin/exception_status.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <typeinfo>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "didact/framework/base/problem.h"
#include "google/protobuf/stubs/common.h"

namespace didact {
namespace {

// Maximum length in bytes of the message of an exception, and of an error, which may have many
// lines.
constexpr size_t kMaxExceptionBytes = 1000;
constexpr size_t kMaxErrorBytes = 20000;

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Returns the first bytes of `text`, at most `max_bytes`, without an incomplete UTF-8 character at
// the end.
absl::string_view Beginning(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  while (end > 0 && max_bytes - end < 4 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

// Returns `text` in printable form.
std::string Printable(absl::string_view text, size_t max_bytes, bool keeps_newlines) {
  const absl::string_view beginning = Beginning(text, max_bytes);
  const bool is_utf8 = google::protobuf::internal::IsStructurallyValidUTF8(
      beginning.data(), static_cast<int>(beginning.size()));
  std::string printable;
  for (const char c : beginning) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      printable += keeps_newlines ? "\n" : "\\n";
    } else if (c == '\t') {
      printable += "\\t";
    } else if (absl::ascii_iscntrl(byte) || (byte >= 0x80 && !is_utf8)) {
      absl::StrAppendFormat(&printable, "\\x%02x", byte);
    } else {
      printable += c;
    }
  }
  if (beginning.size() < text.size()) absl::StrAppend(&printable, "... (", text.size(), " bytes)");
  return printable;
}

// Returns the error with a message that can be printed and read.
absl::Status PrintableStatus(const absl::Status& error) {
  std::vector<Problem> problems = ProblemsOf(error);
  size_t bytes_left = kMaxErrorBytes;
  for (Problem& problem : problems) {
    problem.text = Printable(problem.text, bytes_left, /*keeps_newlines=*/true);
    bytes_left -= std::min(bytes_left, problem.text.size());
  }
  return StatusOf(error.code(), problems);
}

std::string CaughtType() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "an object of an unknown type";
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
  return absl::StrCat("an object of type ", name == nullptr ? type->name() : name.get());
}

absl::Status PluginFault(const FieldPath& path, absl::string_view plugin, absl::string_view fault) {
  return path.Error(absl::StatusCode::kUnknown, absl::StrCat("plugin ", plugin, " ", fault));
}

}  // namespace

std::string CaughtWords() {
  try {
    throw;
  } catch (const std::exception& exception) {
    const char* const words = exception.what();
    if (words == nullptr || *words == '\0') return CaughtType();
    return Printable(words, kMaxExceptionBytes, /*keeps_newlines=*/false);
  } catch (...) {
    return CaughtType();
  }
}

std::string ReturnedWords(const absl::Status& error, absl::string_view function) {
  const std::string returned =
      absl::StrCat("returned ", absl::StatusCodeToString(error.code()), " from ", function);
  if (error.message().empty()) return absl::StrCat(returned, ", without a message");
  return absl::StrCat(returned, ": ",
                      Printable(error.message(), kMaxErrorBytes, /*keeps_newlines=*/true));
}

absl::Status CaughtExceptionStatus(const FieldPath& path, absl::string_view plugin,
                                   absl::string_view method) {
  try {
    throw;
  } catch (const PluginException& exception) {
    return exception.status();
  } catch (...) {
    return PluginFault(path, plugin,
                       absl::StrCat("threw an exception in ", method, ": ", CaughtWords()));
  }
}

absl::Status NullPluginStatus(const FieldPath& path, absl::string_view plugin) {
  return PluginFault(path, plugin, "returned null from Build");
}

absl::Status ReturnedErrorStatus(const FieldPath& path, absl::string_view plugin,
                                 absl::string_view method, const absl::Status& error) {
  if (!absl::IsCancelled(error) && !error.message().empty()) {
    return AnnotateWithPath(PrintableStatus(error), path);
  }
  const absl::Status fault = PluginFault(path, plugin, ReturnedWords(error, method));
  return absl::IsCancelled(error) ? fault : StatusOf(error.code(), ProblemsOf(fault));
}

}  // namespace didact
