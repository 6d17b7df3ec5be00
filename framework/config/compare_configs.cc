#include "didact/framework/config/compare_configs.h"

#include <cstddef>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "didact/framework/config/file_names.h"
#include "didact/framework/plugin/quiet_compare.h"
#include "google/protobuf/util/message_differencer.h"

namespace didact {
namespace {

// A longer list of differences would not help the user.
constexpr size_t kMaxDifferences = 300;

// Returns a copy in which all files have the same name, and all plugins their canonical names.
std::unique_ptr<google::protobuf::Message> WithoutFileNames(
    const google::protobuf::Message& message, const PluginRegistry& registry) {
  std::unique_ptr<google::protobuf::Message> copy(message.New());
  copy->CopyFrom(message);
  ChangeFileNames(registry, *copy,
                  [](const std::string&, const std::string&) { return std::string("FILE"); });
  return copy;
}

}  // namespace

ConfigComparison CompareConfigs(const google::protobuf::Message& before,
                                const google::protobuf::Message& now,
                                const PluginRegistry& registry) {
  ConfigComparison comparison;
  google::protobuf::util::MessageDifferencer differencer;
  std::string report;
  differencer.ReportDifferencesToString(&report);
  if (!CompareQuietly(differencer, *WithoutFileNames(before, registry),
                      *WithoutFileNames(now, registry))) {
    comparison.differences =
        absl::StrReplaceAll(absl::StripAsciiWhitespace(report), {{"modified: ", ""}, {"\n", "; "}});
    if (comparison.differences.size() > kMaxDifferences) {
      comparison.differences.resize(kMaxDifferences);
      comparison.differences += "...";
    }
    // The report leaves out plugins of different types.
    if (comparison.differences.empty()) comparison.differences = "another plugin";
    return comparison;
  }
  const std::vector<FileName> names_before = FileNamesIn(before, registry);
  const std::vector<FileName> names_now = FileNamesIn(now, registry);
  for (size_t i = 0; i < names_before.size(); ++i) {
    if (names_before[i].name == names_now[i].name) continue;
    comparison.file_names.push_back(
        {names_before[i].field, names_before[i].name, names_now[i].name});
  }
  return comparison;
}

}  // namespace didact
