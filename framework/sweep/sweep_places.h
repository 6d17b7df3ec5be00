// Line and column of each part of a sweep in its file, for messages.

#ifndef DIDACT_FRAMEWORK_SWEEP_SWEEP_PLACES_H_
#define DIDACT_FRAMEWORK_SWEEP_SWEEP_PLACES_H_

#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "didact/framework/config/config_file.h"

namespace didact {

class SweepPlaces {
 public:
  SweepPlaces() = default;
  // Finds the places in the text, which must be that of a didact.Sweep.
  explicit SweepPlaces(const ConfigFile& file);

  // Path of the sweep's file.
  std::string file() const { return file_; }

  // Returns the place of a field path, `sweep.textproto:7:3: axis[1].value[2]` for
  // `axis[1].value[2]`; without line and column if the file does not contain the field.
  std::string Of(absl::string_view path) const;

 private:
  std::string file_;
  std::map<std::string, std::pair<int, int>, std::less<>> places_;  // line and column from 1
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_SWEEP_SWEEP_PLACES_H_
