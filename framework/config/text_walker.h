// Goes through a config's text token by token and knows to which field each token belongs, so that errors can name
// it.

#ifndef DIDACT_FRAMEWORK_CONFIG_TEXT_WALKER_H_
#define DIDACT_FRAMEWORK_CONFIG_TEXT_WALKER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "framework/config/plugin_finder.h"
#include "framework/plugin/silent_errors.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace didact {

// Follows the nesting of a text that may be wrong anywhere; checks nothing itself.
class TextWalker {
 public:
  // The place of one token.
  struct Place {
    // From 0.
    int line = 0;
    int column = 0;
    // The field that the token names or gives a value to, e.g. "student.hidden[1].width"; for the end of a message, that
    // message.
    std::string path;
    // That field; null if there is none of this name, or its message is unknown.
    const google::protobuf::FieldDescriptor* field = nullptr;
  };

  // `text` is the fields of a `root`, which is a value of the field `slot`, or of none (null). `text` and `finder` must
  // outlive the walker.
  TextWalker(absl::string_view text, const google::protobuf::Descriptor& root,
             const google::protobuf::FieldDescriptor* slot, const PluginFinder& finder);

  // Moves to the next token; false at the end, or where messages are nested deeper than a parser
  // allows.
  bool Next();

  const google::protobuf::io::Tokenizer::Token& token() const { return token_; }
  Place place() const;
  // The same, but where the name of the token's field, or of the plugin, begins.
  Place name_place() const;
  // Messages around the token: 0 at the top.
  int depth() const { return static_cast<int>(frames_.size()) - 1; }
  // "didact/Relu" when the token is the bracket that closes the name of a plugin; the place is then the
  // plugin's slot.
  std::string plugin_name() const;

 private:
  // One message that is open, and its field at hand.
  struct Frame {
    const google::protobuf::Descriptor* type = nullptr;
    // Set in the message of a plugin: the Any around it. A path does not show that level.
    bool is_plugin = false;

    std::string name;
    const google::protobuf::FieldDescriptor* field = nullptr;
    // How often each name came.
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
  // The tokenizer's own current one.
  const google::protobuf::io::Tokenizer::Token& token_;
  std::vector<Frame> frames_;
  // Frames change behind a brace, not at it.
  bool opens_ = false;
  bool closes_ = false;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFIG_TEXT_WALKER_H_
