// Computes the width of a hidden layer that is a multiple of another layer's width.

#ifndef DIDACT_FRAMEWORK_CONFIG_SCALED_WIDTH_H_
#define DIDACT_FRAMEWORK_CONFIG_SCALED_WIDTH_H_

#include <cstdint>

namespace didact {

// Returns `width` times `multiplier`, rounded down. The product is computed exactly with the
// decimal number that a person reads and writes, which is the shortest text that parses to the same
// double: 100 times 1.15 is 115, although the double nearest to 1.15 is smaller. A product that
// exceeds int64 becomes the largest int64; a width or a multiplier that is not positive gives 0.
int64_t ScaledWidth(int64_t width, double multiplier);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_SCALED_WIDTH_H_
