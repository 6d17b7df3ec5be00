#include "didact/framework/results/provenance.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "didact/framework/base/version.h"
#include "didact/framework/io/file.h"
#include "didact/framework/kernels/simd_level.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

using Json = nlohmann::ordered_json;

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

// Returns the member of an object, or null if there is none.
const Json& Member(const Json& json, const char* name) {
  static const Json* const null = new Json();
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found == json.end() ? *null : *found;
}

std::string TextOf(const Json& json) {
  return json.is_string() ? json.get<std::string>() : std::string();
}

template <class Number>
Number NumberOf(const Json& json, Number otherwise) {
  return json.is_number() ? json.get<Number>() : otherwise;
}

std::vector<std::string> TextsOf(const Json& json) {
  std::vector<std::string> texts;
  if (!json.is_array()) return texts;
  for (const Json& text : json) texts.push_back(TextOf(text));
  return texts;
}

Json JsonOf(const LoadedLibrary& loaded) {
  Json json;
  json["path"] = loaded.library.path;
  json["name"] = loaded.library.name;
  json["version"] = loaded.library.version;
  json["sha256"] = loaded.library.sha256;
  json["used"] = loaded.is_used;
  return json;
}

Json JsonOf(const MetricKey& described) {
  Json json;
  json["key"] = described.key;
  if (!described.axes.empty()) json["axes"] = described.axes;
  if (!described.unit.empty()) json["unit"] = described.unit;
  if (described.is_headline) json["headline"] = true;
  return json;
}

std::optional<std::vector<PluginLibraryInfo>> UsedLibrariesOf(const Json& json) {
  if (!json.is_array()) return std::nullopt;
  std::vector<PluginLibraryInfo> libraries;
  for (const Json& entry : json) {
    PluginLibraryInfo library;
    library.path = TextOf(Member(entry, "path"));
    library.name = TextOf(Member(entry, "name"));
    library.version = TextOf(Member(entry, "version"));
    library.sha256 = TextOf(Member(entry, "sha256"));
    if (library.sha256.empty()) return std::nullopt;
    if (Member(entry, "used") == true) libraries.push_back(std::move(library));
  }
  return libraries;
}

Json JsonOf(const DataFile& file) {
  Json json;
  json["field"] = file.field;
  json["path"] = file.path;
  json["sha256"] = file.sha256;
  return json;
}

std::optional<std::vector<DataFile>> DataFilesOf(const Json& json) {
  if (!json.is_array()) return std::nullopt;
  std::vector<DataFile> files;
  for (const Json& entry : json) {
    DataFile& file = files.emplace_back();
    file.field = TextOf(Member(entry, "field"));
    file.path = TextOf(Member(entry, "path"));
    file.sha256 = TextOf(Member(entry, "sha256"));
    if (file.sha256.empty()) return std::nullopt;
  }
  return files;
}

// Command lines and paths may contain any bytes; those that are not UTF-8 are replaced.
std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// Returns the object in the file at `path` without its trials, which may be many. Null if the file
// is missing or damaged.
Json ReadWithoutTrials(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxProvenanceBytes);
  if (!text.ok()) return Json();
  const auto skip_trials = [](int, Json::parse_event_t event, const Json& parsed) {
    return event != Json::parse_event_t::key || parsed != "trials";
  };
  Json json = Json::parse(*text, skip_trials, /*allow_exceptions=*/false);
  return json.is_object() ? json : Json();
}

// Returns the member `trials`, one line for each trial. A million trials are possible, and their
// JSON values would take a kilobyte each if all were in memory at the same time.
std::string FormatTrials(const std::vector<TrialProvenance>& trials) {
  std::string text = "\n  \"trials\": [";
  for (const TrialProvenance& trial : trials) {
    Json entry;
    entry["seed"] = trial.seed;
    entry["status"] = std::string(TrialStatusName(trial.status));
    entry["steps"] = trial.steps;
    if (!trial.message.empty()) entry["message"] = trial.message;
    if (trial.resumed_at >= 0) entry["resumed_at"] = trial.resumed_at;
    if (!trial.notes.empty()) entry["notes"] = trial.notes;
    if (!trial.warnings.empty()) entry["warnings"] = trial.warnings;
    if (!trial.teachers.empty()) entry["teachers"] = trial.teachers;
    if (trial.seconds >= 0) entry["seconds"] = trial.seconds;
    absl::StrAppend(&text, text.back() == '[' ? "\n    " : ",\n    ", Dump(entry, -1));
  }
  return text + (trials.empty() ? "]" : "\n  ]");
}

}  // namespace

EarlierProvenance ReadProvenance(const std::string& path) {
  EarlierProvenance earlier;
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxProvenanceBytes);
  Json json = text.ok() ? Json::parse(*text, nullptr, /*allow_exceptions=*/false) : Json();
  if (!json.is_object()) return earlier;
  earlier.simd = TextOf(Member(json, "simd"));
  earlier.start = TextOf(Member(json, "start"));
  earlier.used_libraries = UsedLibrariesOf(Member(json, "plugin_libraries"));
  earlier.data_files = DataFilesOf(Member(json, "data_files"));
  const Json& trials = Member(json, "trials");
  for (const Json& entry : trials.is_array() ? trials : Json::array()) {
    TrialProvenance& trial = earlier.trials.emplace_back();
    trial.seed = NumberOf<uint64_t>(Member(entry, "seed"), 0);
    trial.status = TrialStatusOf(TextOf(Member(entry, "status")));
    trial.steps = NumberOf<int64_t>(Member(entry, "steps"), 0);
    trial.message = TextOf(Member(entry, "message"));
    trial.seconds = NumberOf<double>(Member(entry, "seconds"), -1);
    trial.resumed_at = NumberOf<int64_t>(Member(entry, "resumed_at"), -1);
    trial.notes = TextsOf(Member(entry, "notes"));
    trial.warnings = TextsOf(Member(entry, "warnings"));
    trial.teachers = TextsOf(Member(entry, "teachers"));
  }
  Json processes = Member(json, "earlier").is_array() ? Member(json, "earlier") : Json::array();
  for (const char* const member : {"trials", "earlier", "metrics"}) json.erase(member);
  processes.push_back(std::move(json));
  earlier.earlier = Dump(processes, -1);
  return earlier;
}

EarlierProvenance ReadLatestProvenance(const std::string& directory) {
  std::vector<EarlierProvenance> all;
  const absl::StatusOr<std::vector<std::string>> names = ListDirectory(directory);
  if (!names.ok()) return {};
  for (const std::string& name : *names) {
    if (!absl::StartsWith(name, "provenance.") || !absl::EndsWith(name, ".json")) continue;
    all.push_back(ReadProvenance(JoinPath(directory, name)));
  }
  absl::c_stable_sort(all, [](const EarlierProvenance& a, const EarlierProvenance& b) {
    return a.start < b.start;
  });
  std::optional<std::vector<DataFile>> files;
  for (const EarlierProvenance& one : all) {
    if (one.data_files)
      files = MergeDataFiles(files.value_or(std::vector<DataFile>()), *one.data_files);
  }
  if (all.empty()) return {};
  EarlierProvenance latest = std::move(all.back());
  latest.data_files = std::move(files);
  return latest;
}

std::vector<LoadedLibrary> LoadedLibraries(const PluginRegistry& registry,
                                           absl::Span<const PluginLibraryInfo> used) {
  std::vector<LoadedLibrary> loaded;
  for (const PluginLibraryInfo& library : registry.libraries()) {
    const bool is_used = absl::c_any_of(used, [&library](const PluginLibraryInfo& other) {
      return other.canonical_path == library.canonical_path;
    });
    loaded.push_back({library, is_used});
  }
  return loaded;
}

absl::Status WriteProvenance(const std::string& path, const Provenance& provenance) {
  Json json;
  json["outcome"] = std::string(TrialStatusName(provenance.outcome));
  json["version"] = Version();
  json["commit"] = Commit();
  json["command"] = provenance.command;
  json["simd"] = std::string(ActiveSimdLevel());
  json["threads"] = provenance.threads;
  if (provenance.processes > 1) json["processes"] = provenance.processes;
  // Read once: a sweep writes many of these files.
  static const std::string* const processor = new std::string(ProcessorName());
  json["processor"] = *processor;
  json["host"] = HostName();
  json["plugin_libraries"] = Json::array();
  for (const LoadedLibrary& loaded : provenance.plugin_libraries) {
    json["plugin_libraries"].push_back(JsonOf(loaded));
  }
  json["data_files"] = Json::array();
  for (const DataFile& file : provenance.data_files) json["data_files"].push_back(JsonOf(file));
  for (const MetricKey& described : provenance.metric_keys) {
    json["metrics"].push_back(JsonOf(described));
  }
  if (!provenance.notes.empty()) json["notes"] = provenance.notes;
  json["start"] = Format(provenance.start);
  if (provenance.taken != absl::InfiniteDuration()) {
    json["end"] = Format(provenance.start + provenance.taken);
    json["seconds"] = absl::ToDoubleSeconds(provenance.taken);
  }
  json["trials"] = Json::array();
  if (!provenance.earlier.empty()) {
    json["earlier"] = Json::parse(provenance.earlier, nullptr, false);
  }
  std::string text = Dump(json, 2);
  // Strings in JSON contain no line breaks, so this text is found only at the member itself.
  static constexpr char kNoTrials[] = "\n  \"trials\": []";
  text.replace(text.find(kNoTrials), sizeof(kNoTrials) - 1, FormatTrials(provenance.trials));
  text += '\n';
  return WriteFileAtomically(path, text);
}

std::vector<MetricKey> ReadMetricKeys(const std::string& path) {
  const Json json = ReadWithoutTrials(path);
  const Json& metrics = Member(json, "metrics");
  std::vector<MetricKey> keys;
  for (const Json& entry : metrics.is_array() ? metrics : Json::array()) {
    keys.push_back({TextOf(Member(entry, "key")), TextsOf(Member(entry, "axes")),
                    TextOf(Member(entry, "unit")), Member(entry, "headline") == true});
  }
  return keys;
}

bool RunEnded(const std::string& path) {
  const Json json = ReadWithoutTrials(path);
  const TrialStatus outcome = TrialStatusOf(TextOf(Member(json, "outcome")));
  return outcome == TrialStatus::kFinished || outcome == TrialStatus::kFailed;
}

}  // namespace didact
