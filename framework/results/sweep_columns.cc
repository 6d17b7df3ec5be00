#include "didact/framework/results/sweep_columns.h"

#include <map>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/config/override.h"

namespace didact {
namespace {

std::string LastPart(const std::string& field) {
  return field.substr(field.rfind('.') + 1);  // npos + 1 is 0
}

// Returns true if the name is reserved for metrics and for the table's own columns.
bool IsReserved(const std::string& name) {
  return absl::c_linear_search(kTableColumns, name) || absl::StartsWith(name, "train.") ||
         absl::StartsWith(name, "eval.");
}

// Returns the columns with their fields, and with names only where axes have them.
std::vector<SweepColumn> Unnamed(const Sweep& sweep) {
  std::vector<SweepColumn> columns;
  std::set<std::string> fields;
  for (const Axis& axis : sweep.axis()) {
    columns.push_back({axis.name(), axis.field()});
    if (axis.label_size() > 0) columns.push_back({"", axis.field(), /*is_label=*/true});
    fields.insert(axis.field());
    for (const ZippedField& zipped : axis.zipped()) {
      columns.push_back({"", zipped.field()});
      fields.insert(zipped.field());
    }
  }
  for (const Point& point : sweep.point()) {
    for (const std::string& set : point.set()) {
      const absl::StatusOr<Override> change = ParseOverride(set);
      if (change.ok() && fields.insert(change->path).second) columns.push_back({"", change->path});
    }
  }
  return columns;
}

}  // namespace

std::vector<SweepColumn> SweepColumns(const Sweep& sweep) {
  std::vector<SweepColumn> columns = Unnamed(sweep);
  std::set<std::string> taken;
  std::map<std::string, int> uses;  // of the last parts of fields
  for (SweepColumn& column : columns) {
    if (!column.name.empty() && IsReserved(column.name)) column.name.clear();
    if (!column.name.empty()) taken.insert(column.name);
    if (column.name.empty() && !column.is_label) ++uses[LastPart(column.field)];
  }
  const auto take = [&taken](const std::string& name) {
    return !IsReserved(name) && taken.insert(name).second;
  };
  for (SweepColumn& column : columns) {
    if (!column.name.empty() || column.is_label) continue;
    const std::string last = LastPart(column.field);
    if (uses[last] == 1 && take(last)) column.name = last;
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    if (!columns[c].name.empty()) continue;
    // The column of the axis itself precedes that of its labels.
    std::string name =
        columns[c].is_label ? absl::StrCat(columns[c - 1].name, ".label") : columns[c].field;
    while (!take(name)) name = absl::StrCat("axis.", name);
    columns[c].name = std::move(name);
  }
  return columns;
}

std::vector<std::string> SweepCells(const std::vector<SweepColumn>& columns, const Sweep& sweep,
                                    const SweepGrid& grid, int64_t i) {
  std::map<std::string, std::string> values;
  for (SweepChange& change : grid.Changes(i)) {
    values[change.change.path] = std::move(change.change.value);
  }
  std::map<std::string, std::string> labels;
  if (!grid.IsPoint(i)) {
    const std::vector<std::string> cells = grid.Cells(i);
    for (int a = 0; a < sweep.axis_size(); ++a) labels[sweep.axis(a).field()] = cells[a];
  }
  std::vector<std::string> cells;
  for (const SweepColumn& column : columns) {
    const auto& of = column.is_label ? labels : values;
    const auto found = of.find(column.field);
    cells.push_back(found == of.end() ? std::string() : found->second);
  }
  return cells;
}

}  // namespace didact
