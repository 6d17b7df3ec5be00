// Runs processes that compete for a file, so that system calls occur in every order.

#ifndef DIDACT_TESTS_IO_RACING_PROCESSES_H_
#define DIDACT_TESTS_IO_RACING_PROCESSES_H_

#include <sys/mman.h>

#include <functional>
#include <new>

#include "gtest/gtest.h"

namespace didact {

// Calls race(number) in this number of simultaneous processes, numbered from 0, and waits for them.
// The test fails if one of them fails, or ends otherwise than by returning.
//
// In these processes, the system calls of a lock (flock, unlink, close) first wait for a short
// random time, and usleep waits for a hundredth of its argument: processes can meet between any two
// calls, also on one core.
void RaceProcesses(int processes, const std::function<void(int)>& race);

// Does nothing for a short random time.
void PauseAtRandom();

// An object that the processes share; it is never destroyed. T: atomics, and structures and arrays
// of atomics.
template <class T>
T& MakeShared() {
  void* const memory =
      mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(memory, MAP_FAILED);
  return *new (memory) T();
}

}  // namespace didact

#endif  // DIDACT_TESTS_IO_RACING_PROCESSES_H_
