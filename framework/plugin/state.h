// Saves and restores the state of objects for checkpoints.

#ifndef DIDACT_FRAMEWORK_PLUGIN_STATE_H_
#define DIDACT_FRAMEWORK_PLUGIN_STATE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/base/array_view.h"

namespace didact {

// Visits every piece of an object's state, in a fixed order and under names that are unique within
// the object. The same visit saves the state (the visitor reads the arrays) and restores it (the
// visitor writes them), so that both always agree.
//
// 1. The framework prepares an object, such as an optimizer, as usual.
// 2. To save or restore a checkpoint, it calls the object's VisitState with a visitor.
// 3. The object calls Visit for each piece. Shapes must depend on the config and the shapes given
//    to Prepare alone, because a restored object has been prepared but not used.
//
// Example, an optimizer with a velocity for each block:
//
//   void VisitState(StateVisitor& visitor) override {
//     for (size_t b = 0; b < velocities_.size(); ++b) {
//       VisitPerParameter("velocity", blocks_[b], velocities_[b].view(), visitor);
//     }
//   }
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;

  // Reads or writes the elements of `array`.
  virtual void Visit(absl::string_view name, AnyArrayView array) = 0;

  // A single number.
  void Visit(absl::string_view name, double& number) {
    Visit(name, ArrayView<double>(&number, {1}));
  }
  void Visit(absl::string_view name, int64_t& number) {
    Visit(name, ArrayView<int64_t>(&number, {1}));
  }
};

// Receives every piece of an object's state when it is saved, and cannot change it.
class StateReader {
 public:
  virtual ~StateReader() = default;

  // `array` is valid only during the call.
  virtual void Read(absl::string_view name, AnyConstArrayView array) = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_STATE_H_
