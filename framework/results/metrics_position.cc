#include "didact/framework/results/metrics_position.h"

#include <zlib.h>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"

namespace didact {

void MetricsPosition::Add(absl::string_view text) {
  bytes += static_cast<int64_t>(text.size());
  crc32 = static_cast<uint32_t>(
      crc32_z(crc32, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

absl::Status CheckMetrics(const std::string& path, const MetricsPosition& position) {
  DIDACT_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const int64_t size = static_cast<int64_t>(text.size());
  if (position.bytes < 0 || size < position.bytes) {
    return absl::DataLossError(
        absl::StrCat(path, ": has ", size, " bytes, expected ", position.bytes, " or more"));
  }
  MetricsPosition found;
  found.Add(absl::string_view(text).substr(0, static_cast<size_t>(position.bytes)));
  if (found.crc32 == position.crc32) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(path, ": its first ", position.bytes, " bytes are not those that were written"));
}

}  // namespace didact
