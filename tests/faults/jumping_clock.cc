// A library to preload into the tool: the time of day jumps by up to a day, back or forth, at every
// reading. Clocks that cannot be set are unchanged.

#include <dlfcn.h>
#include <sys/time.h>

#include <atomic>
#include <cstdint>
#include <ctime>

namespace {

// Returns seconds to add; another number at each call.
time_t Jump() {
  static std::atomic<uint64_t> calls = 0;
  uint64_t bits = (++calls) * 0x9e3779b97f4a7c15u;
  bits ^= bits >> 31;
  constexpr time_t kDay = 86400;
  return static_cast<time_t>(bits % (2 * kDay)) - kDay;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
  static auto* const next =
      reinterpret_cast<int (*)(clockid_t, timespec*)>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = next(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += Jump();
  return result;
}

int gettimeofday(timeval* time, void* zone) {
  static auto* const next =
      reinterpret_cast<int (*)(timeval*, void*)>(dlsym(RTLD_NEXT, "gettimeofday"));
  const int result = next(time, zone);
  if (result == 0) time->tv_sec += Jump();
  return result;
}

time_t time(time_t* place) {
  static auto* const next = reinterpret_cast<time_t (*)(time_t*)>(dlsym(RTLD_NEXT, "time"));
  const time_t now = next(nullptr) + Jump();
  if (place != nullptr) *place = now;
  return now;
}

}  // extern "C"
