// The floating-point control of a thread: how it rounds, and whether it keeps denormal numbers.

#ifndef DIDACT_FRAMEWORK_BASE_FLOATING_POINT_CONTROL_H_
#define DIDACT_FRAMEWORK_BASE_FLOATING_POINT_CONTROL_H_

#include <xmmintrin.h>

namespace didact {

// While an object exists, its thread computes as IEEE 754 has it: it rounds to nearest, keeps
// denormal numbers and continues after exceptions. A library that is linked with -Ofast changes
// this for the whole process when it is loaded, and a thread inherits it from its creator, so that
// results would depend on what else is in the process. The destructor restores the control that
// the thread had, also if other code has changed it since.
//
// Threads: one object belongs to one thread. Costs a few cycles if nothing has to be changed.
class StandardFloatingPoint {
 public:
  StandardFloatingPoint() { Set(kStandard); }
  StandardFloatingPoint(const StandardFloatingPoint&) = delete;
  StandardFloatingPoint& operator=(const StandardFloatingPoint&) = delete;
  ~StandardFloatingPoint() { Set(before_); }

 private:
  static constexpr unsigned kFlags = _MM_EXCEPT_MASK;  // of past exceptions; no control
  static constexpr unsigned kStandard = _MM_MASK_MASK | _MM_ROUND_NEAREST;

  static void Set(unsigned control) {
    const unsigned now = _mm_getcsr();
    if (((now ^ control) & ~kFlags) != 0) _mm_setcsr((control & ~kFlags) | (now & kFlags));
  }

  const unsigned before_ = _mm_getcsr();
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_FLOATING_POINT_CONTROL_H_
