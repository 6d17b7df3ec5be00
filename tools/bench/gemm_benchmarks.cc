#include "tools/bench/gemm_benchmarks.h"

#include <cblas.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "benchmark/benchmark.h"
#include "framework/kernels/gemm.h"
#include "framework/kernels/matrix.h"
#include "tools/bench/table_reporter.h"

namespace didact {
namespace {

// What a product is for decides how its operands lie and what is fused with it.
enum class Role { kProduct, kForward, kBackward, kUpdate, kCrossMoments };

struct Shape {
  Role role;
  int64_t rows;
  int64_t columns;
  int64_t depth;
};

const char* RoleName(Role role) {
  switch (role) {
    case Role::kProduct:
      return "product";
    case Role::kForward:
      return "forward";
    case Role::kBackward:
      return "backward";
    case Role::kUpdate:
      return "update";
    case Role::kCrossMoments:
      return "cross-moments";
  }
  return "";
}

bool TransposesA(Role role) { return role == Role::kUpdate || role == Role::kCrossMoments; }
bool TransposesB(Role role) { return role == Role::kBackward; }
bool Accumulates(Role role) { return TransposesA(role); }

// Small enough that no number of updates overflows.
constexpr double kScale = 1e-3;

template <class T>
void Fill(absl::Span<T> values, std::mt19937_64& generator) {
  std::uniform_real_distribution<double> uniform(-kScale, kScale);
  for (T& value : values) value = static_cast<T>(uniform(generator));
}

template <class T>
Matrix<T> RandomMatrix(int64_t rows, int64_t columns, std::mt19937_64& generator) {
  Matrix<T> matrix(rows, columns);
  for (int64_t i = 0; i < rows; ++i) Fill(matrix.row(i), generator);
  return matrix;
}

void SetFlop(benchmark::State& state, const Shape& shape) {
  state.counters["flop"] = 2.0 * static_cast<double>(shape.rows) *
                           static_cast<double>(shape.columns) * static_cast<double>(shape.depth);
}

template <class T>
void RunOurs(benchmark::State& state, const Shape& shape) {
  std::mt19937_64 generator(1);
  const bool a_transposed = TransposesA(shape.role);
  const bool b_transposed = TransposesB(shape.role);
  const Matrix<T> a = a_transposed ? RandomMatrix<T>(shape.depth, shape.rows, generator)
                                   : RandomMatrix<T>(shape.rows, shape.depth, generator);
  const Matrix<T> b = b_transposed ? RandomMatrix<T>(shape.columns, shape.depth, generator)
                                   : RandomMatrix<T>(shape.depth, shape.columns, generator);
  const Matrix<T> bias = RandomMatrix<T>(1, shape.columns, generator);
  const Matrix<T> gate = RandomMatrix<T>(shape.rows, shape.columns, generator);
  Matrix<T> c(shape.rows, shape.columns);

  GemmArguments<T> arguments;
  arguments.rows = shape.rows;
  arguments.columns = shape.columns;
  arguments.depth = shape.depth;
  arguments.a = a.data();
  arguments.a_row_stride = a_transposed ? 1 : a.stride();
  arguments.a_depth_stride = a_transposed ? a.stride() : 1;
  arguments.b = b.data();
  arguments.b_stride = b.stride();
  arguments.b_transposed = b_transposed;
  arguments.c = c.data();
  arguments.c_stride = c.stride();
  arguments.accumulate = Accumulates(shape.role);
  arguments.padded = true;
  if (shape.role == Role::kUpdate) arguments.alpha = static_cast<T>(-kScale);
  if (shape.role == Role::kForward) {
    arguments.initial_row = bias.data();
    arguments.epilogue = GemmEpilogue::kPiecewiseLinear;
  }
  if (shape.role == Role::kBackward) {
    arguments.gate = gate.data();
    arguments.gate_stride = gate.stride();
    arguments.epilogue = GemmEpilogue::kPiecewiseLinearGradient;
  }
  for (auto _ : state) {
    Gemm(arguments);
    benchmark::ClobberMemory();
  }
  SetFlop(state, shape);
}

void BlasGemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, const Shape& shape,
              float alpha, const std::vector<float>& a, int a_stride, const std::vector<float>& b,
              int b_stride, float beta, std::vector<float>& c) {
  const int columns = static_cast<int>(shape.columns);
  cblas_sgemm(CblasRowMajor, transpose_a, transpose_b, static_cast<int>(shape.rows), columns,
              static_cast<int>(shape.depth), alpha, a.data(), a_stride, b.data(), b_stride, beta,
              c.data(), columns);
}
void BlasGemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, const Shape& shape,
              double alpha, const std::vector<double>& a, int a_stride,
              const std::vector<double>& b, int b_stride, double beta, std::vector<double>& c) {
  const int columns = static_cast<int>(shape.columns);
  cblas_dgemm(CblasRowMajor, transpose_a, transpose_b, static_cast<int>(shape.rows), columns,
              static_cast<int>(shape.depth), alpha, a.data(), a_stride, b.data(), b_stride, beta,
              c.data(), columns);
}

template <class T>
void RunOpenBlas(benchmark::State& state, const Shape& shape) {
  openblas_set_num_threads(1);
  std::mt19937_64 generator(1);
  std::vector<T> a(shape.rows * shape.depth);
  std::vector<T> b(shape.depth * shape.columns);
  std::vector<T> c(shape.rows * shape.columns);
  Fill(absl::MakeSpan(a), generator);
  Fill(absl::MakeSpan(b), generator);
  const bool a_transposed = TransposesA(shape.role);
  const bool b_transposed = TransposesB(shape.role);
  const int a_stride = static_cast<int>(a_transposed ? shape.rows : shape.depth);
  const int b_stride = static_cast<int>(b_transposed ? shape.depth : shape.columns);
  const T alpha = shape.role == Role::kUpdate ? static_cast<T>(-kScale) : T(1);
  const T beta = Accumulates(shape.role) ? T(1) : T(0);
  for (auto _ : state) {
    BlasGemm(a_transposed ? CblasTrans : CblasNoTrans, b_transposed ? CblasTrans : CblasNoTrans,
             shape, alpha, a, a_stride, b, b_stride, beta, c);
    benchmark::ClobberMemory();
  }
  SetFlop(state, shape);
}

void RegisterShape(const std::string& section, const Shape& shape) {
  const std::string label =
      absl::StrCat(RoleName(shape.role), " ", shape.rows, " x ", shape.columns, " x ", shape.depth);
  const auto name = [&](const char* precision, const char* contender) {
    return BenchmarkName(section, label, precision, contender);
  };
  benchmark::RegisterBenchmark(name("double", "didact").c_str(), RunOurs<double>, shape);
  benchmark::RegisterBenchmark(name("double", "OpenBLAS").c_str(), RunOpenBlas<double>, shape);
  benchmark::RegisterBenchmark(name("float", "didact").c_str(), RunOurs<float>, shape);
  benchmark::RegisterBenchmark(name("float", "OpenBLAS").c_str(), RunOpenBlas<float>, shape);
}

}  // namespace

void RegisterGemmBenchmarks() {
  // rows x columns x depth, where a training step of mini-batch 16 has its products.
  constexpr Shape kReference[] = {
      {Role::kProduct, 16, 200, 101},      {Role::kUpdate, 101, 200, 16},
      {Role::kProduct, 64, 750, 500},      {Role::kProduct, 1024, 1024, 1024},
      {Role::kBackward, 1024, 1024, 1024}, {Role::kUpdate, 1024, 1024, 1024}};
  constexpr Shape kTwoLayer[] = {
      {Role::kForward, 16, 5, 100},   {Role::kForward, 16, 20, 100}, {Role::kForward, 16, 50, 20},
      {Role::kBackward, 16, 20, 50},  {Role::kUpdate, 20, 50, 16},   {Role::kUpdate, 100, 20, 16},
      {Role::kForward, 16, 200, 100}, {Role::kForward, 16, 50, 200}, {Role::kBackward, 16, 200, 50},
      {Role::kUpdate, 200, 50, 16},   {Role::kUpdate, 100, 200, 16}};
  constexpr Shape kMultiLayer[] = {{Role::kForward, 64, 750, 500},
                                   {Role::kBackward, 64, 500, 750},
                                   {Role::kUpdate, 500, 750, 64}};
  constexpr Shape kEvaluation[] = {{Role::kForward, 256, 200, 100},
                                   {Role::kCrossMoments, 20, 200, 256}};
  for (const Shape& shape : kReference) RegisterShape("products (rows x columns x depth)", shape);
  for (const Shape& shape : kTwoLayer) RegisterShape("two-layer step, batch 16", shape);
  for (const Shape& shape : kMultiLayer) RegisterShape("multi-layer step, batch 64", shape);
  for (const Shape& shape : kEvaluation) RegisterShape("evaluation in blocks of 256", shape);
}

}  // namespace didact
