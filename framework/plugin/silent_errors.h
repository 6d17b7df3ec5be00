// Keeps protobuf's text parser from printing errors that the caller reports itself.

#ifndef DIDACT_FRAMEWORK_PLUGIN_SILENT_ERRORS_H_
#define DIDACT_FRAMEWORK_PLUGIN_SILENT_ERRORS_H_

#include <string>

#include "google/protobuf/io/tokenizer.h"

namespace didact {

// Discards errors. Without a collector, protobuf prints them to standard error.
class SilentErrors : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_SILENT_ERRORS_H_
