// Recordings of the reference, read from their files (tests/parity/data/README.md).

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

// The arrays of a file, by name.
using Recording = std::map<std::string, NpyArray>;

// Errors: those of the file reader, which begin with the path.
absl::StatusOr<Recording> ReadRecording(const std::string& path);

// A recorded trajectory: the training of a student of two or of many layers.
class RecordedCase {
 public:
  // Errors begin with the path: those of the file reader, a kind that is no trajectory, or the name
  // of an array that every case of its kind must have.
  static absl::StatusOr<RecordedCase> Load(const std::string& path);

  // The arrays of the file, by name.
  const Recording& arrays() const { return arrays_; }
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

  // Number of layers of a multi-layer case, including the final one.
  int64_t layers() const;

  bool single_precision() const;
  // Largest allowed relative error of a statistic, which covers rounding and the order of
  // summation.
  double tolerance() const { return single_precision() ? 1e-4 : 1e-9; }

 private:
  Recording arrays_;
};

// Returns the two-layer cases among the recordings in tests/parity/data: the names of the files
// without `.npz`. Files that cannot be read are included, so that a test fails on them.
std::vector<std::string> TwoLayerCases();

// Returns the multi-layer cases, and recordings of a kind that no test knows, so that a test fails
// on them.
std::vector<std::string> MultiLayerCases();

// Returns the recordings of single functions that have an array of this name: the names of the files
// without `.npz`.
std::vector<std::string> FunctionCases(absl::string_view array);

// Returns the path of the file of a case.
std::string RecordedCasePath(absl::string_view name);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_RECORDED_CASE_H_
