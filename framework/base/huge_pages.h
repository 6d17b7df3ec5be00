// Asks the operating system for huge pages, with which large arrays are touched for the first time
// faster.

#ifndef DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_
#define DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_

#include <cstddef>

namespace didact {

// Asks for huge pages for the `bytes` bytes from `data` on, before they are touched for the first
// time. The operating system fills a page with zeros at its first touch, which costs more than the
// first computation on it if pages have 4 KiB. Does nothing for less than two huge pages (4 MiB).
// It is only a request: a system without huge pages uses small ones.
//
// Threads: safe. Errors: none.
void RequestHugePages(void* data, std::size_t bytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_HUGE_PAGES_H_
