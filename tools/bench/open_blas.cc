#include "tools/bench/open_blas.h"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

constexpr char kLibrary[] = "libopenblas.so.0";
constexpr char kKernelsVariable[] = "OPENBLAS_CORETYPE";

// The names that OpenBLAS gives to kernels for an instruction set. The first one is asked for:
// products of float and double are the same in the others.
const std::vector<absl::string_view>& Avx512Kernels() {
  static const auto& kernels =
      *new std::vector<absl::string_view>{"SkylakeX", "Cooperlake", "SapphireRapids"};
  return kernels;
}
const std::vector<absl::string_view>& Avx2Kernels() {
  static const auto& kernels = *new std::vector<absl::string_view>{"Haswell", "Zen"};
  return kernels;
}

template <class Function>
absl::Status Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(kLibrary, " has no ", name));
  }
  return absl::OkStatus();
}

absl::StatusOr<void*> LoadLibrary() {
  void* const library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot load ", kLibrary, ", which 'tools/setup' installs: ", dlerror()));
  }
  return library;
}

absl::StatusOr<std::string> KernelsOf(void* library) {
  const char* (*core_name)() = nullptr;
  DIDACT_RETURN_IF_ERROR(Find(library, "openblas_get_corename", core_name));
  return std::string(core_name());
}

// Returns the kernels that a process would use that loads the library now. A child process loads
// it, because the library reads its variables once.
absl::StatusOr<std::string> KernelsOfNewProcess() {
  int ends[2];
  if (pipe(ends) != 0) return absl::InternalError("cannot make a pipe");
  const pid_t child = fork();
  if (child == 0) {
    absl::StatusOr<void*> library = LoadLibrary();
    absl::StatusOr<std::string> kernels =
        library.ok() ? KernelsOf(*library) : absl::StatusOr<std::string>(library.status());
    const std::string answer = kernels.ok() ? *kernels : std::string(kernels.status().message());
    const bool written = write(ends[1], answer.data(), answer.size()) >= 0;
    _exit(kernels.ok() && written ? 0 : 1);
  }
  close(ends[1]);
  std::string answer;
  char buffer[256];
  for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    answer.append(buffer, count);
  }
  close(ends[0]);
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
    return absl::FailedPreconditionError(answer.empty() ? "cannot load OpenBLAS" : answer);
  }
  return answer;
}

bool Contains(const std::vector<absl::string_view>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

absl::StatusOr<std::string> AskForWidestOpenBlasKernels() {
  DIDACT_ASSIGN_OR_RETURN(const std::string choice, KernelsOfNewProcess());
  absl::string_view wanted;
  if (__builtin_cpu_supports("x86-64-v4")) {
    if (!Contains(Avx512Kernels(), choice)) wanted = Avx512Kernels().front();
  } else if (__builtin_cpu_supports("x86-64-v3")) {
    if (!Contains(Avx2Kernels(), choice)) wanted = Avx2Kernels().front();
  }
  if (!wanted.empty()) setenv(kKernelsVariable, std::string(wanted).c_str(), /*overwrite=*/1);
  return choice;
}

absl::StatusOr<std::unique_ptr<OpenBlas>> OpenBlas::Load() {
  DIDACT_ASSIGN_OR_RETURN(void* const library, LoadLibrary());
  std::unique_ptr<OpenBlas> blas(new OpenBlas);
  DIDACT_ASSIGN_OR_RETURN(blas->kernels_, KernelsOf(library));
  const char* (*config)() = nullptr;
  void (*set_threads)(int) = nullptr;
  int (*threads)() = nullptr;
  DIDACT_RETURN_IF_ERROR(Find(library, "openblas_get_config", config));
  DIDACT_RETURN_IF_ERROR(Find(library, "openblas_set_num_threads", set_threads));
  DIDACT_RETURN_IF_ERROR(Find(library, "openblas_get_num_threads", threads));
  DIDACT_RETURN_IF_ERROR(Find(library, "cblas_sgemm", blas->sgemm_));
  DIDACT_RETURN_IF_ERROR(Find(library, "cblas_dgemm", blas->dgemm_));
  // The text is like "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
  const std::vector<std::string> words = absl::StrSplit(config(), absl::MaxSplits(' ', 2));
  blas->version_ = absl::StrCat(words[0], " ", words.size() > 1 ? words[1] : "");
  set_threads(1);
  blas->threads_ = threads();
  return blas;
}

template <class T>
void OpenBlas::Call(GemmFunction<T> function, bool transpose_a, bool transpose_b, int rows,
                    int columns, int depth, T alpha, const T* a, const T* b, T beta, T* c) {
  constexpr int kRowMajor = 101;
  constexpr int kNotTransposed = 111;
  constexpr int kTransposed = 112;
  function(kRowMajor, transpose_a ? kTransposed : kNotTransposed,
           transpose_b ? kTransposed : kNotTransposed, rows, columns, depth, alpha, a,
           transpose_a ? rows : depth, b, transpose_b ? depth : columns, beta, c, columns);
}

void OpenBlas::Gemm(bool transpose_a, bool transpose_b, int rows, int columns, int depth,
                    float alpha, const float* a, const float* b, float beta, float* c) const {
  Call(sgemm_, transpose_a, transpose_b, rows, columns, depth, alpha, a, b, beta, c);
}

void OpenBlas::Gemm(bool transpose_a, bool transpose_b, int rows, int columns, int depth,
                    double alpha, const double* a, const double* b, double beta, double* c) const {
  Call(dgemm_, transpose_a, transpose_b, rows, columns, depth, alpha, a, b, beta, c);
}

}  // namespace didact
