// Compares configs without printing to the terminal.

#ifndef DIDACT_FRAMEWORK_PLUGIN_QUIET_COMPARE_H_
#define DIDACT_FRAMEWORK_PLUGIN_QUIET_COMPARE_H_

#include "google/protobuf/message.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/message_differencer.h"

namespace didact {

// Returns differencer.Compare(a, b). Configs of plugins that are functions (function_plugins.h) are
// compared by their bytes, which are equal for equal configs (Pack); Protocol Buffers would print
// that it does not know their messages.
inline bool CompareQuietly(google::protobuf::util::MessageDifferencer& differencer,
                           const google::protobuf::Message& a, const google::protobuf::Message& b) {
  const google::protobuf::LogSilencer silencer;
  return differencer.Compare(a, b);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_QUIET_COMPARE_H_
