// The fields that vary in a sweep, as columns of a table.

#ifndef DIDACT_FRAMEWORK_RESULTS_SWEEP_COLUMNS_H_
#define DIDACT_FRAMEWORK_RESULTS_SWEEP_COLUMNS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "didact/framework/sweep/sweep_grid.h"
#include "didact/protos/sweep.pb.h"

namespace didact {

struct SweepColumn {
  std::string name;       // name of the column
  std::string field;      // path of the field whose values it contains
  bool is_label = false;  // true if it contains the labels of the field's axis instead
};

// Names of the columns that every table has; no column of a sweep gets one of them.
inline constexpr const char* kTableColumns[] = {"experiment", "seed", "status", "epoch", "step"};

// Returns the columns of a sweep: one for each axis in order, followed by one for its labels, if it
// has any, and one for each zipped field; then one for each field that only points set. A column is
// named after its axis. If the axis has no name, it is named after the last part of its field's
// path if no other column has the same, otherwise after the whole path. Names depend on the sweep
// alone, not on its results.
std::vector<SweepColumn> SweepColumns(const Sweep& sweep);

// Returns the cells of experiment i: values in the words of the sweep, or labels; empty if a point
// does not change the field. `grid` is that of `sweep`.
std::vector<std::string> SweepCells(const std::vector<SweepColumn>& columns, const Sweep& sweep,
                                    const SweepGrid& grid, int64_t i);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_RESULTS_SWEEP_COLUMNS_H_
