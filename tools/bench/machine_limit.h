// How fast this processor can possibly be: the yardstick of all figures that the bench prints.

#ifndef DIDACT_TOOLS_BENCH_MACHINE_LIMIT_H_
#define DIDACT_TOOLS_BENCH_MACHINE_LIMIT_H_

#include <string>

namespace didact {

// GFLOP/s of one core that does nothing but fused multiply-adds (two operations each) on registers,
// in the vectors that the program is compiled for.
struct MachineLimit {
  double gflops_float = 0.0;
  double gflops_double = 0.0;
};

// Measures for about a quarter of a second; the fastest of many short stretches.
MachineLimit MeasureMachineLimit();

// The processor's name as the operating system reports it, or "unknown processor".
std::string ProcessorName();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_MACHINE_LIMIT_H_
