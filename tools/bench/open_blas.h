// OpenBLAS, with which the bench compares matrix products, and which PyTorch uses for its products.

#ifndef DIDACT_TOOLS_BENCH_OPEN_BLAS_H_
#define DIDACT_TOOLS_BENCH_OPEN_BLAS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace didact {

// Sets environment variables, for this process and its children, that make OpenBLAS use the kernels
// of the widest instruction set of the processor, if it would choose narrower ones by itself: a
// release of OpenBLAS does not know later processors, and takes old kernels for them. Returns the
// kernels that OpenBLAS would choose, by its own name for them ("Haswell").
//
// Call it after ClearPeerEnvironment, before OpenBLAS is loaded and while no other threads run.
// Errors: FAILED_PRECONDITION if there is no OpenBLAS.
absl::StatusOr<std::string> AskForWidestOpenBlasKernels();

// The library, which uses one thread. Load loads it at run time, so that environment variables can
// be set before.
class OpenBlas {
 public:
  // Errors: FAILED_PRECONDITION if OpenBLAS is missing, with the package to install.
  static absl::StatusOr<std::unique_ptr<OpenBlas>> Load();

  const std::string& version() const { return version_; }  // "OpenBLAS 0.3.21"
  const std::string& kernels() const {
    return kernels_;
  }  // the processor that they are for: "Cooperlake"
  int threads() const { return threads_; }

  // Computes c = alpha * op(a) * op(b) + beta * c, where op transposes if requested: op(a) is
  // [rows, depth], op(b) [depth, columns], c [rows, columns], arrays row by row without padding.
  void Gemm(bool transpose_a, bool transpose_b, int rows, int columns, int depth, float alpha,
            const float* a, const float* b, float beta, float* c) const;
  void Gemm(bool transpose_a, bool transpose_b, int rows, int columns, int depth, double alpha,
            const double* a, const double* b, double beta, double* c) const;

 private:
  // The functions of CBLAS, whose enumerations are integers.
  template <class T>
  using GemmFunction = void (*)(int order, int transpose_a, int transpose_b, int rows, int columns,
                                int depth, T alpha, const T* a, int a_stride, const T* b,
                                int b_stride, T beta, T* c, int c_stride);

  OpenBlas() = default;

  template <class T>
  static void Call(GemmFunction<T> function, bool transpose_a, bool transpose_b, int rows,
                   int columns, int depth, T alpha, const T* a, const T* b, T beta, T* c);

  std::string version_;
  std::string kernels_;
  int threads_ = 0;
  GemmFunction<float> sgemm_ = nullptr;
  GemmFunction<double> dgemm_ = nullptr;
};

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_OPEN_BLAS_H_
