#include "tools/bench/gemm_tasks.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/kernels/gemm.h"
#include "didact/framework/kernels/matrix.h"
#include "tools/bench/open_blas.h"
#include "tools/bench/task.h"

namespace didact {
namespace {

// The purpose of a product, which decides the layout of its operands and the operations fused with
// it.
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

// The scale is so small that no number of updates overflows.
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

double Flop(const Shape& shape) {
  return 2.0 * static_cast<double>(shape.rows) * static_cast<double>(shape.columns) *
         static_cast<double>(shape.depth);
}

// Keeps the compiler from removing computations whose results are not read.
void ClobberMemory() { asm volatile("" : : : "memory"); }

// The operands of one product.
template <class T>
struct Operands {
  Matrix<T> a;
  Matrix<T> b;
  Matrix<T> bias;
  Matrix<T> gate;
  Matrix<T> c;

  explicit Operands(const Shape& shape) {
    std::mt19937_64 generator(1);
    a = TransposesA(shape.role) ? RandomMatrix<T>(shape.depth, shape.rows, generator)
                                : RandomMatrix<T>(shape.rows, shape.depth, generator);
    b = TransposesB(shape.role) ? RandomMatrix<T>(shape.columns, shape.depth, generator)
                                : RandomMatrix<T>(shape.depth, shape.columns, generator);
    bias = RandomMatrix<T>(1, shape.columns, generator);
    gate = RandomMatrix<T>(shape.rows, shape.columns, generator);
    c = Matrix<T>(shape.rows, shape.columns);
  }
};

template <class T>
GemmArguments<T> Arguments(const Shape& shape, Operands<T>& operands) {
  const bool a_transposed = TransposesA(shape.role);
  const Matrix<T>& a = operands.a;
  const Matrix<T>& b = operands.b;
  GemmArguments<T> arguments;
  arguments.rows = shape.rows;
  arguments.columns = shape.columns;
  arguments.depth = shape.depth;
  arguments.a = a.data();
  arguments.a_row_stride = a_transposed ? 1 : a.stride();
  arguments.a_depth_stride = a_transposed ? a.stride() : 1;
  arguments.b = b.data();
  arguments.b_stride = b.stride();
  arguments.b_transposed = TransposesB(shape.role);
  arguments.c = operands.c.data();
  arguments.c_stride = operands.c.stride();
  arguments.accumulate = Accumulates(shape.role);
  arguments.padded = true;
  if (shape.role == Role::kUpdate) arguments.alpha = static_cast<T>(-kScale);
  if (shape.role == Role::kForward) {
    arguments.initial_row = operands.bias.data();
    arguments.epilogue = GemmEpilogue::kPiecewiseLinear;
  }
  if (shape.role == Role::kBackward) {
    arguments.gate = operands.gate.data();
    arguments.gate_stride = operands.gate.stride();
    arguments.epilogue = GemmEpilogue::kPiecewiseLinearGradient;
  }
  return arguments;
}

template <class T>
double RunOurs(const Shape& shape, Operands<T>& operands, int64_t iterations) {
  const GemmArguments<T> arguments = Arguments(shape, operands);
  const double start = ThreadSeconds();
  for (int64_t i = 0; i < iterations; ++i) {
    Gemm(arguments);
    ClobberMemory();
  }
  return ThreadSeconds() - start;
}

// The same operands without padding, for OpenBLAS.
template <class T>
struct DenseOperands {
  std::vector<T> a;
  std::vector<T> b;
  std::vector<T> c;

  explicit DenseOperands(const Shape& shape)
      : a(shape.rows * shape.depth), b(shape.depth * shape.columns), c(shape.rows * shape.columns) {
    std::mt19937_64 generator(1);
    Fill(absl::MakeSpan(a), generator);
    Fill(absl::MakeSpan(b), generator);
  }
};

template <class T>
double RunOpenBlas(const OpenBlas& blas, const Shape& shape, DenseOperands<T>& operands,
                   int64_t iterations) {
  const T alpha = shape.role == Role::kUpdate ? static_cast<T>(-kScale) : T(1);
  const T beta = Accumulates(shape.role) ? T(1) : T(0);
  const double start = ThreadSeconds();
  for (int64_t i = 0; i < iterations; ++i) {
    blas.Gemm(TransposesA(shape.role), TransposesB(shape.role), static_cast<int>(shape.rows),
              static_cast<int>(shape.columns), static_cast<int>(shape.depth), alpha,
              operands.a.data(), operands.b.data(), beta, operands.c.data());
    ClobberMemory();
  }
  return ThreadSeconds() - start;
}

// Returns the function of a task: calls `run` with operands that are created at the first call.
template <class AnyOperands, class Run>
std::function<absl::StatusOr<double>(int64_t)> Runner(const Shape& shape, Run run) {
  const auto operands = std::make_shared<std::unique_ptr<AnyOperands>>();
  return [shape, run, operands](int64_t iterations) -> absl::StatusOr<double> {
    if (*operands == nullptr) *operands = std::make_unique<AnyOperands>(shape);
    return run(shape, **operands, iterations);
  };
}

template <class T>
void AddShape(const std::string& section, const Shape& shape, const char* precision,
              const OpenBlas& blas, std::vector<Task>& tasks) {
  const std::string label =
      absl::StrCat(RoleName(shape.role), " ", shape.rows, " x ", shape.columns, " x ", shape.depth);
  const auto add = [&](const char* contender, std::function<absl::StatusOr<double>(int64_t)> run) {
    tasks.push_back({.section = section,
                     .label = label,
                     .precision = precision,
                     .contender = contender,
                     .work = Work::kFlop,
                     .amount = Flop(shape),
                     .run = std::move(run)});
  };
  add(kOurs, Runner<Operands<T>>(shape, RunOurs<T>));
  add("OpenBLAS",
      Runner<DenseOperands<T>>(
          shape, [&blas](const Shape& product, DenseOperands<T>& operands, int64_t iterations) {
            return RunOpenBlas(blas, product, operands, iterations);
          }));
}

}  // namespace

std::vector<Task> GemmTasks(const OpenBlas& blas) {
  // rows x columns x depth. The products of a training step with mini-batches of 16 are among them.
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
  std::vector<Task> tasks;
  const auto add = [&](const char* section, absl::Span<const Shape> shapes) {
    for (const Shape& shape : shapes) {
      AddShape<double>(section, shape, "double", blas, tasks);
      AddShape<float>(section, shape, "float", blas, tasks);
    }
  };
  add("products (rows x columns x depth)", kReference);
  add("products of a two-layer step", kTwoLayer);
  add("products of a multi-layer step", kMultiLayer);
  add("products of an evaluation", kEvaluation);
  return tasks;
}

}  // namespace didact
