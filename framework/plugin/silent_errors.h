// Keeps protobuf's text parser quiet where the caller words the error.

#ifndef DIDACT_FRAMEWORK_PLUGIN_SILENT_ERRORS_H_
#define DIDACT_FRAMEWORK_PLUGIN_SILENT_ERRORS_H_

#include <string>

#include "google/protobuf/io/tokenizer.h"

namespace didact {

// Drops what it is told. Without a collector, protobuf writes errors to standard error.
class SilentErrors : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_SILENT_ERRORS_H_
