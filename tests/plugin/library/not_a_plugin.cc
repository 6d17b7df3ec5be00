// A shared library that has nothing to do with Didact. Its code must never run.

#include <cstdlib>

namespace {

[[gnu::constructor]] void Stop() { std::abort(); }

}  // namespace
