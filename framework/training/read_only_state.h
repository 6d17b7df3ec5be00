// Saves the state of objects that have one method for saving and restoring.

#ifndef DIDACT_FRAMEWORK_TRAINING_READ_ONLY_STATE_H_
#define DIDACT_FRAMEWORK_TRAINING_READ_ONLY_STATE_H_

#include "absl/strings/string_view.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/plugin/state.h"

namespace didact {

// Passes every visit to a reader, which gets no way to write.
class ReadOnlyState final : public StateVisitor {
 public:
  explicit ReadOnlyState(StateReader& reader) : reader_(reader) {}

  void Visit(absl::string_view name, AnyArrayView array) override { reader_.Read(name, array); }

 private:
  StateReader& reader_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_READ_ONLY_STATE_H_
