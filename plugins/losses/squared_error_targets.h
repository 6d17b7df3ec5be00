// The field `target` of squared errors.

#ifndef DIDACT_PLUGINS_LOSSES_SQUARED_ERROR_TARGETS_H_
#define DIDACT_PLUGINS_LOSSES_SQUARED_ERROR_TARGETS_H_

#include <vector>

#include "didact/framework/plugin/loss.h"
#include "didact/protos/plugins/loss.pb.h"

namespace didact {

// Returns the value of LossFunction::targets that the field `target` of `config` selects.
template <class Config>
std::vector<LossTargets> SquaredErrorTargets(const Config& config) {
  if (!config.has_target()) return {{.teacher = true}, {.array = true}, {.labels = true}};
  return {{.teacher = config.target() == TEACHER,
           .array = config.target() == ARRAY,
           .labels = config.target() == LABELS}};
}

}  // namespace didact

#endif  // DIDACT_PLUGINS_LOSSES_SQUARED_ERROR_TARGETS_H_
