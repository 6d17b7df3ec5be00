#include "didact/framework/export/export.h"

#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/export/export_arrays.h"
#include "didact/framework/export/export_table.h"
#include "didact/framework/export/manifest.h"
#include "didact/framework/export/metric_filter.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/temporary_name.h"

namespace didact {
namespace {

absl::Status Exists(const std::string& path, absl::string_view problem) {
  return absl::AlreadyExistsError(absl::StrCat(path, ": ", problem));
}

absl::Status CheckFile(const std::string& path, bool force) {
  std::error_code error;
  const std::filesystem::file_status there = std::filesystem::status(path, error);
  if (!std::filesystem::exists(there)) return absl::OkStatus();
  if (!std::filesystem::is_regular_file(there)) {
    return Exists(path, "is there and no ordinary file; choose another with --out=FILE");
  }
  if (force) return absl::OkStatus();
  return Exists(path,
                "is there already; choose another with --out=FILE, or replace it with --force");
}

// Returns an error unless the path is free or has an empty folder or, with `force`, an export.
absl::Status CheckFolder(const std::string& path, bool force) {
  if (!PathExists(path)) return absl::OkStatus();
  if (!IsDirectory(path)) return Exists(path, "is a file, a folder for the arrays is wanted");
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(path));
  if (names.empty()) return absl::OkStatus();
  if (!IsManifest(JoinPath(path, kManifestFile))) {
    return Exists(path, "is not empty and no export; choose another with --out=DIR");
  }
  if (force) return absl::OkStatus();
  return Exists(path, "holds an export; choose another with --out=DIR, or replace it with --force");
}

absl::Status CheckOptions(const ExportOptions& options) {
  if (options.format != ExportFormat::kNpz) {
    if (options.out == kStandardOutput) return absl::OkStatus();
    return CheckFile(options.out, options.force);
  }
  if (options.out == kStandardOutput) {
    return absl::InvalidArgumentError("--out: must be a folder for --format=npz");
  }
  if (options.last) {
    return absl::InvalidArgumentError(
        "--last: must not be given with --format=npz, whose arrays have the last evaluation at "
        "the end");
  }
  return CheckFolder(options.out, options.force);
}

// Fills a temporary folder beside the requested one, then renames it.
absl::Status ExportFolder(const ResultDirectory& directory, const ExportOptions& options,
                          MetricFilter& filter, const std::atomic<bool>& stop,
                          ExportReport& report) {
  std::string out = options.out;
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  const std::string parent = DirectoryName(out);
  if (!parent.empty() && !IsDirectory(parent)) {
    return absl::NotFoundError(absl::StrCat(parent, ": is no folder; ", out, " is to be in it"));
  }
  const std::string filling = TemporaryName(out);
  const std::string replaced = TemporaryName(out);
  const absl::Cleanup remove = [&] {
    std::error_code ignored;
    std::filesystem::remove_all(filling, ignored);
    std::filesystem::remove_all(replaced, ignored);
  };
  DIDACT_RETURN_IF_ERROR(CreateDirectories(filling));
  DIDACT_RETURN_IF_ERROR(ExportArrays(directory, filling, filter, stop, report));
  if (IsDirectory(out)) DIDACT_RETURN_IF_ERROR(RenameFile(out, replaced));
  DIDACT_RETURN_IF_ERROR(RenameFile(filling, out));
  return FlushDirectory(parent);
}

}  // namespace

absl::StatusOr<ExportReport> Export(const ExportOptions& options, const std::atomic<bool>& stop) {
  DIDACT_RETURN_IF_ERROR(CheckOptions(options));
  DIDACT_ASSIGN_OR_RETURN(const ResultDirectory directory,
                          ResultDirectory::Open(options.directory));
  ExportReport report;
  report.experiments = directory.experiments();
  MetricFilter filter(options.metrics);
  DIDACT_RETURN_IF_ERROR(options.format == ExportFormat::kNpz
                             ? ExportFolder(directory, options, filter, stop, report)
                             : ExportTable(directory, options, filter, stop, report));
  return report;
}

}  // namespace didact
