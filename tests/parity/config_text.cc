#include "tests/parity/config_text.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"

namespace didact {

std::string Exact(double value) { return absl::StrFormat("%.17g", value); }

std::string InitializerField(absl::string_view plugin, absl::string_view fields) {
  return absl::Substitute("  initializer { [didact/$0] { $1 } }\n", plugin, fields);
}

std::string ProjectionField(absl::string_view plugin, absl::string_view fields) {
  return absl::Substitute("projection { [didact/$0] { $1 } }\n", plugin, fields);
}

std::string ConstantRate(double rate) {
  return absl::StrCat("[didact/Constant] { value: ", Exact(rate), " }");
}

std::string RateOfEachEpoch(const Array& rates) {
  std::string points;
  for (size_t epoch = 0; epoch < rates.size(); ++epoch) {
    if (epoch > 0 && rates.flat(epoch) == rates.flat(epoch - 1)) continue;
    absl::StrAppend(&points, "point { epoch: ", epoch, " value: ", Exact(rates.flat(epoch)), " } ");
  }
  return absl::StrCat("[didact/Piecewise] { ", points, "}");
}

absl::StatusOr<std::string> WriteConfig(const std::string& folder, const std::string& text) {
  std::string path = JoinPath(folder, "experiment.textproto");
  DIDACT_RETURN_IF_ERROR(WriteFileAtomically(path, text));
  return path;
}

}  // namespace didact
