#include "didact/framework/base/memory.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_format.h"

namespace didact {
namespace {

double PhysicalMemory() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

}  // namespace

absl::Status CheckFitsInMemory(double bytes, const FieldPath& path) {
  return MemoryBudget().Take(bytes, path);
}

absl::Status MemoryBudget::Take(double bytes, const FieldPath& path) {
  const double memory = PhysicalMemory();
  if (taken_ + bytes <= memory) {
    taken_ += bytes;
    return absl::OkStatus();
  }
  const std::string besides =
      bytes > memory ? "" : absl::StrFormat(" besides %.3g GB for the rest", taken_ / 1e9);
  return path.Error(absl::StatusCode::kResourceExhausted,
                    absl::StrFormat("needs %.3g GB%s, and this machine has %.3g GB of memory",
                                    bytes / 1e9, besides, memory / 1e9));
}

}  // namespace didact
