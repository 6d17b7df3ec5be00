// Interface for computing the parts of one large computation in parallel.

#ifndef DIDACT_FRAMEWORK_BASE_WORKERS_H_
#define DIDACT_FRAMEWORK_BASE_WORKERS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace didact {

// Worker threads lent to a computation. The computation divides its work into parts whose results
// do not depend on the thread or the order in which they run, and passes them to Run.
//
// Example, the squares of `count` numbers, 1000 to a part:
//
//   workers.Run((count + 999) / 1000, [&](int64_t part) {
//     const int64_t end = std::min(count, 1000 * (part + 1));
//     for (int64_t i = 1000 * part; i < end; ++i) y[i] = x[i] * x[i];
//   });
//
// Threads: Run may be called from several threads at a time.
class Workers {
 public:
  virtual ~Workers() = default;

  // Number of parts that can run at the same time; at least 1.
  virtual int count() const = 0;

  // Calls part(0), ..., part(parts - 1) once each, in any order and possibly in parallel, and
  // returns when all have returned. A part must not throw.
  virtual void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_WORKERS_H_
