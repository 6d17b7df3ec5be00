// Checks that a baseline computes the same as Didact.

#ifndef DIDACT_TOOLS_BENCH_TORCH_AGREEMENT_H_
#define DIDACT_TOOLS_BENCH_TORCH_AGREEMENT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tools/bench/torch_process.h"

namespace didact {

// Trains both for `steps` steps on the same data, from the same weights, with the same mini-batches, and compares their evaluations. `config`: the experiment; `request`: which baseline
// trains what in which precision, in the script's format. Returns the largest relative difference.
// Errors: INTERNAL if rounding cannot explain the difference; their times are then not comparable.
absl::StatusOr<double> CheckAgreement(TorchProcess& torch, const std::string& config,
                                      nlohmann::json request, int64_t steps);

// The evaluation of a student by Didact and by a baseline.
struct EvaluatedStudent {
  double loss = 0.0;  // mean squared error
  double mean_best =
      0.0;  // mean over teacher nodes of their best correlation; 0 with several hidden layers
};

// Returns the largest relative difference of the two.
// Errors: INTERNAL if it exceeds rounding errors of this precision ("double" or "float"), or is not
// a number.
absl::StatusOr<double> RelativeDifference(const EvaluatedStudent& ours,
                                          const EvaluatedStudent& theirs,
                                          const std::string& precision);

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TORCH_AGREEMENT_H_
