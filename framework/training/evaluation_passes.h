// The memory in which the evaluations of a trial compute activations and gradients.

#ifndef DIDACT_FRAMEWORK_TRAINING_EVALUATION_PASSES_H_
#define DIDACT_FRAMEWORK_TRAINING_EVALUATION_PASSES_H_

#include <cstdint>
#include <map>

#include "didact/framework/base/workers.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/network.h"
#include "didact/framework/network/pass.h"

namespace didact {

// The passes that all evaluations of a trial share, since they run one after the other.
//
// Ownership: owns the passes; the networks must outlive it. It must not move.
// Threads:   one evaluation at a time.
template <class T>
class EvaluationPasses {
 public:
  // `batch`: the largest number of samples that are evaluated together. `scope`: forward and
  // backward if a metric of any evaluation needs gradients.
  EvaluationPasses(const Network<T>& student, int64_t batch, PassScope scope)
      : student_(student, batch, scope) {}

  EvaluationPasses(const EvaluationPasses&) = delete;
  EvaluationPasses& operator=(const EvaluationPasses&) = delete;

  int64_t batch() const { return student_.capacity(); }

  // From now on, lets `workers` compute parts of large products; see Pass::UseWorkers.
  void UseWorkers(Workers* workers) {
    student_.UseWorkers(workers);
    for (auto& [network, pass] : teachers_) pass.UseWorkers(workers);
  }

  Pass<T>& student() { return student_; }

  // Returns the pass of a teacher, for the forward direction alone. The first call for a teacher
  // allocates its memory.
  Pass<T>& Teacher(const Network<T>& teacher) {
    return teachers_.try_emplace(&teacher, teacher, batch(), PassScope::kForward).first->second;
  }

 private:
  Pass<T> student_;
  std::map<const Network<T>*, Pass<T>> teachers_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_TRAINING_EVALUATION_PASSES_H_
