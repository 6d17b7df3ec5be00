#include "framework/results/provenance.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "framework/base/file.h"
#include "framework/base/version.h"
#include "framework/kernels/simd_level.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

constexpr int64_t kMaxProvenanceBytes = int64_t{1} << 28;

std::string HostName() {
  std::array<char, 256> name = {};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

std::string ProcessorName() {
  absl::StatusOr<std::string> text = ReadFile("/proc/cpuinfo");
  if (!text.ok()) return "unknown";
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (!absl::StartsWith(line, "model name")) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    return std::string(absl::StripAsciiWhitespace(parts.second));
  }
  return "unknown";
}

std::string Format(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

}  // namespace

absl::Status WriteProvenance(const std::string& path, const Provenance& provenance) {
  nlohmann::ordered_json json;
  json["outcome"] = provenance.outcome;
  json["version"] = Version();
  json["commit"] = Commit();
  json["command"] = provenance.command;
  json["simd"] = std::string(ActiveSimdLevel());
  json["threads"] = provenance.threads;
  // Read once: a sweep writes many of these files.
  static const std::string* const processor = new std::string(ProcessorName());
  json["processor"] = *processor;
  json["host"] = HostName();
  json["plugin_libraries"] = provenance.plugin_libraries;
  json["start"] = Format(provenance.start);
  if (provenance.end != absl::InfiniteFuture()) {
    json["end"] = Format(provenance.end);
    json["seconds"] = absl::ToDoubleSeconds(provenance.end - provenance.start);
  }
  nlohmann::ordered_json trials = nlohmann::ordered_json::array();
  for (const TrialProvenance& trial : provenance.trials) {
    nlohmann::ordered_json entry;
    entry["seed"] = trial.seed;
    entry["status"] = trial.status;
    entry["steps"] = trial.steps;
    if (!trial.message.empty()) entry["message"] = trial.message;
    entry["seconds"] = trial.seconds;
    trials.push_back(std::move(entry));
  }
  json["trials"] = std::move(trials);
  // Command lines and paths may hold any bytes; those that are not UTF-8 are replaced.
  constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
  return WriteFileAtomically(path, json.dump(2, ' ', false, kReplace) + "\n");
}

bool RunEnded(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path, kMaxProvenanceBytes);
  if (!text.ok()) return false;
  const nlohmann::json json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  const auto outcome = json.find("outcome");
  return outcome != json.end() && (*outcome == "finished" || *outcome == "failed");
}

}  // namespace didact
