// The list of experiments of a sweep: for each number, the changes of the base and the label.

#ifndef DIDACT_FRAMEWORK_SWEEP_SWEEP_GRID_H_
#define DIDACT_FRAMEWORK_SWEEP_SWEEP_GRID_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/config/override.h"
#include "didact/framework/sweep/sweep_places.h"
#include "didact/protos/sweep.pb.h"

namespace didact {

// Maximum number of experiments of one sweep.
inline constexpr int64_t kMaxExperiments = 1000000;

// One change of the base, and its place in the sweep file.
struct SweepChange {
  Override change;
  std::string field_place;  // place of the path: `sweep.textproto:7:3: axis[1].field`
  std::string value_place;  // place of the value
};

// The experiments of a sweep in order: the grid of all axes, of which the first changes slowest,
// then the points. The list is not expanded. An experiment is made from its number, so a sweep of
// any size needs no more memory than its file.
//
// Threads: all methods may be used concurrently.
class SweepGrid {
 public:
  // Checks what can be checked without making an experiment: lengths, labels, names. `places` has
  // the places of the parts in the sweep's file. Errors: all problems at once.
  static absl::StatusOr<SweepGrid> Create(const Sweep& sweep, SweepPlaces places);

  // Path of the sweep's file, for messages.
  std::string file() const { return places_.file(); }

  // Number of experiments.
  int64_t size() const { return grid_size_ + sweep_.point_size(); }

  // Returns true if experiment i is a point, false if it belongs to the grid.
  bool IsPoint(int64_t i) const { return i >= grid_size_; }

  // Returns the changes that make experiment i (0 <= i < size()) from the base, in the order in
  // which they are applied.
  std::vector<SweepChange> Changes(int64_t i) const;

  // Returns the number of the experiment in which this axis has its value `position`, and all other
  // axes their first.
  int64_t ExperimentWith(int axis, int position) const;

  // Returns the name of the experiment's folder, its number and label: `007-width=5_exponent=0.5`.
  // At most 200 bytes.
  std::string Label(int64_t i) const;

  // Names of the columns of a table of experiments: the axes, then the fields that only points set.
  std::vector<std::string> columns() const { return columns_; }
  // Returns the cells of experiment i in these columns: a label or a value, or an empty text if a
  // point does not set the field.
  std::vector<std::string> Cells(int64_t i) const;

  // Returns numbers of experiments, ascending, such that every value of every axis and every point
  // occurs in one of them; a problem with a value then shows in one of them. If there are more than
  // `most`, returns the first `most`, and some values do not occur.
  std::vector<int64_t> Samples(int64_t most) const;

 private:
  SweepGrid(const Sweep& sweep, SweepPlaces places);

  absl::Status Check() const;
  void FillColumns();
  // Returns the index of the value that each axis has in experiment i of the grid.
  std::vector<int> Positions(int64_t i) const;
  std::string AxisLabel(int axis, int position) const;
  std::string PointLabel(int point) const;

  Sweep sweep_;  // without the base
  SweepPlaces places_;
  std::vector<std::vector<absl::StatusOr<Override>>> point_changes_;  // Point::set of each point
  int64_t grid_size_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::string> column_fields_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_SWEEP_GRID_H_
