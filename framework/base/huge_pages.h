// Asks the operating system for huge pages, with which large arrays are touched for the first time
// faster.

#ifndef DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_
#define DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_

#include <cstddef>

namespace didact {

// Bytes of a huge page on x86-64. Memory that begins at a multiple of it has most huge pages.
inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

// With fewer bytes, too large a part of the huge pages would not be used.
inline constexpr std::size_t kLeastBytesOfHugePages = 2 * kHugePageBytes;

// Asks for huge pages for the `bytes` bytes from `data` on, before they are touched for the first
// time. The operating system fills a page with zeros at its first touch, which costs more than the
// first computation on it if pages have 4 KiB. Does nothing for less than kLeastBytesOfHugePages.
// It is only a request: a system without huge pages uses small ones.
//
// Threads: safe. Errors: none.
void RequestHugePages(void* data, std::size_t bytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_
