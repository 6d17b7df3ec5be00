// Runs processes that compete for a file, so that system calls occur in every order.

#ifndef DIDACT_TESTS_IO_RACING_PROCESSES_H_
#define DIDACT_TESTS_IO_RACING_PROCESSES_H_

#include <sys/mman.h>

#include <functional>
#include <new>

#include "gtest/gtest.h"

namespace didact {

// Calls race(number) in so many processes beside each other, numbered from 0, and waits for them. The
// test fails if one of them does, or ends otherwise than by returning.
//
// In these processes, system calls that a lock is made of (flock, unlink, close) wait first for a moment
// of random length, and usleep for a hundredth of what it is asked for: processes meet between any two
// calls, also on one core.
void RaceProcesses(int processes, const std::function<void(int)>& race);

// Does nothing, for a moment of random length.
void PauseAtRandom();

// An object that the processes share; never destroyed. T: atomics, and structures and arrays of such.
template <class T>
T& MakeShared() {
  void* const memory =
      mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(memory, MAP_FAILED);
  return *new (memory) T();
}

}  // namespace didact

#endif  // DIDACT_TESTS_IO_RACING_PROCESSES_H_
