// Loops that only multiply and add in registers, one for each instruction set.

#ifndef DIDACT_TOOLS_BENCH_MULTIPLIER_LOOP_H_
#define DIDACT_TOOLS_BENCH_MULTIPLIER_LOOP_H_

#include <cstdint>

namespace didact {

// `run_double(steps)` does `steps * flop_double` additions and multiplications in double. It
// returns the result, so that the compiler cannot remove the loop. Must not be run on a processor
// without the instruction set.
struct MultiplierLoop {
  const char* level;  // as in simd_level.h
  int64_t flop_double;
  int64_t flop_float;
  double (*run_double)(int64_t steps);
  float (*run_float)(int64_t steps);
};

extern const MultiplierLoop kMultiplierLoopSse42;
extern const MultiplierLoop kMultiplierLoopAvx2;
extern const MultiplierLoop kMultiplierLoopAvx512;

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MULTIPLIER_LOOP_H_
