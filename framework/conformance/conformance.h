// Runs a plugin and checks the contract of its kind.
//
// Example, which prints what is wrong with any plugin of a registry:
//
//   for (const PluginFactory* const plugin : registry.List()) {
//     std::fputs(DescribeFailures(CheckPlugin(registry, *plugin, {})).c_str(), stderr);
//   }

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_CONFORMANCE_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_CONFORMANCE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "didact/framework/conformance/check_list.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/any.pb.h"

namespace didact {

// Runs all checks of the plugin's kind for each of `configs` (messages of the plugin's type,
// packed; resolved or not), in both precisions. Without configs, uses the plugin's example, which
// `didact plugins NAME` prints (ExampleOfPlugin), with the files of SampleFiles. Each config has a
// check "builds". If there is no config, for example because the example needs a file that is
// missing (NOT_FOUND), the only result is a failed check "config". Names and order depend only on
// kind and results.
//
// Initializers, projections and metrics are given a teacher with 6 inputs, hidden layers of 5 and 4
// nodes and 3 outputs, and a student with twice as many nodes in each hidden layer. Inputs of an
// augmentation have shape [12] or [3, 8, 8], whichever its Prepare accepts.
//
// `observer`, if given, is told when each check begins and ends.
//
// Threads: safe, if the plugin is; uses two threads itself. Takes about a second at most.
std::vector<ConformanceCheck> CheckPlugin(const PluginRegistry& registry,
                                          const PluginFactory& plugin,
                                          absl::Span<const google::protobuf::Any> configs,
                                          CheckObserver* observer = nullptr);

// Returns "3 of 12 checks failed" and a line per failure, "derivative of [didact/Relu] { }: ...";
// empty if there is none.
std::string DescribeFailures(absl::Span<const ConformanceCheck> checks);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_CONFORMANCE_H_
