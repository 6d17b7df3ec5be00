// The arrays in arrays/ of the trials of one experiment, for stacking them over seeds.

#ifndef DIDACT_FRAMEWORK_EXPORT_TRIAL_ARRAYS_H_
#define DIDACT_FRAMEWORK_EXPORT_TRIAL_ARRAYS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/export/metric_filter.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/results/result_directory.h"

namespace didact {

// The element for missing values: NaN or -1. `element`: kFloat64 or kInt64, of 8 bytes each.
absl::string_view FillElement(NpyElement element);

// Returns the elements of `array`, padded to `extents`, none of which is smaller. Row-major, as is
// the result.
std::string Padded(const NpyArray& array, absl::Span<const int64_t> extents);

// An array that all trials of an experiment share by name and type.
struct SharedArray {
  std::string name;
  NpyElement element = NpyElement::kFloat64;
  std::vector<int64_t> extents;  // largest extent of any trial, in each dimension

  // Product of the extents.
  int64_t size() const;
};

// Finds and reads the arrays of trials.
//
// Memory:  names and shapes, and one array at a time.
// Threads: one at a time.
class TrialArrays {
 public:
  // Finds the arrays of a trial. Errors: a file is damaged, or an array differs in type or number
  // of dimensions from those of earlier trials; arrays after it are ignored.
  absl::Status Look(const ResultExperiment& experiment, int64_t trial, MetricFilter& filter);

  const std::vector<SharedArray>& arrays() const& { return arrays_; }
  const std::vector<SharedArray>& arrays() const&& = delete;
  const std::set<int64_t>& epochs() const& { return epochs_; }
  const std::set<int64_t>& epochs() const&& = delete;

  // Calls `append` with the elements of each array, by epoch and then by array, padded to its
  // extents, or with the element for missing values if the trial has no such array. `is_whole`:
  // Look found no error; otherwise unusable arrays count as missing. Errors: those of `append`; a
  // file that was intact is damaged.
  absl::Status Read(
      const ResultExperiment& experiment, int64_t trial, bool is_whole,
      absl::FunctionRef<absl::Status(size_t array, absl::string_view elements)> append) const;

 private:
  absl::Status LookAt(const std::string& path, MetricFilter& filter);

  std::vector<SharedArray> arrays_;
  std::map<std::string, size_t, std::less<>> places_;
  std::set<int64_t> epochs_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXPORT_TRIAL_ARRAYS_H_
