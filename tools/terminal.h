// What the tool asks of the terminal that it writes to.

#ifndef DIDACT_TOOLS_TERMINAL_H_
#define DIDACT_TOOLS_TERMINAL_H_

#include <cstddef>
#include <limits>

namespace didact {

// The width of what is not a terminal, such as a file.
inline constexpr size_t kUnlimitedColumns = std::numeric_limits<size_t>::max();

// Returns the number of columns of the terminal behind a file descriptor, such as STDOUT_FILENO: its
// width or, if it does not tell, that of the environment variable COLUMNS or 80. If it is not a
// terminal, returns `otherwise`.
size_t TerminalColumns(int descriptor, size_t otherwise);

// True if the file descriptor is a terminal on which lines can be rewritten with escape sequences;
// false if the environment variable TERM is "dumb" or empty.
bool RewritesLines(int descriptor);

}  // namespace didact

#endif  // DIDACT_TOOLS_TERMINAL_H_
