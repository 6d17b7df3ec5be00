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
  // Errors begin with the path: what the file reader says, or which array is missing that every
  // two-layer case has.
  static absl::StatusOr<RecordedCase> Load(const std::string& path);

  // What is in the file, by name.
  const std::map<std::string, NpyArray>& arrays() const { return arrays_; }
  bool Has(absl::string_view name) const;
  // The array must be there.
  const NpyArray& Recorded(absl::string_view name) const;
  Array operator[](absl::string_view name) const { return ToArray(Recorded(name)); }

  // The setting `hp_NAME`, which must be there, as a number (a truth value is 0 or 1) or a text.
  double Setting(absl::string_view name) const;
  std::string Text(absl::string_view name) const;

  // How often the student was looked at, the time before the first step included.
  int64_t snapshots() const;
  int64_t epochs() const { return snapshots() - 1; }
  int64_t steps_per_epoch() const;

  // Whether the file also has the random numbers behind the initial weights, and what was done to
  // them.
  bool HasConstruction() const;

  bool single_precision() const;
  // What the relative errors of statistics must stay below: rounding, and the order of summation.
  double tolerance() const { return single_precision() ? 1e-4 : 1e-9; }

 private:
  std::map<std::string, NpyArray> arrays_;
};

// The two-layer cases among the recordings in tests/parity/data: the files' names without `.npz`.
// A file that cannot be read is among them, so that some test complains of it.
std::vector<std::string> TwoLayerCases();

// Where a case lies.
std::string RecordedCasePath(absl::string_view name);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_RECORDED_CASE_H_
