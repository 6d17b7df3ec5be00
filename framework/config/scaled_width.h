// Widths of hidden layers that are multiples of others: the one place where such a product is taken.

#ifndef DIDACT_FRAMEWORK_CONFIG_SCALED_WIDTH_H_
#define DIDACT_FRAMEWORK_CONFIG_SCALED_WIDTH_H_

#include <cstdint>

namespace didact {

// `width` times `multiplier`, rounded down. The product is that of the decimal number that a person
// reads and writes, the shortest text that reads back as the same double: 100 times 1.15 is 115,
// though the double nearest to 1.15 is less than that. Exact; a product that is no int64 becomes the
// largest one, and a width or a multiplier that is not positive gives 0.
int64_t ScaledWidth(int64_t width, double multiplier);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_SCALED_WIDTH_H_
