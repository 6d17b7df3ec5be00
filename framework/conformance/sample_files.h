// Small files for plugins that read files; README.md lists them.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_FILES_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_FILES_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace didact {

// A temporary folder with the files, removed by the destructor.
class SampleFiles {
 public:
  // Errors begin with the path that cannot be written.
  static absl::StatusOr<SampleFiles> Create();

  SampleFiles(SampleFiles&& other) noexcept : folder_(std::exchange(other.folder_, "")) {}
  SampleFiles& operator=(SampleFiles&& other) noexcept {
    std::swap(folder_, other.folder_);
    return *this;
  }
  ~SampleFiles();

  // Absolute path of the folder.
  const std::string& folder() const { return folder_; }

 private:
  explicit SampleFiles(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_SAMPLE_FILES_H_
