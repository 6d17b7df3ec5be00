// The child process that runs the baseline, tools/bench/torch_baselines/main.py.

#ifndef DIDACT_TOOLS_BENCH_TORCH_PROCESS_H_
#define DIDACT_TOOLS_BENCH_TORCH_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace didact {

// Handles one request at a time; the script documents the requests.
class TorchProcess {
 public:
  // Starts the script and waits until it has loaded PyTorch. The script is beside the program (as
  // Bazel arranges it) or in tools/bench of the working directory. It inherits the environment, so
  // ClearPeerEnvironment must have been called. Errors: FAILED_PRECONDITION, with what to install.
  static absl::StatusOr<std::unique_ptr<TorchProcess>> Start();
  ~TorchProcess();
  TorchProcess(const TorchProcess&) = delete;
  TorchProcess& operator=(const TorchProcess&) = delete;

  // PyTorch's version, and the libraries that compute for it with their kernels and threads; lines
  // for people.
  const std::string& description() const { return description_; }

  // Returns the script's answer. Errors: INTERNAL with the script's message if it reports an error
  // or has ended.
  absl::StatusOr<nlohmann::json> Ask(const nlohmann::json& request);

 private:
  TorchProcess(pid_t process, std::FILE* to, std::FILE* from)
      : process_(process), to_(to), from_(from) {}

  absl::StatusOr<nlohmann::json> Read();

  pid_t process_;
  std::FILE* to_;
  std::FILE* from_;
  std::string description_;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_TORCH_PROCESS_H_
