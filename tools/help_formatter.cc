#include "tools/help_formatter.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "didact/framework/config/wrap_text.h"

namespace didact {
namespace {

// The column in which descriptions begin.
constexpr int kDescriptions = 30;
constexpr int kDescriptionsOfCommands = 12;

}  // namespace

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return WrapText(app->get_description(), 0, columns_);
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  std::string text;
  for (const absl::string_view line : absl::StrSplit(app->get_footer(), '\n')) {
    text += WrapText(line, 0, columns_);
  }
  return text;
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return WrapBeside(absl::StrCat("  ", command->get_name()), command->get_description(),
                    kDescriptionsOfCommands, columns_);
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  return WrapBeside(
      absl::StrCat("  ", make_option_name(option, is_positional), make_option_opts(option)),
      make_option_desc(option), kDescriptions, columns_);
}

}  // namespace didact
