// Asks the operating system for huge pages, with which large arrays are touched for the first time
// faster.

#ifndef DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_
#define DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_

#include <cstddef>

namespace didact {

// Asks for huge pages in the `bytes` bytes from `data` on, which should not have been touched yet:
// every page is filled with zeros by the operating system at its first touch, which costs more
// than the first computation on it if pages have 4 KiB. Ranges of less than two huge pages are left
// as they are. It is only a request, so a system without huge pages goes on without them.
void RequestHugePages(void* data, std::size_t bytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_
