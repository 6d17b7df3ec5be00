// Formats durations.

#ifndef DIDACT_TOOLS_FORMAT_TIME_H_
#define DIDACT_TOOLS_FORMAT_TIME_H_

#include <string>

namespace didact {

// Returns "57s", "1m20s", "3h05m" or "2d07h": whole seconds, rounded up, in the two largest units.
std::string FormatDuration(double seconds);

}  // namespace didact

#endif  // DIDACT_TOOLS_FORMAT_TIME_H_
