#include "didact/framework/execution/process_agreement.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

// Returns the text of the leading process.
absl::StatusOr<std::string> LeadingText(Executor& executor, const std::string& own) {
  std::vector<int64_t> bytes(own.begin(), own.end());
  DIDACT_RETURN_IF_ERROR(executor.Share(bytes));
  return std::string(bytes.begin(), bytes.end());
}

// Returns the line that contains the byte at `place`.
std::string LineAt(const std::string& text, size_t place) {
  const size_t begin = place == 0 ? 0 : text.rfind('\n', place - 1) + 1;
  std::string line = text.substr(begin, text.find('\n', begin) - begin);
  return line.empty() ? "nothing" : line;
}

}  // namespace

absl::Status ShareFlag(Executor& executor, bool& flag) {
  std::vector<int64_t> shared = {flag ? 1 : 0};
  DIDACT_RETURN_IF_ERROR(executor.Share(shared));
  flag = shared[0] != 0;
  return absl::OkStatus();
}

absl::Status AgreeOnLibraries(Executor& executor, const std::string& directory,
                              const std::string& process,
                              absl::Span<const PluginLibraryInfo> libraries) {
  std::string own;
  for (const PluginLibraryInfo& library : libraries) {
    absl::StrAppend(&own, own.empty() ? "" : ", ", library.name, " ", library.version,
                    " with SHA-256 ", library.sha256);
  }
  DIDACT_ASSIGN_OR_RETURN(const std::string wanted, LeadingText(executor, own));
  if (own == wanted) return executor.Agree(absl::OkStatus());
  return executor.Agree(absl::FailedPreconditionError(
      absl::StrCat(directory, ": all processes must have the same plugin libraries, ",
                   wanted.empty() ? "none" : wanted, "; process ", process, " has ",
                   own.empty() ? "none" : own)));
}

absl::Status AgreeOnFiles(Executor& executor, const std::string& directory,
                          const std::string& process, absl::Span<const DataFile> files) {
  std::string own;
  for (const DataFile& file : files) {
    absl::StrAppend(&own, file.field, ": ", file.path, " with SHA-256 ", file.sha256, "\n");
  }
  DIDACT_ASSIGN_OR_RETURN(const std::string wanted, LeadingText(executor, own));
  if (own == wanted) return executor.Agree(absl::OkStatus());
  const auto differ = std::mismatch(own.begin(), own.end(), wanted.begin(), wanted.end());
  const size_t place = static_cast<size_t>(differ.first - own.begin());
  return executor.Agree(absl::FailedPreconditionError(
      absl::StrCat(directory, ": all processes must find the same files, ", LineAt(wanted, place),
                   "; process ", process, " has ", LineAt(own, place))));
}

}  // namespace didact
