#include "didact/framework/base/memory.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_format.h"
#include "didact/framework/base/control_groups.h"

namespace didact {
namespace {

struct Memory {
  double bytes;
  const char* owner;
};

const Memory& AllMemory() {
  static const Memory memory = [] {
    const double physical =
        static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
    const double allowed = LimitsOfControlGroups().memory_bytes;
    return allowed < physical ? Memory{allowed, "this container or job may use"}
                              : Memory{physical, "this machine has"};
  }();
  return memory;
}

}  // namespace

double MemoryOfProcess() { return AllMemory().bytes; }

absl::Status CheckFitsInMemory(double bytes, const FieldPath& path) {
  return MemoryBudget().Take(bytes, path);
}

absl::Status MemoryBudget::Take(double bytes, const FieldPath& path) {
  const Memory& memory = AllMemory();
  if (taken_ + bytes <= memory.bytes) {
    taken_ += bytes;
    return absl::OkStatus();
  }
  const std::string besides =
      bytes > memory.bytes ? "" : absl::StrFormat(" besides %.3g GB for the rest", taken_ / 1e9);
  return path.Error(absl::StatusCode::kResourceExhausted,
                    absl::StrFormat("needs %.3g GB%s, and %s %.3g GB of memory", bytes / 1e9,
                                    besides, memory.owner, memory.bytes / 1e9));
}

}  // namespace didact
