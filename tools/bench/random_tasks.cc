#include "tools/bench/random_tasks.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/training/trial.h"
#include "tools/bench/experiments.h"

namespace didact {
namespace {

// A task that fills an array of numbers with those of ever larger indices.
template <class T, class Fill>
Task FillTask(const char* label, const char* precision, Fill fill) {
  const auto numbers = std::make_shared<std::vector<T>>(kRandomCount);
  return {.section = kRandomSection,
          .label = label,
          .precision = precision,
          .contender = kOurs,
          .work = Work::kNumbers,
          .amount = static_cast<double>(kRandomCount),
          .run = [numbers, fill](int64_t iterations) -> absl::StatusOr<double> {
            const RandomStream random(1, "bench");
            const double start = ThreadSeconds();
            for (int64_t i = 0; i < iterations; ++i) {
              fill(random, static_cast<uint64_t>(i * kRandomCount), absl::MakeSpan(*numbers));
              asm volatile("" : : : "memory");
            }
            return ThreadSeconds() - start;
          }};
}

template <class T>
void AddNormals(const char* precision, std::vector<Task>& tasks) {
  tasks.push_back(FillTask<T>(kNormalsLabel, precision,
                              [](const RandomStream& random, uint64_t first, absl::Span<T> out) {
                                FillNormals(random, first, out);
                              }));
}

absl::StatusOr<double> StartTrial(const std::string& config, int64_t iterations) {
  const double start = ThreadSeconds();
  for (int64_t i = 0; i < iterations; ++i) {
    DIDACT_RETURN_IF_ERROR(MakeTrial(config).status());
  }
  return ThreadSeconds() - start;
}

}  // namespace

std::vector<Task> RandomTasks() {
  std::vector<Task> tasks;
  AddNormals<double>("double", tasks);
  AddNormals<float>("float", tasks);
  tasks.push_back(FillTask<double>("uniform numbers", "double", FillUniforms));
  tasks.push_back(FillTask<int64_t>(
      "integers", "int64", [](const RandomStream& random, uint64_t first, absl::Span<int64_t> out) {
        FillUniformIntegers(random, first, 10000, out);
      }));
  constexpr TwoLayer kSetting = {.teacher_nodes = 20, .multiplier = 1};
  for (const char* precision : {"double", "float"}) {
    tasks.push_back({.section = "start of a trial",
                     .label = "two layers, 2 x 10000 samples",
                     .precision = precision,
                     .contender = kOurs,
                     .work = Work::kNumbers,
                     .amount = 2 * 10000 * 100,
                     .run = [config = TwoLayerConfig(kSetting, precision)](int64_t iterations) {
                       return StartTrial(config, iterations);
                     }});
  }
  return tasks;
}

}  // namespace didact
