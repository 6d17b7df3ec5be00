// Prefixes for the names of a part's state.

#ifndef DIDACT_FRAMEWORK_TRAINING_PREFIXED_STATE_H_
#define DIDACT_FRAMEWORK_TRAINING_PREFIXED_STATE_H_

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/plugin/state.h"

namespace didact {

// Forwards every visit to another visitor, with a prefix before the name.
class PrefixedState final : public StateVisitor {
 public:
  PrefixedState(std::string prefix, StateVisitor& visitor)
      : prefix_(std::move(prefix)), visitor_(visitor) {}

  void Visit(absl::string_view name, AnyArrayView array) override {
    visitor_.Visit(absl::StrCat(prefix_, name), array);
  }

 private:
  std::string prefix_;
  StateVisitor& visitor_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_PREFIXED_STATE_H_
