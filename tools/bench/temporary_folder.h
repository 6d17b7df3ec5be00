// A folder that exists as long as an object.

#ifndef DIDACT_TOOLS_BENCH_TEMPORARY_FOLDER_H_
#define DIDACT_TOOLS_BENCH_TEMPORARY_FOLDER_H_

#include <string>

namespace didact {

// Created in the system's folder for temporary files; the destructor removes it with its files.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // Empty if it could not be created.
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TEMPORARY_FOLDER_H_
