// A recorded run of the reference, read from its file (tests/parity/data/README.md).

#ifndef DIDACT_TESTS_PARITY_RECORDED_CASE_H_
#define DIDACT_TESTS_PARITY_RECORDED_CASE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/io/npy.h"
#include "tests/parity/array.h"

namespace didact {

class RecordedCase {
 public:
  // Errors begin with the path: those of the file reader, or the name of a missing array that every
  // two-layer case has.
  static absl::StatusOr<RecordedCase> Load(const std::string& path);

  // Returns the arrays of the file, by name.
  const std::map<std::string, NpyArray>& arrays() const { return arrays_; }
  bool Has(absl::string_view name) const;
  // Returns the array, which must exist.
  const NpyArray& Recorded(absl::string_view name) const;
  Array operator[](absl::string_view name) const { return ToArray(Recorded(name)); }

  // Return the setting `hp_NAME`, which must exist, as a number (a truth value is 0 or 1) or a
  // text.
  double Setting(absl::string_view name) const;
  std::string Text(absl::string_view name) const;

  // Returns the number of snapshots of the student, including the one before the first step.
  int64_t snapshots() const;
  int64_t epochs() const { return snapshots() - 1; }
  int64_t steps_per_epoch() const;

  // Returns true if the file also has the random numbers of the initial weights, and the changes
  // that were made to them.
  bool HasConstruction() const;

  bool single_precision() const;
  // Returns the bound on relative errors of statistics, which come from rounding and the order of
  // summation.
  double tolerance() const { return single_precision() ? 1e-4 : 1e-9; }

 private:
  std::map<std::string, NpyArray> arrays_;
};

// Returns the names of the two-layer cases among the recordings in tests/parity/data: file names
// without `.npz`. A file that cannot be read is included, so that a test reports it.
std::vector<std::string> TwoLayerCases();

// Returns the path of a case.
std::string RecordedCasePath(absl::string_view name);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_RECORDED_CASE_H_
