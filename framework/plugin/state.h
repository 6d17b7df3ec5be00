// Saves and restores the state of objects for checkpoints.

#ifndef DIDACT_FRAMEWORK_PLUGIN_STATE_H_
#define DIDACT_FRAMEWORK_PLUGIN_STATE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "framework/base/any_array_view.h"
#include "framework/base/array_view.h"

namespace didact {

// Visits every piece of an object's state, in a fixed order and under names that are unique within
// the object. The same visit saves (the visitor reads) and restores (the visitor writes), so that
// both always agree. Shapes must depend on the config alone, since an object is prepared as usual
// before it is restored.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;

  virtual void Visit(absl::string_view name, AnyArrayView array) = 0;

  // A single number.
  void Visit(absl::string_view name, double& number) {
    Visit(name, ArrayView<double>(&number, {1}));
  }
  void Visit(absl::string_view name, int64_t& number) {
    Visit(name, ArrayView<int64_t>(&number, {1}));
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_STATE_H_
