#include "framework/execution/thread_arena.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>

namespace didact {

void RunTasks(int64_t count, int threads, absl::FunctionRef<void(int64_t)> task) {
  const int workers = static_cast<int>(std::min<int64_t>(std::max(threads, 1), count));
  // Workers draw the next task instead of being dealt ranges, so that tasks begin in order and a
  // slow one delays no other.
  std::atomic<int64_t> next = 0;
  const auto work = [&] {
    for (int64_t i = next++; i < count; i = next++) task(i);
  };
  if (workers <= 1) return work();
  // More threads than cores are a user's choice; TBB would complain on standard error and give
  // fewer.
  const oneapi::tbb::global_control allowed(oneapi::tbb::global_control::max_allowed_parallelism,
                                            workers);
  oneapi::tbb::task_arena arena(workers);
  arena.execute([&] {
    oneapi::tbb::task_group group;
    for (int w = 1; w < workers; ++w) group.run(work);
    work();
    group.wait();
  });
}

int AvailableCores() { return oneapi::tbb::info::default_concurrency(); }

}  // namespace didact
