// Which experiments a sweep consists of: from the number of one to what is changed about the base,
// and to its label.

#ifndef DIDACT_FRAMEWORK_SWEEP_SWEEP_GRID_H_
#define DIDACT_FRAMEWORK_SWEEP_SWEEP_GRID_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/config/override.h"
#include "framework/sweep/sweep_places.h"
#include "protos/sweep.pb.h"

namespace didact {

// Experiments of one sweep, at most.
inline constexpr int64_t kMaxExperiments = 1000000;

// One change of the base, and where the sweep file says so.
struct SweepChange {
  Override change;
  std::string field_place;  // where the path stands: `sweep.textproto:7:3: axis[1].field`
  std::string value_place;  // where the value stands
};

// The grid of all axes, the first axis slowest, then the points. Nothing is expanded: an experiment
// is made from its number, so that a sweep of any size takes no more memory than its file.
//
// Threads: all methods may be used concurrently.
class SweepGrid {
 public:
  // Checks what can be checked without an experiment: lengths, labels, names. `places` is where
  // things stand in the sweep's file. Errors: all problems at once.
  static absl::StatusOr<SweepGrid> Create(const Sweep& sweep, SweepPlaces places);

  // The sweep's file, for messages.
  std::string file() const { return places_.file(); }

  // Number of experiments.
  int64_t size() const { return grid_size_ + sweep_.point_size(); }

  // Whether experiment i is a point, and not of the grid.
  bool IsPoint(int64_t i) const { return i >= grid_size_; }

  // What experiment 0 <= i < size() changes about the base, in this order.
  std::vector<SweepChange> Changes(int64_t i) const;

  // `007-width=5_exponent=0.5`: number and label, the name of its folder. At most 200 bytes.
  std::string Label(int64_t i) const;

  // The columns of a table of experiments: the axes, then what only points set.
  std::vector<std::string> columns() const { return columns_; }
  // What stands in them for experiment i: a label or a value; nothing where a point does not set
  // the field.
  std::vector<std::string> Cells(int64_t i) const;

  // Numbers of experiments among which every value of every axis and every point occurs, ascending,
  // at most `most` of them: what is wrong with a value shows in one of these.
  std::vector<int64_t> Samples(int64_t most) const;

 private:
  SweepGrid(const Sweep& sweep, SweepPlaces places);

  absl::Status Check() const;
  void FillColumns();
  // Which value each axis has in experiment i of the grid.
  std::vector<int> Positions(int64_t i) const;
  std::string AxisLabel(int axis, int position) const;
  std::string PointLabel(const Point& point) const;

  Sweep sweep_;  // without the base
  SweepPlaces places_;
  int64_t grid_size_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::string> column_fields_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_SWEEP_GRID_H_
