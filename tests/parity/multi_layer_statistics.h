// Maps recorded arrays of a multi-layer case to Didact's results.

#ifndef DIDACT_TESTS_PARITY_MULTI_LAYER_STATISTICS_H_
#define DIDACT_TESTS_PARITY_MULTI_LAYER_STATISTICS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/parity/array.h"
#include "tests/parity/recorded_case.h"
#include "tests/parity/repetition.h"

namespace didact {

// A statistic of the reference.
struct MultiLayerStatistic {
  // What the entries of the recorded array's first axis are.
  enum class Moment {
    kSnapshots,   // recorded states of the student
    kBatchMeans,  // the same, with means over the batches of the evaluation data
    kSteps,       // steps
    kEpochs,      // means over the steps of an epoch
    kFirstStep    // nothing: the whole array belongs to the first step
  };

  std::string recorded;
  Moment moment = Moment::kSnapshots;
  // Didact's keys. If there are several, the recorded entry has one element for each.
  std::vector<std::string> keys;
  double unit = 1;      // the recorded value of Didact's 1
  double rounding = 0;  // relative error of the recording, whatever its precision
};

// Returns all statistics that a case with this number of layers may have.
std::vector<MultiLayerStatistic> MultiLayerStatistics(int64_t layers);

// Returns Didact's values of a statistic, one for each entry of the recorded array's first axis.
// Errors: NOT_FOUND if a result is missing.
absl::StatusOr<std::vector<Array>> ValuesOf(const MultiLayerStatistic& statistic,
                                            const Repetition& repetition,
                                            const RecordedCase& recorded);

// Returns why a recorded array is compared with nothing; an empty text if it must be compared.
absl::string_view WhyNotCompared(absl::string_view recorded);

}  // namespace didact

#endif  // DIDACT_TESTS_PARITY_MULTI_LAYER_STATISTICS_H_
