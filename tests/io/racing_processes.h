// Runs processes that compete for a file, so that system calls occur in every order.

#ifndef DIDACT_TESTS_IO_RACING_PROCESSES_H_
#define DIDACT_TESTS_IO_RACING_PROCESSES_H_

#include <sys/mman.h>

#include <functional>
#include <new>

#include "gtest/gtest.h"

namespace didact {

// Calls race(number) in `processes` concurrent processes, numbered from 0, and waits for them. The
// test fails if it fails in one of them, or if one ends otherwise than by returning.
//
// In these processes, the system calls on which a lock is built (flock, unlink, close) first wait
// for a random short time, and usleep waits for a hundredth of its argument. So processes meet
// between any two calls, even on one core.
void RaceProcesses(int processes, const std::function<void(int)>& race);

// Does nothing for a short random time.
void PauseAtRandom();

// Returns an object that the processes share; it is never destroyed. T consists of atomics, or of
// structures and arrays of them.
template <class T>
T& MakeShared() {
  void* const memory =
      mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(memory, MAP_FAILED);
  return *new (memory) T();
}

}  // namespace didact

#endif  // DIDACT_TESTS_IO_RACING_PROCESSES_H_
