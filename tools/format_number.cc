#include "tools/format_number.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace didact {

std::string FormatNumber(double number, int digits) {
  return std::isnan(number) ? "nan" : absl::StrFormat("%.*g", digits, number);
}

}  // namespace didact
