// Normal random components of one sample, addressed by the sample's number: what makes a sample the
// same however a data set is read.

#ifndef DIDACT_PLUGINS_DATASETS_NORMAL_SAMPLE_H_
#define DIDACT_PLUGINS_DATASETS_NORMAL_SAMPLE_H_

#include <cstdint>

#include "framework/base/random.h"

namespace didact {

// Calls write(component, normal) for the components 0 to dimension - 1 of sample `sample`, in
// order; the normals are independent over components and samples. Every sample begins with a pair
// of its own, so that an odd dimension does not tie a sample to its neighbour.
template <class Write>
void ForEachNormal(const RandomStream& random, int64_t sample, int64_t dimension, Write write) {
  uint64_t pair = static_cast<uint64_t>(sample) * static_cast<uint64_t>((dimension + 1) / 2);
  int64_t component = 0;
  for (; component + 1 < dimension; component += 2, ++pair) {
    const auto [even, odd] = random.NormalPair(pair);
    write(component, even);
    write(component + 1, odd);
  }
  if (component < dimension) write(component, random.NormalPair(pair)[0]);
}

}  // namespace didact

#endif  // DIDACT_PLUGINS_DATASETS_NORMAL_SAMPLE_H_
