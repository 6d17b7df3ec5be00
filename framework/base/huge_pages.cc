#include "didact/framework/base/huge_pages.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace didact {

void RequestHugePages(void* data, std::size_t bytes) {
  if (bytes < kLeastBytesOfHugePages) return;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGE_SIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t first_page = (begin + page - 1) / page * page;
  const std::uintptr_t end_page = (begin + bytes) / page * page;
  // An error means that there are no huge pages here.
  static_cast<void>(
      madvise(reinterpret_cast<void*>(first_page), end_page - first_page, MADV_HUGEPAGE));
}

}  // namespace didact
