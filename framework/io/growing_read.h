// Reads a stream of unknown length into one contiguous container that grows with the data that
// arrive.

#ifndef DIDACT_FRAMEWORK_IO_GROWING_READ_H_
#define DIDACT_FRAMEWORK_IO_GROWING_READ_H_

#include <algorithm>
#include <cstdint>
#include <new>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"

namespace didact {

// How ReadGrowing ended.
enum class StreamEnd {
  kReached,    // the container holds the whole stream
  kOverLimit,  // the stream has more bytes than allowed; the container holds the first of them
};

// Appends the bytes that `read_some` delivers to `bytes` (empty at first; std::string or
// std::vector<uint8_t>), until the stream ends or `max_bytes` are exceeded.
//   name: what is read; errors begin with it.
//   read_some(char* buffer, int64_t size) -> absl::StatusOr<int64_t>: at most `size` bytes, 0 at
//       the end.
//   expected_bytes: reserved at once, so it must be reliable, like a file's size.
// Beyond that, memory grows by half of what has arrived, in steps of at least 64 KiB.
// Errors: those of `read_some`; RESOURCE_EXHAUSTED if memory runs out.
template <class Container, class ReadSome>
absl::StatusOr<StreamEnd> ReadGrowing(absl::string_view name, ReadSome read_some,
                                      int64_t expected_bytes, int64_t max_bytes, Container& bytes) {
  constexpr int64_t kSmallestStep = int64_t{1} << 16;
  constexpr int64_t kLargestRead = int64_t{1} << 30;
  // One byte more than expected, so that the end is seen without growing again.
  int64_t capacity = expected_bytes > 0 ? expected_bytes + 1 : kSmallestStep;
  int64_t used = 0;
  while (used <= max_bytes) {
    capacity = std::min(capacity, max_bytes + 1);
    try {
      bytes.resize(static_cast<size_t>(capacity));
    } catch (const std::bad_alloc&) {
      return FieldPath(name).Error(absl::StatusCode::kResourceExhausted,
                                   absl::StrCat("not enough memory for ", capacity, " bytes"));
    }
    while (used < capacity) {
      absl::StatusOr<int64_t> read = read_some(reinterpret_cast<char*>(bytes.data()) + used,
                                               std::min(capacity - used, kLargestRead));
      if (!read.ok()) return read.status();
      if (*read == 0) {
        bytes.resize(static_cast<size_t>(used));
        return StreamEnd::kReached;
      }
      used += *read;
    }
    capacity = used + std::max(used / 2, kSmallestStep);
  }
  bytes.resize(static_cast<size_t>(max_bytes));
  return StreamEnd::kOverLimit;
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_GROWING_READ_H_
