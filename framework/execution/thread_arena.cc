#include "didact/framework/execution/thread_arena.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "didact/framework/base/control_groups.h"
#include "didact/framework/base/floating_point_control.h"

namespace didact {
namespace {

class TbbWorkers final : public Workers {
 public:
  int count() const override { return oneapi::tbb::this_task_arena::max_concurrency(); }

  void Run(int64_t parts, absl::FunctionRef<void(int64_t)> part) override {
    // Isolated: while a thread waits for its parts, it must not begin another trial, whose end this
    // trial would then have to wait for.
    oneapi::tbb::this_task_arena::isolate([&] {
      oneapi::tbb::parallel_for(
          int64_t{0}, parts,
          [&](int64_t i) {
            const StandardFloatingPoint standard;
            part(i);
          },
          oneapi::tbb::simple_partitioner());
    });
  }
};

}  // namespace

void RunTasks(int64_t count, int threads, absl::FunctionRef<void(int64_t)> task) {
  threads = std::max(threads, 1);
  const int64_t loops = std::min<int64_t>(threads, count);
  // Workers draw the next task instead of being dealt ranges, so that tasks begin in order and a
  // slow one delays no other.
  std::atomic<int64_t> next = 0;
  const auto work = [&] {
    const StandardFloatingPoint standard;
    for (int64_t i = next++; i < count; i = next++) task(i);
  };
  // More threads than cores are the user's choice; without this, TBB would warn on standard error
  // and use fewer.
  const oneapi::tbb::global_control allowed(oneapi::tbb::global_control::max_allowed_parallelism,
                                            threads);
  oneapi::tbb::task_arena arena(threads);
  arena.execute([&] {
    oneapi::tbb::task_group group;
    for (int64_t loop = 1; loop < loops; ++loop) group.run(work);
    work();
    group.wait();
  });
}

Workers& ArenaWorkers() {
  static TbbWorkers workers;
  return workers;
}

int AvailableCores() {
  // oneTBB knows the affinity of the process, but not the quota of its control groups.
  const double quota = std::ceil(LimitsOfControlGroups().processors);
  return static_cast<int>(std::min<double>(oneapi::tbb::info::default_concurrency(), quota));
}

}  // namespace didact
