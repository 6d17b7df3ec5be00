// Reverses the byte order of the elements of an array.

#ifndef DIDACT_FRAMEWORK_IO_BYTE_ORDER_H_
#define DIDACT_FRAMEWORK_IO_BYTE_ORDER_H_

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace didact {

// Reverses the bytes of each element: big endian becomes little endian. `bytes` has whole elements
// of `element_bytes` bytes.
template <class Bytes>
void ReverseByteOrder(int64_t element_bytes, Bytes& bytes) {
  if (element_bytes == 1) return;
  for (auto element = bytes.begin(); element != bytes.end(); element += element_bytes) {
    std::reverse(element, std::next(element, element_bytes));
  }
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_BYTE_ORDER_H_
