// A recorded run of the reference, read from its file (tests/parity/data/README.md).

#ifndef DIDACT_TESTS_PARITY_RECORDED_CASE_H_
#define DIDACT_TESTS_PARITY_RECORDED_CASE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/npy.h"
#include "tests/parity/array.h"

namespace didact {

class RecordedCase {
 public:
  // Errors begin with the path: those of the file reader, or the name of an array that every
  // two-layer case must have.
  static absl::StatusOr<RecordedCase> Load(const std::string& path);

  // The arrays of the file, by name.
  const std::map<std::string, NpyArray>& arrays() const { return arrays_; }
  bool Has(absl::string_view name) const;
  // Returns the array, which must exist.
  const NpyArray& Recorded(absl::string_view name) const;
  Array operator[](absl::string_view name) const { return ToArray(Recorded(name)); }

  // Return the setting `hp_NAME`, which must exist, as a number (a truth value is 0 or 1) or a
  // text.
  double Setting(absl::string_view name) const;
  std::string Text(absl::string_view name) const;

  // Number of recorded states of the student, including the one before the first step.
  int64_t snapshots() const;
  int64_t epochs() const { return snapshots() - 1; }
  int64_t steps_per_epoch() const;

  // Returns true if the file also has the random numbers behind the initial weights and the
  // operations on them.
  bool HasConstruction() const;

  bool single_precision() const;
  // Largest allowed relative error of a statistic, which covers rounding and the order of
  // summation.
  double tolerance() const { return single_precision() ? 1e-4 : 1e-9; }

 private:
  std::map<std::string, NpyArray> arrays_;
};

// Returns the two-layer cases among the recordings in tests/parity/data: the names of the files
// without `.npz`. Files that cannot be read are included, so that a test fails on them.
std::vector<std::string> TwoLayerCases();

// Returns the path of the file of a case.
std::string RecordedCasePath(absl::string_view name);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_RECORDED_CASE_H_
