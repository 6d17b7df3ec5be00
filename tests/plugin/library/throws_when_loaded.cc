// A plugin library that cannot be loaded.

#include <stdexcept>

#include "absl/status/status.h"
#include "didact/framework/plugin/library/manifest.h"

namespace didact::loader_test {
namespace {

struct Bends {
  Bends() { throw std::runtime_error("no table of bends"); }
};

const Bends bends;

absl::Status Register(PluginRegistry&) { return absl::OkStatus(); }

}  // namespace
}  // namespace didact::loader_test

DIDACT_PLUGIN_LIBRARY("throws_when_loaded", "1.0", didact::loader_test::Register)
