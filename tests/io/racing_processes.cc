#include "tests/io/racing_processes.h"

#include <sched.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <random>

namespace didact {
namespace {

bool races = false;
std::minstd_rand random_moment;

void Sleep(int64_t microseconds) {
  const timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
  syscall(SYS_nanosleep, &time, nullptr);
}

}  // namespace

void PauseAtRandom() {
  constexpr unsigned kLongest = 100;  // microseconds
  const unsigned choice = static_cast<unsigned>(random_moment());
  if (choice % 2 == 0) return;
  if (choice % 4 == 1) {
    sched_yield();
  } else {
    Sleep(choice / 4 % kLongest);
  }
}

void RaceProcesses(int processes, const std::function<void(int)>& race) {
  std::fflush(nullptr);
  for (int i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    races = true;
    random_moment.seed(static_cast<unsigned>(i) + 1);
    race(i);
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  for (int i = 0; i < processes; ++i) {
    int status = -1;
    ASSERT_GT(wait(&status), 0);
    EXPECT_EQ(status, 0) << "a process has failed";
  }
}

}  // namespace didact

// These come before the C library's.
extern "C" {

int flock(int descriptor, int operation) {
  if (didact::races) didact::PauseAtRandom();
  return static_cast<int>(syscall(SYS_flock, descriptor, operation));
}

int unlink(const char* path) {
  if (didact::races) didact::PauseAtRandom();
  return static_cast<int>(syscall(SYS_unlink, path));
}

int close(int descriptor) {
  if (didact::races) didact::PauseAtRandom();
  return static_cast<int>(syscall(SYS_close, descriptor));
}

int usleep(useconds_t microseconds) {
  didact::Sleep(didact::races ? microseconds / 100 : microseconds);
  return 0;
}

}  // extern "C"
