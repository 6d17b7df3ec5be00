#include "didact/framework/export/manifest.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/export/table_row.h"
#include "didact/framework/io/file_reader.h"
#include "didact/framework/io/npy.h"
#include "nlohmann/json.hpp"

namespace didact {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::string_view kBegin = "{\"format\":\"didact-export\"";

std::string Print(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Returns the names of a member's dimensions, as far as they are known. `described`: null without a
// description.
Json AxesOf(const StreamedArray& member, bool is_of_metrics, const MetricKey* described) {
  if (member.name == "epoch" || member.name == "array_epoch") return {member.name};
  if (member.shape.size() == 1) return {"seed"};
  Json axes = {"seed", is_of_metrics ? "epoch" : "array_epoch"};
  if (described != nullptr && described->axes.size() + axes.size() == member.shape.size()) {
    for (const std::string& axis : described->axes) axes.push_back(axis);
  }
  return axes;
}

}  // namespace

std::string ManifestBegin(const ResultDirectory& directory) {
  Json axes = Json::array();
  for (const SweepColumn& column : directory.columns()) {
    if (!column.is_label) axes.push_back({{"name", column.name}, {"field", column.field}});
  }
  return absl::StrCat(kBegin, ",\"version\":1,\"name\":", Print(directory.name()),
                      ",\n\"axes\":", Print(axes), ",\n\"experiments\":[");
}

std::string ManifestEntry(const ResultDirectory& directory, const ExperimentStack& stack,
                          const std::string& file, absl::Span<const MetricKey> keys) {
  const ResultExperiment& experiment = stack.experiment();
  Json entry;
  if (directory.is_sweep()) entry["experiment"] = experiment.number;
  entry["label"] = experiment.label;
  entry["file"] = file;
  Json axes = Json::object();
  const std::vector<SweepColumn> columns = directory.columns();
  for (size_t c = 0; c < experiment.cells.size(); ++c) {
    const SweepColumn& column = columns[c];
    const std::string& cell = experiment.cells[c];
    if (cell.empty()) continue;
    axes[column.name] = column.is_label ? Json(cell) : Json::parse(JsonCell(cell), nullptr, false);
  }
  entry["axes"] = std::move(axes);

  const std::vector<TrialStatus>& statuses = stack.statuses();
  const auto has_begun = [](TrialStatus status) { return status != TrialStatus::kPending; };
  const auto first = std::find_if(statuses.begin(), statuses.end(), has_begun);
  const auto last = std::find_if(statuses.rbegin(), statuses.rend(), has_begun);
  Json seeds;
  if (first != statuses.end()) {
    seeds["first"] = experiment.first_seed + static_cast<uint64_t>(first - statuses.begin());
    seeds["last"] = experiment.first_seed + static_cast<uint64_t>(statuses.rend() - last - 1);
  }
  seeds["count"] = std::count_if(statuses.begin(), statuses.end(), has_begun);
  entry["seeds"] = std::move(seeds);
  Json counts = Json::object();
  for (int s = kTrialStatuses - 1; s > 0; --s) {
    const TrialStatus status = static_cast<TrialStatus>(s);
    const int64_t count = std::count(statuses.begin(), statuses.end(), status);
    if (count > 0) counts[std::string(TrialStatusName(status))] = count;
  }
  entry["statuses"] = std::move(counts);
  entry["epochs"] = stack.epochs();

  Json arrays = Json::object();
  bool is_of_metrics = true;
  for (const StreamedArray& member : stack.members()) {
    is_of_metrics = is_of_metrics && member.name != "array_epoch";
    Json array;
    array["dtype"] = member.characters > 0 ? absl::StrCat("<U", member.characters)
                                           : std::string(NpyElementName(member.element));
    array["shape"] = member.shape;
    const MetricKey* const described = FindRecordKey(keys, member.name);
    array["axes"] = AxesOf(member, is_of_metrics, described);
    if (described != nullptr && !described->unit.empty()) array["unit"] = described->unit;
    if (IsHeadline(keys, member.name)) array["headline"] = true;
    arrays[member.name] = std::move(array);
  }
  entry["arrays"] = std::move(arrays);
  return Print(entry);
}

std::string ManifestEnd() { return "\n]}\n"; }

bool IsManifest(const std::string& path) {
  const absl::StatusOr<FileReader> file = FileReader::Open(path);
  if (!file.ok()) return false;
  const absl::StatusOr<std::string> begin = file->ReadAt(0, static_cast<int64_t>(kBegin.size()));
  return begin.ok() && *begin == kBegin;
}

}  // namespace didact
