#include "framework/base/memory.h"

#include <unistd.h>

#include "absl/strings/str_format.h"

namespace didact {

absl::Status CheckFitsInMemory(double bytes, const FieldPath& path) {
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (bytes <= memory) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrFormat("%s: needs %.3g GB, and this machine has %.3g GB of memory", path.ToString(),
                      bytes / 1e9, memory / 1e9));
}

}  // namespace didact
