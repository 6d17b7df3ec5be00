// How large a data set is, as far as its config tells before it is built.

#ifndef DIDACT_FRAMEWORK_PLUGIN_DATASET_SIZE_H_
#define DIDACT_FRAMEWORK_PLUGIN_DATASET_SIZE_H_

#include <cstdint>

namespace didact {

// 0: only the data set itself knows, once it is built.
struct DatasetSize {
  int64_t samples = 0;
  int64_t features = 0;  // elements of an input
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_DATASET_SIZE_H_
