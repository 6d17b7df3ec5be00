#include "tools/bench/kernel_tasks.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/elementwise.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/kernels/normalize_rows.h"
#include "didact/framework/kernels/parameter_updates.h"
#include "didact/framework/kernels/reduction.h"

namespace didact {
namespace {

constexpr int64_t kRows = 16;
constexpr int64_t kColumns = 200;
// Rows of arrays that exceed every cache: 256 MB in double, 128 MB in float.
constexpr int64_t kLongRows = 32768;
constexpr int64_t kLongColumns = 1024;

// Arguments of the kernels. A call changes values so little that no number of calls overflows or
// becomes denormal.
template <class T>
struct Arrays {
  Matrix<T> x;
  Matrix<T> y;
  Matrix<T> z;
  std::vector<T> row;
  std::vector<double> sums;
  std::vector<double> norms;
  std::vector<double> centers;
  std::vector<int64_t> indices;
  // Made by the kernel that writes to it.
  Matrix<double> centered;
  Matrix<T> squares;

  Arrays(int64_t rows, int64_t columns)
      : x(rows, columns),
        y(rows, columns),
        z(rows, columns),
        row(columns, T(0.25)),
        sums(columns),
        norms(rows),
        centers(columns, 0.25),
        indices(rows) {
    for (int64_t i = 0; i < rows; ++i) {
      indices[i] = (i * 7 + 3) % rows;
      for (int64_t j = 0; j < columns; ++j) {
        x(i, j) = static_cast<T>((i + j) % 5 - 1.5);
        y(i, j) = static_cast<T>((i + 2 * j) % 7 - 2.5);
      }
    }
  }

  // Returns the number of elements including padding, for kernels that process whole arrays.
  int64_t size() const { return x.rows() * x.stride(); }
};

volatile double sink;

// A kernel: its operation on the arrays, and the number of elements that it reads and writes per
// element of `x`.
template <class T>
struct Kernel {
  const char* name;
  double reads;
  double writes;
  void (*run)(Arrays<T>&);
};

template <class T>
std::vector<Kernel<T>> AllKernels() {
  using A = Arrays<T>;
  return {
      {"PiecewiseLinear", 1, 1,
       [](A& a) { PiecewiseLinear(a.x.data(), a.z.data(), a.size(), T(0)); }},
      {"PiecewiseLinearGradient", 2, 1,
       [](A& a) { PiecewiseLinearGradient(a.x.data(), a.y.data(), a.z.data(), a.size(), T(0)); }},
      {"Axpy", 2, 1, [](A& a) { Axpy(T(1e-6), a.x.data(), a.y.data(), a.size()); }},
      {"Axpby", 2, 1, [](A& a) { Axpby(T(0.1), a.x.data(), T(0.9), a.y.data(), a.size()); }},
      {"Scale", 1, 1, [](A& a) { Scale(T(0.5), a.x.data(), a.z.data(), a.size()); }},
      {"GatherRows", 1, 1,
       [](A& a) {
         GatherRows(a.x.data(), a.x.stride(), a.x.columns(), a.indices.data(), a.x.rows(),
                    a.z.data(), a.z.stride());
       }},
      {"MomentumUpdate", 3, 2,
       [](A& a) {
         const MomentumRule<T> rule = {T(1e-6), T(0.9)};
         MomentumUpdate(rule, a.x.data(), a.y.data(), a.z.data(), a.size());
       }},
      {"AdamUpdate", 4, 3,
       [](A& a) {
         if (a.squares.rows() == 0) a.squares = Matrix<T>(a.x.rows(), a.x.columns());
         AdamRule<T> rule;
         rule.step_size = T(1e-6);
         rule.first_decay = T(0.9);
         rule.first_weight = T(0.1);
         rule.second_decay = T(0.999);
         rule.second_weight = T(0.001);
         rule.epsilon = T(1e-8);
         AdamUpdate(rule, a.x.data(), a.y.data(), a.z.data(), a.squares.data(), a.size());
       }},
      {"Dot", 2, 0, [](A& a) { sink = Dot(a.x.data(), a.y.data(), a.size()); }},
      {"SumOfSquares", 1, 0, [](A& a) { sink = SumOfSquares(a.x.data(), a.size()); }},
      {"SumOfSquaredDifferences", 2, 0,
       [](A& a) { sink = SumOfSquaredDifferences(a.x.data(), a.y.data(), a.size()); }},
      {"SquaredErrorAndGradient", 2, 1,
       [](A& a) {
         sink = SquaredErrorAndGradient(T(0.5), a.x.data(), a.x.stride(), a.y.data(), a.y.stride(),
                                        a.x.rows(), a.x.columns(), a.z.data(), a.z.stride());
       }},
      {"ColumnSums", 1, 0,
       [](A& a) {
         ColumnSums(a.x.data(), a.x.stride(), a.x.rows(), a.x.columns(), T(1), false, a.row.data());
       }},
      {"AccumulateColumnSums", 1, 0,
       [](A& a) {
         AccumulateColumnSums(a.x.data(), a.x.stride(), a.x.rows(), a.x.columns(), a.sums.data());
       }},
      {"AccumulateColumnSquares", 1, 0,
       [](A& a) {
         AccumulateColumnSquares(a.x.data(), a.x.stride(), a.x.rows(), a.x.columns(), nullptr,
                                 a.sums.data());
       }},
      {"ColumnMeans", 1, 0,
       [](A& a) {
         ColumnMeans(a.x.data(), a.x.stride(), a.x.rows(), a.x.columns(), a.sums.data());
       }},
      {"CenterColumns", 1, sizeof(double) / sizeof(T),
       [](A& a) {
         if (a.centered.rows() == 0) a.centered = Matrix<double>(a.x.rows(), a.x.columns());
         CenterColumns(a.x.data(), a.x.stride(), a.x.rows(), a.x.columns(), a.centers.data(),
                       a.centered.data(), a.centered.stride(), a.sums.data());
       }},
      {"RowNorms", 1, 0,
       [](A& a) { RowNorms(a.x.data(), a.x.stride(), a.x.rows(), a.x.columns(), a.norms.data()); }},
      {"NormalizeRows", 2, 1, [](A& a) { NormalizeRows(a.y.view(), ArrayView<T>(), 0.0); }},
  };
}

template <class T>
void AddKernels(const char* precision, std::vector<Task>& tasks) {
  for (const bool in_cache : {true, false}) {
    const int64_t rows = in_cache ? kRows : kLongRows;
    const int64_t columns = in_cache ? kColumns : kLongColumns;
    // The kernels share these arrays, because separate ones would exceed the memory.
    const auto arrays = std::make_shared<std::unique_ptr<Arrays<T>>>();
    for (const Kernel<T>& kernel : AllKernels<T>()) {
      // From memory: one kernel that only reads, one that overwrites its input, and one that moves
      // rows.
      const std::string name = kernel.name;
      if (!in_cache && name != "SumOfSquares" && name != "Axpy" && name != "GatherRows") continue;
      const double elements = static_cast<double>(rows * columns);
      tasks.push_back(
          {.section = in_cache ? absl::StrCat("other kernels, ", rows, " x ", columns, " in cache")
                               : "other kernels, from memory",
           .label = name,
           .precision = precision,
           .contender = kOurs,
           .work = in_cache             ? Work::kCacheBytes
                   : kernel.writes == 0 ? Work::kMemoryReads
                                        : Work::kMemoryUpdates,
           .amount = elements * (kernel.reads + kernel.writes) * static_cast<double>(sizeof(T)),
           .run = [=, run = kernel.run](int64_t iterations) -> absl::StatusOr<double> {
             if (*arrays == nullptr) *arrays = std::make_unique<Arrays<T>>(rows, columns);
             const double start = ThreadSeconds();
             for (int64_t i = 0; i < iterations; ++i) {
               run(**arrays);
               asm volatile("" : : : "memory");
             }
             return ThreadSeconds() - start;
           }});
    }
  }
}

}  // namespace

std::vector<Task> KernelTasks() {
  std::vector<Task> by_precision[2];
  AddKernels<double>("double", by_precision[0]);
  AddKernels<float>("float", by_precision[1]);
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < by_precision[0].size(); ++i) {
    for (std::vector<Task>& some : by_precision) tasks.push_back(std::move(some[i]));
  }
  return tasks;
}

}  // namespace didact
