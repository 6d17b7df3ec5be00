#include "tools/bench/temporary_folder.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace didact {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "didact_bench_XXXXXX").string();
  if (mkdtemp(name.data()) != nullptr) name_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  if (!name_.empty()) fs::remove_all(name_, error);
}

}  // namespace didact
