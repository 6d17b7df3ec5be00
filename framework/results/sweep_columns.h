// What varies in a sweep, as columns of a table.

#ifndef DIDACT_FRAMEWORK_RESULTS_SWEEP_COLUMNS_H_
#define DIDACT_FRAMEWORK_RESULTS_SWEEP_COLUMNS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "framework/sweep/sweep_grid.h"
#include "protos/sweep.pb.h"

namespace didact {

struct SweepColumn {
  std::string name;       // of the column
  std::string field;      // path of the field whose value is in it
  bool is_label = false;  // it has the labels of the field's axis instead
};

// The names that a table has for itself; no column of a sweep is called so.
inline constexpr const char* kTableColumns[] = {"experiment", "seed", "status", "epoch", "step"};

// One column for each axis, in their order, each followed by its labels, if it has any, and by what
// moves with it; then what only points set. A column is called by the name of its axis, else by the
// last part of its field's path, where that means one column alone, else by the path. So names
// depend on the sweep alone, and on its results never.
std::vector<SweepColumn> SweepColumns(const Sweep& sweep);

// What stands in the columns for experiment i: a value as the sweep has it, or a label; empty where
// a point leaves the base as it is. `grid` is that of `sweep`.
std::vector<std::string> SweepCells(const std::vector<SweepColumn>& columns, const Sweep& sweep,
                                    const SweepGrid& grid, int64_t i);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_COLUMNS_H_
