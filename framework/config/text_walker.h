// Reads the text of a config token by token and determines the field of each token, so that errors
// can name it.

#ifndef DIDACT_FRAMEWORK_CONFIG_TEXT_WALKER_H_
#define DIDACT_FRAMEWORK_CONFIG_TEXT_WALKER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "didact/framework/config/plugin_finder.h"
#include "didact/framework/plugin/silent_errors.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace didact {

// Follows the nesting of a text that may contain any mistake; reports none itself. Threads: one at
// a time.
class TextWalker {
 public:
  // The place of one token.
  struct Place {
    // Counted from 0.
    int line = 0;
    int column = 0;
    // The field that the token names or sets, e.g. "student.hidden[1].width"; for the token that
    // ends a message, the field of that message.
    std::string path;
    // Descriptor of this field; null if the message has no such field or is unknown.
    const google::protobuf::FieldDescriptor* field = nullptr;
  };

  // `text` contains the fields of a message of type `root`, which is the value of the field `slot`
  // (null if it is of none). `text` and `finder` must outlive the walker.
  TextWalker(absl::string_view text, const google::protobuf::Descriptor& root,
             const google::protobuf::FieldDescriptor* slot, const PluginFinder& finder);

  // Moves to the next token. Returns false at the end of the text, or where messages are nested
  // deeper than a parser allows.
  bool Next();

  const google::protobuf::io::Tokenizer::Token& token() const { return token_; }
  Place place() const;
  // The same field, but with the line and column at which its name, or that of the plugin, begins.
  Place name_place() const;
  // The field that holds the message around the token; null at the top level if the text is that of
  // no field's value.
  const google::protobuf::FieldDescriptor* enclosing_field() const;
  // Number of messages around the token; 0 at the top level.
  int depth() const { return static_cast<int>(frames_.size()) - 1; }
  // Returns "didact/Relu" if the token is the bracket that closes this name of a plugin, otherwise
  // an empty string. place() is then the field that holds the plugin.
  std::string plugin_name() const;

 private:
  // A message whose end has not been reached, and its current field.
  struct Frame {
    const google::protobuf::Descriptor* type = nullptr;
    // True for the message of a plugin, whose frame follows that of the Any around it. Paths do not
    // show the level of the Any.
    bool is_plugin = false;

    std::string name;
    const google::protobuf::FieldDescriptor* field = nullptr;
    // Number of occurrences of each field name so far.
    std::map<std::string, int> counts;
    int index = 0;
    int name_line = 0;
    int name_column = 0;

    enum class Expecting {
      kName,
      kColonOrMessage,
      kValue,
      kListElement,
      kRestOfPlugin,
      kPluginMessage
    };
    Expecting expecting = Expecting::kName;
    std::string plugin;
  };

  void Follow(Frame& frame);
  void BeginField(Frame& frame);
  void Open();
  bool AtEndOfMessage() const;

  const google::protobuf::FieldDescriptor* slot_;
  const PluginFinder& finder_;
  SilentErrors errors_;
  google::protobuf::io::ArrayInputStream stream_;
  google::protobuf::io::Tokenizer tokenizer_;
  // The current token, owned by the tokenizer.
  const google::protobuf::io::Tokenizer::Token& token_;
  std::vector<Frame> frames_;
  // True if the current token is a brace that opens or closes a message: frames_ changes at the
  // next token.
  bool opens_ = false;
  bool closes_ = false;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_TEXT_WALKER_H_
