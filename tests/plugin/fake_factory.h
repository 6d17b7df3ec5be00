// A plugin that has only a name and a config, for tests that never build one.

#ifndef DIDACT_TESTS_PLUGIN_FAKE_FACTORY_H_
#define DIDACT_TESTS_PLUGIN_FAKE_FACTORY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/descriptor.h"

namespace didact::test {

// Building a plugin fails.
class FakeFactory : public PluginFactory {
 public:
  FakeFactory(std::string kind, const google::protobuf::Descriptor& config)
      : kind_(std::move(kind)), config_(config) {}

  absl::string_view kind() const override { return kind_; }
  const google::protobuf::Descriptor& config() const override { return config_; }
  const void* creator(int) const override { return nullptr; }

 private:
  std::string kind_;
  const google::protobuf::Descriptor& config_;
};

template <class Config>
absl::Status AddFake(PluginRegistry& registry, absl::string_view kind) {
  return registry.Add(std::make_unique<FakeFactory>(std::string(kind), *Config::descriptor()));
}

}  // namespace didact::test

#endif  // DIDACT_TESTS_PLUGIN_FAKE_FACTORY_H_
