#include "tests/base/allocation_meter.h"

#include <malloc.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>

#ifdef __SANITIZE_ADDRESS__
// A function of the sanitizer itself. Debian does not ship its header with GCC.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             size_t),
                                                         void (*free_hook)(const volatile void*));
extern "C" size_t __sanitizer_get_allocated_size(const volatile void* memory);
#endif

namespace didact {
namespace {

struct Counts {
  int64_t largest;
  int64_t live;
  int64_t peak;
};

// Initial-exec storage is allocated with the thread: an access must not allocate.
__attribute__((tls_model("initial-exec"))) constinit thread_local Counts counts = {0, 0, 0};

void CountTaken(size_t size) {
  const int64_t bytes = static_cast<int64_t>(size);
  counts.largest = std::max(counts.largest, bytes);
  counts.live += bytes;
  counts.peak = std::max(counts.peak, counts.live);
}

void CountGiven(size_t size) { counts.live -= static_cast<int64_t>(size); }

#ifdef __SANITIZE_ADDRESS__

void Taken(const volatile void*, size_t size) { CountTaken(size); }

void Given(const volatile void* memory) {
  if (memory != nullptr) {
    CountGiven(__sanitizer_get_allocated_size(memory));
  }
}

[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(Taken, Given);

#endif

}  // namespace

AllocationMeter::AllocationMeter() { counts = {0, 0, 0}; }

int64_t AllocationMeter::largest() const { return counts.largest; }

int64_t AllocationMeter::peak() const { return counts.peak; }

#ifndef __SANITIZE_ADDRESS__

// Counts the bytes that the C library actually reserved, so that freeing them subtracts the same
// number.
void* Counted(void* memory) {
  if (memory != nullptr) CountTaken(malloc_usable_size(memory));
  return memory;
}

void CountFreed(void* memory) {
  if (memory != nullptr) CountGiven(malloc_usable_size(memory));
}

#endif

}  // namespace didact

#ifndef __SANITIZE_ADDRESS__

extern "C" {

// The C library provides its own functions under these names for replacements.
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);

void* malloc(size_t size) noexcept { return didact::Counted(__libc_malloc(size)); }

void* calloc(size_t count, size_t size) noexcept {
  return didact::Counted(__libc_calloc(count, size));
}

void* realloc(void* memory, size_t size) noexcept {
  const size_t before = memory != nullptr ? malloc_usable_size(memory) : 0;
  void* const result = __libc_realloc(memory, size);
  // A failed request leaves the old memory unchanged.
  if (result != nullptr || size == 0) didact::CountGiven(before);
  return didact::Counted(result);
}

void* memalign(size_t alignment, size_t size) noexcept {
  return didact::Counted(__libc_memalign(alignment, size));
}

void* aligned_alloc(size_t alignment, size_t size) noexcept { return memalign(alignment, size); }

int posix_memalign(void** memory, size_t alignment, size_t size) noexcept {
  void* const result = memalign(alignment, size);
  if (result == nullptr) return ENOMEM;
  *memory = result;
  return 0;
}

void free(void* memory) noexcept {
  didact::CountFreed(memory);
  __libc_free(memory);
}

}  // extern "C"

#endif
