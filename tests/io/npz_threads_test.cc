// Several threads are the first of their process to write an archive, at the same time. Many
// processes are needed until two threads meet within the few critical instructions.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "didact/framework/io/npz.h"
#include "tests/base/test_files.h"

namespace didact {
namespace {

constexpr int kProcesses = 4000;
constexpr int kThreads = 2;

// Returns true if all of the threads, which begin together, succeed.
bool AllThreadsWrite() {
  const std::vector<NamedArray> arrays = {{"a", MakeNpyArray<double>({2}, {1.0, 2.0})}};
  std::atomic<int> to_come = kThreads;
  std::atomic<bool> all_well = true;
  const auto write = [&] {
    --to_come;
    while (to_come > 0) {
    }
    const absl::Status status = SerializeNpz(arrays).status();
    if (status.ok()) return;
    all_well = false;
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(write);
  for (std::thread& thread : threads) thread.join();
  return all_well;
}

TEST(NpzThreads, MayBeTheFirstOfTheirProcess) {
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(AllThreadsWrite() ? 0 : 1);
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << "process " << i;
  }
}

}  // namespace
}  // namespace didact
