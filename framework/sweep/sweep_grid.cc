#include "didact/framework/sweep/sweep_grid.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

// Leaves space for the number within the 255 bytes that file systems allow.
constexpr size_t kMaxLabelLength = 180;
constexpr size_t kMaxValueLength = 40;

bool IsLabelCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
         c == '=';
}

absl::Status CheckLabel(absl::string_view label, const std::string& place) {
  if (!label.empty() && label.size() <= kMaxLabelLength &&
      std::all_of(label.begin(), label.end(), IsLabelCharacter)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(place, ": must be letters, digits, '_', '-', '.' and '=', at most ",
                   kMaxLabelLength, " of them, got \"", label.substr(0, kMaxLabelLength), "\""));
}

// Returns a text as part of a label. Each run of characters that a label cannot have becomes one
// '_', or nothing at the beginning and the end.
std::string ToLabel(absl::string_view text, size_t most) {
  std::string label;
  for (const char c : text) {
    const bool fits = IsLabelCharacter(c) && c != '=';
    if (fits) {
      label.push_back(c);
    } else if (!label.empty() && label.back() != '_') {
      label.push_back('_');
    }
  }
  label.resize(std::min(label.size(), most));
  while (!label.empty() && label.back() == '_') label.pop_back();
  return label;
}

std::string LastPart(absl::string_view field) {
  return std::string(field.substr(field.rfind('.') + 1));  // npos + 1 is 0
}

// A field of an axis and its values. The axis's own field is the first of its tracks.
struct Track {
  const std::string& field;
  const google::protobuf::RepeatedPtrField<std::string>& values;
  std::string path;  // of the message in the sweep
};

std::vector<Track> TracksOf(const Axis& axis, int index) {
  const std::string path = absl::StrCat("axis[", index, "]");
  std::vector<Track> tracks = {{axis.field(), axis.value(), path}};
  for (int z = 0; z < axis.zipped_size(); ++z) {
    tracks.push_back(
        {axis.zipped(z).field(), axis.zipped(z).value(), absl::StrCat(path, ".zipped[", z, "]")});
  }
  return tracks;
}

absl::Status CheckDistinctValues(const Axis& axis, const std::vector<Track>& tracks,
                                 const SweepPlaces& places) {
  Problems problems;
  std::map<std::vector<std::string>, int> seen;
  for (int v = 0; v < axis.value_size(); ++v) {
    std::vector<std::string> values;
    for (const Track& track : tracks) {
      if (v < track.values.size()) values.push_back(track.values[v]);
    }
    const auto [first, is_new] = seen.try_emplace(std::move(values), v);
    if (!is_new) {
      problems.Add(absl::InvalidArgumentError(
          absl::StrCat(places.Of(absl::StrCat(tracks[0].path, ".value[", v, "]")),
                       ": must not be there twice, got ", axis.value(v), " as value[",
                       first->second, "] already")));
    }
  }
  return problems.ToStatus();
}

absl::Status CheckAxis(const Axis& axis, int index, const SweepPlaces& places) {
  if (axis.field().empty() || axis.value_size() == 0) {
    const std::string path = absl::StrCat("axis[", index, "]");
    return absl::InvalidArgumentError(
        absl::StrCat(places.Of(path), ": must have a field and values"));
  }
  Problems problems;
  const std::vector<Track> tracks = TracksOf(axis, index);
  for (const Track& track : tracks) {
    if (track.values.size() == axis.value_size()) continue;
    problems.Add(absl::InvalidArgumentError(
        absl::StrCat(places.Of(absl::StrCat(track.path, ".value")), ": must be as many as ",
                     tracks[0].path, " has, ", axis.value_size(), ", got ", track.values.size())));
  }
  problems.Add(CheckDistinctValues(axis, tracks, places));
  if (axis.label_size() != 0 && axis.label_size() != axis.value_size()) {
    problems.Add(absl::InvalidArgumentError(absl::StrCat(
        places.Of(absl::StrCat(tracks[0].path, ".label")), ": must be as many as values, ",
        axis.value_size(), ", or none, got ", axis.label_size())));
  }
  std::set<absl::string_view> labels;
  for (int l = 0; l < axis.label_size(); ++l) {
    const std::string place = places.Of(absl::StrCat(tracks[0].path, ".label[", l, "]"));
    problems.Add(CheckLabel(axis.label(l), place));
    if (!labels.insert(axis.label(l)).second) {
      problems.Add(absl::InvalidArgumentError(absl::StrCat(
          place, ": must not be there twice on one axis, got \"", axis.label(l), "\"")));
    }
  }
  if (!axis.name().empty()) {
    problems.Add(CheckLabel(axis.name(), places.Of(absl::StrCat(tracks[0].path, ".name"))));
  }
  return problems.ToStatus();
}

}  // namespace

absl::StatusOr<SweepGrid> SweepGrid::Create(const Sweep& sweep, SweepPlaces places) {
  SweepGrid grid(sweep, std::move(places));
  DIDACT_RETURN_IF_ERROR(grid.Check());
  return grid;
}

SweepGrid::SweepGrid(const Sweep& sweep, SweepPlaces places)
    : sweep_(sweep), places_(std::move(places)) {
  sweep_.clear_base();
  for (const Point& point : sweep_.point()) {
    std::vector<absl::StatusOr<Override>>& changes = point_changes_.emplace_back();
    for (const std::string& set : point.set()) changes.push_back(ParseOverride(set));
  }
  if (sweep_.axis_size() > 0) {
    grid_size_ = 1;
    for (const Axis& axis : sweep_.axis()) {
      // Larger grids are refused by Check.
      grid_size_ = std::min(grid_size_ * std::max(axis.value_size(), 1), kMaxExperiments + 1);
    }
  }
  FillColumns();
}

absl::Status SweepGrid::Check() const {
  Problems problems;
  if (sweep_.axis_size() + sweep_.point_size() == 0) {
    problems.Add(absl::InvalidArgumentError(
        absl::StrCat(places_.Of("axis"), ": must be given at least once, or point")));
  }
  if (size() > kMaxExperiments) {
    problems.Add(absl::InvalidArgumentError(absl::StrCat(
        places_.Of("axis"), ": must make at most ", kMaxExperiments, " experiments, got more")));
  }
  std::map<absl::string_view, std::string> fields;  // field -> path of the message that sets it
  std::map<absl::string_view, std::string> names;
  for (int a = 0; a < sweep_.axis_size(); ++a) {
    problems.Add(CheckAxis(sweep_.axis(a), a, places_));
    for (const Track& track : TracksOf(sweep_.axis(a), a)) {
      const auto [other, is_new] = fields.try_emplace(track.field, track.path);
      if (is_new) continue;
      problems.Add(absl::InvalidArgumentError(
          absl::StrCat(places_.Of(absl::StrCat(track.path, ".field")), ": must not be that of ",
                       other->second, " too, got ", track.field)));
    }
    const std::string& name = sweep_.axis(a).name();
    const std::string path = absl::StrCat("axis[", a, "]");
    const auto [other, is_new] = names.try_emplace(name, path);
    if (!name.empty() && !is_new) {
      problems.Add(absl::InvalidArgumentError(absl::StrCat(places_.Of(absl::StrCat(path, ".name")),
                                                           ": must not be that of ", other->second,
                                                           " too, got ", name)));
    }
  }
  for (int p = 0; p < sweep_.point_size(); ++p) {
    const Point& point = sweep_.point(p);
    const std::string path = absl::StrCat("point[", p, "]");
    if (!point.label().empty()) {
      problems.Add(CheckLabel(point.label(), places_.Of(path + ".label")));
    }
    for (int s = 0; s < point.set_size(); ++s) {
      problems.Add(
          Annotate(point_changes_[p][s].status(), places_.Of(absl::StrCat(path, ".set[", s, "]"))));
    }
  }
  return problems.ToStatus();
}

void SweepGrid::FillColumns() {
  for (const Axis& axis : sweep_.axis()) column_fields_.push_back(axis.field());
  for (const std::vector<absl::StatusOr<Override>>& changes : point_changes_) {
    for (const absl::StatusOr<Override>& change : changes) {
      if (!change.ok()) continue;
      if (std::find(column_fields_.begin(), column_fields_.end(), change->path) ==
          column_fields_.end()) {
        column_fields_.push_back(change->path);
      }
    }
  }
  std::map<std::string, int> uses;
  for (const std::string& field : column_fields_) ++uses[LastPart(field)];
  for (size_t c = 0; c < column_fields_.size(); ++c) {
    const std::string& field = column_fields_[c];
    const bool is_axis = c < static_cast<size_t>(sweep_.axis_size());
    if (is_axis && !sweep_.axis(static_cast<int>(c)).name().empty()) {
      columns_.push_back(sweep_.axis(static_cast<int>(c)).name());
    } else {
      columns_.push_back(uses[LastPart(field)] == 1 ? LastPart(field) : field);
    }
  }
}

std::vector<int> SweepGrid::Positions(int64_t i) const {
  std::vector<int> positions(sweep_.axis_size());
  for (int a = sweep_.axis_size() - 1; a >= 0; --a) {
    positions[a] = static_cast<int>(i % sweep_.axis(a).value_size());
    i /= sweep_.axis(a).value_size();
  }
  return positions;
}

int64_t SweepGrid::ExperimentWith(int axis, int position) const {
  int64_t i = position;
  for (int a = axis + 1; a < sweep_.axis_size(); ++a) i *= sweep_.axis(a).value_size();
  return i;
}

std::vector<SweepChange> SweepGrid::Changes(int64_t i) const {
  std::vector<SweepChange> changes;
  if (i >= grid_size_) {
    const int p = static_cast<int>(i - grid_size_);
    for (size_t s = 0; s < point_changes_[p].size(); ++s) {
      SweepChange& change = changes.emplace_back();
      change.change = *point_changes_[p][s];
      change.field_place = change.value_place =
          places_.Of(absl::StrCat("point[", p, "].set[", s, "]"));
    }
    return changes;
  }
  const std::vector<int> positions = Positions(i);
  for (int a = 0; a < sweep_.axis_size(); ++a) {
    for (const Track& track : TracksOf(sweep_.axis(a), a)) {
      SweepChange& change = changes.emplace_back();
      change.change = {track.field, track.values[positions[a]]};
      change.field_place = places_.Of(track.path + ".field");
      change.value_place = places_.Of(absl::StrCat(track.path, ".value[", positions[a], "]"));
    }
  }
  return changes;
}

std::string SweepGrid::AxisLabel(int axis, int position) const {
  const Axis& chosen = sweep_.axis(axis);
  if (chosen.label_size() > 0) return chosen.label(position);
  return absl::StrCat(ToLabel(columns_[axis], kMaxValueLength), "=",
                      ToLabel(chosen.value(position), kMaxValueLength));
}

std::string SweepGrid::PointLabel(int point) const {
  const std::string& label = sweep_.point(point).label();
  if (!label.empty()) return label;
  if (point_changes_[point].empty()) return "base";
  std::vector<std::string> parts;
  for (const absl::StatusOr<Override>& change : point_changes_[point]) {
    parts.push_back(absl::StrCat(ToLabel(LastPart(change->path), kMaxValueLength), "=",
                                 ToLabel(change->value, kMaxValueLength)));
  }
  return absl::StrJoin(parts, "_");
}

std::string SweepGrid::Label(int64_t i) const {
  std::string label;
  if (i >= grid_size_) {
    label = PointLabel(static_cast<int>(i - grid_size_));
  } else {
    const std::vector<int> positions = Positions(i);
    for (int a = 0; a < sweep_.axis_size(); ++a) {
      absl::StrAppend(&label, a == 0 ? "" : "_", AxisLabel(a, positions[a]));
    }
  }
  label.resize(std::min(label.size(), kMaxLabelLength));
  const int width = std::max<int>(3, static_cast<int>(absl::StrCat(size() - 1).size()));
  return absl::StrFormat("%0*d-%s", width, i, label);
}

std::vector<std::string> SweepGrid::Cells(int64_t i) const {
  std::vector<std::string> cells(columns_.size());
  if (i < grid_size_) {
    const std::vector<int> positions = Positions(i);
    for (int a = 0; a < sweep_.axis_size(); ++a) {
      const Axis& axis = sweep_.axis(a);
      cells[a] = axis.label_size() > 0 ? axis.label(positions[a]) : axis.value(positions[a]);
    }
  } else {
    for (const absl::StatusOr<Override>& change : point_changes_[i - grid_size_]) {
      for (size_t c = 0; c < columns_.size(); ++c) {
        if (column_fields_[c] == change->path) cells[c] = change->value;
      }
    }
  }
  for (std::string& cell : cells) {
    cell = absl::StrReplaceAll(cell, {{"\n", " "}, {"\t", " "}});
  }
  return cells;
}

std::vector<int64_t> SweepGrid::Samples(int64_t most) const {
  std::set<int64_t> samples;
  int64_t stride = grid_size_;
  for (const Axis& axis : sweep_.axis()) {
    stride /= axis.value_size();
    for (int v = 0; v < axis.value_size(); ++v) samples.insert(v * stride);
  }
  for (int64_t i = grid_size_; i < size(); ++i) samples.insert(i);
  std::vector<int64_t> list(samples.begin(), samples.end());
  if (static_cast<int64_t>(list.size()) > most) list.resize(most);
  return list;
}

}  // namespace didact
