// Formats numbers of tables.

#ifndef DIDACT_TOOLS_FORMAT_NUMBER_H_
#define DIDACT_TOOLS_FORMAT_NUMBER_H_

#include <string>

namespace didact {

// Returns a number with as many significant digits: "0.2", "1.5e-07", "inf". What is not a number is
// "nan", whatever the sign of its bits, on which processors and compilers do not agree.
std::string FormatNumber(double number, int digits);

}  // namespace didact

#endif  // DIDACT_TOOLS_FORMAT_NUMBER_H_
