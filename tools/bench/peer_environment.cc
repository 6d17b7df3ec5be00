#include "tools/bench/peer_environment.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace didact {
namespace {

constexpr absl::string_view kPrefixes[] = {
    // Linear algebra.
    "OPENBLAS_", "GOTO_", "BLIS_", "AOCL_", "MKL_", "NVPL_",
    // OpenMP.
    "OMP_", "GOMP_", "KMP_",
    // PyTorch, and oneDNN below it.
    "ATEN_", "TORCH_", "PYTORCH_", "DNNL_", "ONEDNN_",
    // Python's checks of memory.
    "PYTHONDEVMODE", "PYTHONMALLOC", "PYTHONTRACEMALLOC"};

constexpr const char* kOneThread[] = {"OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "MKL_NUM_THREADS",
                                      "OMP_NUM_THREADS"};

}  // namespace

std::vector<std::string> ClearPeerEnvironment() {
  std::vector<std::string> removed;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const absl::string_view text = *variable;
    if (std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                    [text](absl::string_view prefix) { return absl::StartsWith(text, prefix); })) {
      removed.emplace_back(text);
    }
  }
  for (const std::string& variable : removed) {
    unsetenv(variable.substr(0, variable.find('=')).c_str());
  }
  for (const char* name : kOneThread) setenv(name, "1", /*overwrite=*/1);
  std::sort(removed.begin(), removed.end());
  return removed;
}

}  // namespace didact
