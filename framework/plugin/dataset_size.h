// The size of a data set as far as its config determines it.

#ifndef DIDACT_FRAMEWORK_PLUGIN_DATASET_SIZE_H_
#define DIDACT_FRAMEWORK_PLUGIN_DATASET_SIZE_H_

#include <cstdint>

namespace didact {

// The numbers that Dataset::size and Dataset::sample_shape return before Prepare. Numbers that are
// known only once the data set is built are 0.
struct DatasetSize {
  int64_t samples = 0;
  int64_t features = 0;  // elements of an input
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_DATASET_SIZE_H_
