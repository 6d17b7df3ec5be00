#include "tools/bench/multiplier_loop-inl.h"

namespace didact {

const MultiplierLoop kMultiplierLoopSse42 = MakeLoop<16>("sse4.2");

}  // namespace didact
