#include "tools/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace didact {

size_t TerminalColumns(int descriptor, size_t otherwise) {
  if (isatty(descriptor) != 1) return otherwise;
  winsize size = {};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const columns = std::getenv("COLUMNS");
  int number = 0;
  if (columns != nullptr && absl::SimpleAtoi(columns, &number) && number > 0) {
    return static_cast<size_t>(number);
  }
  constexpr size_t kUsual = 80;
  return kUsual;
}

bool RewritesLines(int descriptor) {
  const char* const name = std::getenv("TERM");
  const absl::string_view terminal = name == nullptr ? "" : name;
  return isatty(descriptor) == 1 && !terminal.empty() && terminal != "dumb";
}

}  // namespace didact
