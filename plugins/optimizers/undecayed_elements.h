// The elements of a parameter block that weight decay leaves out.

#ifndef DIDACT_PLUGINS_OPTIMIZERS_UNDECAYED_ELEMENTS_H_
#define DIDACT_PLUGINS_OPTIMIZERS_UNDECAYED_ELEMENTS_H_

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/optimizer.h"

namespace didact {

// The biases of a block: parameters that are added to pre-activations, before or after a
// normalization. Both have the name `bias` in PyTorch.
class UndecayedElements {
 public:
  // No elements.
  UndecayedElements() = default;

  explicit UndecayedElements(const ParameterBlock& block) {
    for (const BlockParameter& parameter : block.parameters) {
      if (parameter.role != ParameterRole::kBias && parameter.role != ParameterRole::kShift) {
        continue;
      }
      const BlockPosition step = parameter.steps[0];
      for (int64_t node = 0; node < parameter.shape[0]; ++node) {
        const int64_t column = parameter.first.column + node * step.column;
        runs_.push_back({parameter.first.row + node * step.row, column, column + 1});
      }
    }
    Merge();
  }

  // Calls visit(column, count, is_decayed) for consecutive pieces of the columns first, ...,
  // first + count - 1 of a row; all elements of a piece are decayed, or none.
  template <class Visit>
  void SplitRow(int64_t row, int64_t first, int64_t count, const Visit& visit) const {
    const int64_t end = first + count;
    auto run = std::upper_bound(runs_.begin(), runs_.end(), Run{row, first, first}, EndsBefore);
    while (first < end && run != runs_.end() && run->row == row && run->first < end) {
      if (run->first > first) visit(first, run->first - first, true);
      first = std::max(first, run->first);
      const int64_t run_end = std::min(run->end, end);
      visit(first, run_end - first, false);
      first = run_end;
      ++run;
    }
    if (first < end) visit(first, end - first, true);
  }

 private:
  // Consecutive elements of a row: columns first, ..., end - 1.
  struct Run {
    int64_t row;
    int64_t first;
    int64_t end;
  };

  static bool EndsBefore(const Run& left, const Run& right) {
    return std::tie(left.row, left.end) < std::tie(right.row, right.end);
  }

  // Sorts the runs and joins those without an element between them.
  void Merge() {
    std::sort(runs_.begin(), runs_.end(), EndsBefore);
    std::vector<Run> merged;
    for (const Run& run : runs_) {
      if (!merged.empty() && merged.back().row == run.row && merged.back().end == run.first) {
        merged.back().end = run.end;
      } else {
        merged.push_back(run);
      }
    }
    runs_ = std::move(merged);
  }

  std::vector<Run> runs_;  // in the order of rows and columns, without overlaps
};

}  // namespace didact

#endif  // DIDACT_PLUGINS_OPTIMIZERS_UNDECAYED_ELEMENTS_H_
