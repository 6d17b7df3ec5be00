// Formats the help of commands for the width of the terminal.

#ifndef DIDACT_TOOLS_HELP_FORMATTER_H_
#define DIDACT_TOOLS_HELP_FORMATTER_H_

#include <string>

#include "tools/command.h"

namespace didact {

// Breaks lines between words, so that descriptions of flags stay in their column.
class HelpFormatter final : public CLI::Formatter {
 public:
  // `columns`: the maximum length of a line, unless a single word is longer.
  explicit HelpFormatter(int columns) : columns_(columns) {}

  std::string make_description(const CLI::App* app) const override;
  std::string make_footer(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;

 private:
  const int columns_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_HELP_FORMATTER_H_
