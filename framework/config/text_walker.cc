#include "didact/framework/config/text_walker.h"

#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/packed_config.h"

namespace didact {

using google::protobuf::io::Tokenizer;

TextWalker::TextWalker(absl::string_view text, const google::protobuf::Descriptor& root,
                       const google::protobuf::FieldDescriptor* slot, const PluginFinder& finder)
    : slot_(slot),
      finder_(finder),
      stream_(text.data(), static_cast<int>(text.size())),
      tokenizer_(&stream_, &errors_),
      token_(tokenizer_.current()),
      frames_(1) {
  tokenizer_.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
  tokenizer_.set_allow_f_after_float(true);
  frames_.back().type = &root;
}

bool TextWalker::Next() {
  if (opens_) Open();
  if (closes_) frames_.pop_back();
  opens_ = closes_ = false;
  // Each level of a config may belong to a plugin, which takes two levels of text.
  if (!tokenizer_.Next() || depth() > 2 * kMaxConfigDepth + 1) return false;
  Follow(frames_.back());
  return true;
}

void TextWalker::Follow(Frame& frame) {
  using Expecting = Frame::Expecting;
  const std::string& text = token_.text;
  if (frame.expecting == Expecting::kRestOfPlugin) {
    if (text == "]") {
      frame.expecting = Expecting::kPluginMessage;
    } else {
      frame.plugin += text;
    }
  } else if (text == "{" || text == "<") {
    opens_ = true;
  } else if (text == "}" || text == ">") {
    closes_ = frames_.size() > 1;
  } else if (text == "[") {
    if (frame.expecting == Expecting::kName) {
      frame.plugin.clear();
      frame.name_line = token_.line;
      frame.name_column = token_.column;
      frame.expecting = Expecting::kRestOfPlugin;
    } else {
      frame.expecting = Expecting::kListElement;
    }
  } else if (text == "]") {
    frame.expecting = Expecting::kName;
  } else if (text == ",") {
    if (frame.expecting == Expecting::kListElement) frame.index = frame.counts[frame.name]++;
  } else if (text == ":") {
    if (frame.expecting == Expecting::kColonOrMessage) frame.expecting = Expecting::kValue;
  } else if (frame.expecting == Expecting::kName) {
    // A string in this place continues the one before it.
    if (token_.type != Tokenizer::TYPE_STRING) BeginField(frame);
  } else if (frame.expecting == Expecting::kValue && text != "-") {
    frame.expecting = Expecting::kName;
  }
}

void TextWalker::BeginField(Frame& frame) {
  frame.name = token_.text;
  frame.field = frame.type == nullptr ? nullptr : frame.type->FindFieldByName(frame.name);
  frame.index = frame.counts[frame.name]++;
  frame.name_line = token_.line;
  frame.name_column = token_.column;
  frame.expecting = Frame::Expecting::kColonOrMessage;
}

void TextWalker::Open() {
  Frame inner;
  Frame& outer = frames_.back();
  if (outer.expecting == Frame::Expecting::kPluginMessage) {
    inner.is_plugin = true;
    inner.type = finder_.Find(outer.plugin);
  } else {
    inner.type = outer.field == nullptr ? nullptr : outer.field->message_type();
  }
  if (outer.expecting != Frame::Expecting::kListElement) {
    outer.expecting = Frame::Expecting::kName;
  }
  frames_.push_back(std::move(inner));
}

bool TextWalker::AtEndOfMessage() const {
  return (closes_ || token_.type == Tokenizer::TYPE_END) &&
         frames_.back().expecting == Frame::Expecting::kName;
}

TextWalker::Place TextWalker::place() const {
  Place place;
  place.line = token_.line;
  place.column = token_.column;
  place.field = slot_;
  // Within the brackets of a plugin's name, the plugin's slot is the field of the enclosing frame.
  const auto shows_field = [this](const Frame& frame) {
    if (&frame != &frames_.back()) return !(&frame + 1)->is_plugin;
    return !AtEndOfMessage() && frame.expecting != Frame::Expecting::kRestOfPlugin &&
           frame.expecting != Frame::Expecting::kPluginMessage;
  };
  for (const Frame& frame : frames_) {
    if (!shows_field(frame) || frame.name.empty()) continue;
    absl::StrAppend(&place.path, place.path.empty() ? "" : ".", frame.name);
    if (frame.field != nullptr && frame.field->is_repeated()) {
      absl::StrAppend(&place.path, "[", frame.index, "]");
    }
    place.field = frame.field;
  }
  return place;
}

TextWalker::Place TextWalker::name_place() const {
  Place place = this->place();
  place.line = frames_.back().name_line;
  place.column = frames_.back().name_column;
  return place;
}

const google::protobuf::FieldDescriptor* TextWalker::enclosing_field() const {
  return frames_.size() > 1 ? frames_[frames_.size() - 2].field : slot_;
}

std::string TextWalker::plugin_name() const {
  const Frame& frame = frames_.back();
  const bool closed = frame.expecting == Frame::Expecting::kPluginMessage && token().text == "]";
  return closed ? frame.plugin : "";
}

}  // namespace didact
