#include "tools/bench/multiplier_loop-inl.h"

namespace didact {

const MultiplierLoop kMultiplierLoopAvx2 = MakeLoop<32>("avx2");

}  // namespace didact
