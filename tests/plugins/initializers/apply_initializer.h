// Builds an initializer from text and applies it, for tests.

#ifndef DIDACT_TESTS_PLUGINS_INITIALIZERS_APPLY_INITIALIZER_H_
#define DIDACT_TESTS_PLUGINS_INITIALIZERS_APPLY_INITIALIZER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "tests/plugins/build_plugin.h"
#include "tests/plugins/test_network.h"

namespace didact {

// Applies the initializer that `register_initializer` registers, with the config `text`, to
// `network`, with random numbers of `seed`. `teacher`: the finished teacher if `network` is a
// student.
template <class T>
absl::Status ApplyInitializer(RegisterFunction register_initializer, const std::string& text,
                              TestNetwork<T>& network, uint64_t seed = 1,
                              const TestNetwork<T>* teacher = nullptr) {
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Initializer<T>> initializer,
                          BuildPlugin<Initializer<T>>(register_initializer, text));
  const InitializerContext<T> context{
      RandomStream(seed, "initializer"),
      teacher == nullptr ? NetworkView<const T>() : teacher->const_weights()};
  return initializer->Apply(context, network.weights());
}

}  // namespace didact

#endif  // DIDACT_TESTS_PLUGINS_INITIALIZERS_APPLY_INITIALIZER_H_
