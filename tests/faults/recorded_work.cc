#include "tests/faults/recorded_work.h"

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace didact {

void RecordedWork::Put(const DiskImage& image) {
  std::filesystem::remove(folder_ + ".log");
  std::filesystem::remove_all(folder_);
  WriteDiskImage(image, folder_);
}

ToolResult RecordedWork::Run(const std::vector<std::string>& command) const {
  return RunTool(command, folder_,
                 {"LD_PRELOAD=" + DataPath("tests/faults/libwrite_recorder.so"),
                  "DIDACT_RECORD_FOLDER=" + folder_});
}

std::unique_ptr<RunningTool> RecordedWork::Begin(const RecordedProcess& process) const {
  const std::vector<std::string> environment = {
      "LD_PRELOAD=" + DataPath("tests/faults/libwrite_recorder.so"),
      "DIDACT_RECORD_FOLDER=" + folder_, "DIDACT_RECORD_LOG=" + folder_ + ".log",
      absl::StrCat("DIDACT_RECORD_SIGNAL=", process.signal),
      absl::StrCat("DIDACT_RECORD_AT=", process.signal_at)};
  return std::make_unique<RunningTool>(process.command, folder_, environment);
}

}  // namespace didact
