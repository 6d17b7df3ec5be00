// A shared library that is unrelated to Didact. Its code must never run.

#include <cstdlib>

namespace {

[[gnu::constructor]] void Stop() { std::abort(); }

}  // namespace
