#include "tools/bench/multiplier_loop-inl.h"

namespace didact {

const MultiplierLoop kMultiplierLoopAvx512 = MakeLoop<64>("avx512");

}  // namespace didact
