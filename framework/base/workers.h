// Who computes the parts of one large computation at the same time.

#ifndef DIDACT_FRAMEWORK_BASE_WORKERS_H_
#define DIDACT_FRAMEWORK_BASE_WORKERS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace didact {

// Cores lent to a computation. Those who compute know nothing of threads: they cut their work into
// parts whose results do not depend on who computes them, or when, and hand them over.
//
// Threads: Run may be called from several threads at a time.
class Workers {
 public:
  virtual ~Workers() = default;

  // How many parts can run at the same time; at least 1.
  virtual int count() const = 0;

  // Calls part(0), ..., part(parts - 1), each once, in any order, some of them perhaps at the same
  // time, and returns when all have returned. A part must not throw.
  virtual void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_WORKERS_H_
