// What tests of wrong plugins have in common: each plugin breaks one promise, and the test names the
// check of the suite that must fail.

#ifndef DIDACT_TESTS_CONFORMANCE_WRONG_PLUGIN_H_
#define DIDACT_TESTS_CONFORMANCE_WRONG_PLUGIN_H_

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "didact/framework/conformance/conformance.h"
#include "didact/framework/plugin/registry.h"
#include "gtest/gtest.h"

namespace didact {

// Sample files are put in a folder that Bazel removes if the process is killed.
inline const int temporaries_were_moved = setenv("TMPDIR", testing::TempDir().c_str(), 1);

// Returns the names of the checks that a plugin fails.
inline std::vector<std::string> Failures(const PluginRegistry& registry) {
  std::vector<std::string> failures;
  for (const ConformanceCheck& check : CheckPlugin(registry, *registry.List().front(), {})) {
    if (!check.status.ok()) failures.push_back(check.name);
  }
  return failures;
}

template <class Config, template <class> class Plugin>
std::vector<std::string> FailuresOf() {
  PluginRegistry registry;
  EXPECT_TRUE((registry.Add<Config, Plugin>().ok()));
  return Failures(registry);
}

template <class Config, class Plugin>
std::vector<std::string> FailuresOf() {
  PluginRegistry registry;
  EXPECT_TRUE((registry.Add<Config, Plugin>().ok()));
  return Failures(registry);
}

// Plugins without fields are all built in this way.
template <class Interface, class Plugin>
struct Buildable : Interface {
  template <class Config>
  static absl::StatusOr<std::unique_ptr<Interface>> Build(const Config&, const BuildContext&) {
    return std::make_unique<Plugin>();
  }
};

// A buffer that several threads share by mistake, with which nothing can go wrong but results.
template <class T>
class SharedBuffer {
 public:
  // Returns `value`, unless another thread has used the buffer in the meantime.
  T Pass(T value) const {
    for (std::atomic<T>& element : buffer_) element.store(value, std::memory_order_relaxed);
    return buffer_.front();
  }

 private:
  mutable std::array<std::atomic<T>, 64> buffer_ = {};
};

}  // namespace didact

#endif  // DIDACT_TESTS_CONFORMANCE_WRONG_PLUGIN_H_
