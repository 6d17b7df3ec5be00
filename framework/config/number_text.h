// Numbers in the text of configs where people and protobuf's text format read them differently.

#ifndef DIDACT_FRAMEWORK_CONFIG_NUMBER_TEXT_H_
#define DIDACT_FRAMEWORK_CONFIG_NUMBER_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "didact/framework/config/plugin_finder.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"

namespace didact {

// Returns true for numbers such as 010, which the text format takes for octal.
bool HasLeadingZero(const google::protobuf::io::Tokenizer::Token& token);

// Returns the error text for such a number, which `token` of `text` begins: the token ends at a
// decimal point.
std::string LeadingZeroProblem(absl::string_view text,
                               const google::protobuf::io::Tokenizer::Token& token);

// Returns the error text for the first number in `text` that has a leading zero, or an empty text.
std::string LeadingZeroProblem(absl::string_view text);

// A text in which whole numbers for integer fields have digits alone: `epochs: 1e4` becomes
// `epochs: 10000`. Numbers that are not whole, above 2^53, or of more than 15 digits stay as they
// are, and the parser refuses them.
class IntegerText {
 public:
  // The arguments are those of TextWalker; `text` must outlive the object.
  IntegerText(absl::string_view text, const google::protobuf::Descriptor& root,
              const google::protobuf::FieldDescriptor* slot, const PluginFinder& finder);

  const std::string& text() const { return text_; }

  // Returns the column of the original text for one of text(). All counted from 0, as the tokenizer
  // counts.
  int OriginalColumn(int line, int column) const;

 private:
  // A number that was replaced. In bytes.
  struct Replacement {
    int line;
    int begin;  // its place in the line of text()
    int growth;
  };

  absl::string_view original_;
  std::string text_;
  std::vector<Replacement> replacements_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_NUMBER_TEXT_H_
