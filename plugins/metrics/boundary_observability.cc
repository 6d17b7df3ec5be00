#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/memory.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/xtensor_view.h"
#include "didact/framework/plugin/layer_pairs.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/metric.pb.h"
#include "xtensor/xmath.hpp"
#include "xtensor/xtensor.hpp"

namespace didact {
namespace {

// The observability of teacher node t's boundary by student node s: of the samples on which s is
// active, the smaller of the numbers with t active and with t inactive. Active means activation >
// 0. Every position of a convolution counts as a sample.
//
// Config:   didact.BoundaryObservability, e.g. `[didact/BoundaryObservability] {}`.
// Shapes:   per hidden layer an int64 array [teacher, student].
// Units:    samples.
// Errors:   Prepare: RESOURCE_EXHAUSTED when the array can never fit.
// Threads:  never called concurrently.
// Numerics: exact. NaN is inactive.
// Source:   Tian, "Student Specialization in Deep Rectified Networks With Finite Width and Input
//           Dimension", ICML 2020 (observers of a node's boundary), as its reference code counts.
template <class T>
class BoundaryObservabilityMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const BoundaryObservability& config,
                                                          const BuildContext& context) {
    return std::make_unique<BoundaryObservabilityMetric>(config, context.path);
  }

  BoundaryObservabilityMetric(const BoundaryObservability& config, FieldPath path)
      : pairs_(config.layer_pair(), path), path_(std::move(path)) {}

  std::vector<MetricKey> keys() const override {
    return {
        {absl::StrCat("observability.", pairs_.key_pattern()), {"teacher", "student"}, "samples"}};
  }

  absl::Status Prepare(const MetricContext<T>& context) override {
    DIDACT_ASSIGN_OR_RETURN(const auto pairs, pairs_.Of(context));
    for (const LayerPairs::Pair& pair : pairs) {
      const int64_t teacher = context.teacher_widths[pair.teacher];
      const int64_t student = context.student_widths[pair.student];
      DIDACT_RETURN_IF_ERROR(CheckFitsInMemory(8.0 * teacher * student, path_));
      layers_.push_back({pair, std::vector<uint64_t>(teacher), std::vector<uint64_t>(student),
                         std::vector<int64_t>(student), std::vector<int64_t>(teacher * student)});
    }
    return absl::OkStatus();
  }

  void Begin() override {
    for (Layer& layer : layers_) {
      std::fill(layer.student_active.begin(), layer.student_active.end(), 0);
      std::fill(layer.both_active.begin(), layer.both_active.end(), 0);
    }
  }

  void Add(const EvaluationBatch<T>& batch) override {
    for (Layer& layer : layers_) {
      const ArrayView<const T>& teacher = batch.teacher_activations[layer.pair.teacher];
      const ArrayView<const T>& student = batch.student_activations[layer.pair.student];
      const int64_t rows = student.shape(0);
      for (int64_t first = 0; first < rows; first += kBits) {
        const int64_t count = std::min(kBits, rows - first);
        PackActive(teacher.rows(first, count), layer.teacher_bits);
        PackActive(student.rows(first, count), layer.student_bits);
        Count(layer);
      }
    }
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (const Layer& layer : layers_) {
      const auto teachers = static_cast<int64_t>(layer.teacher_bits.size());
      const auto students = static_cast<int64_t>(layer.student_active.size());
      const auto both =
          AsTensor(ArrayView<const int64_t>(layer.both_active.data(), {teachers, students}));
      const auto active = AsTensor(absl::MakeConstSpan(layer.student_active));
      const xt::xtensor<int64_t, 2> observability = xt::minimum(both, active - both);
      record.Add(absl::StrCat("observability.", layer.pair.key),
                 RecordArray{{teachers, students},
                             std::vector<int64_t>(observability.begin(), observability.end())});
    }
  }

 private:
  static constexpr int64_t kBits = 64;

  struct Layer {
    LayerPairs::Pair pair;
    // One bit for each of up to 64 samples: 1 if a node is active.
    std::vector<uint64_t> teacher_bits;
    std::vector<uint64_t> student_bits;
    // Numbers of samples on which nodes are active.
    std::vector<int64_t> student_active;  // [student]
    std::vector<int64_t> both_active;     // [teacher, student]
  };

  static void PackActive(const ArrayView<const T>& activations, std::vector<uint64_t>& bits) {
    std::fill(bits.begin(), bits.end(), 0);
    for (int64_t i = 0; i < activations.shape(0); ++i) {
      const T* const row = activations.row(i).data();
      for (size_t node = 0; node < bits.size(); ++node) {
        bits[node] |= static_cast<uint64_t>(row[node] > 0) << i;
      }
    }
  }

  static void Count(Layer& layer) {
    const size_t students = layer.student_bits.size();
    for (size_t s = 0; s < students; ++s) {
      layer.student_active[s] += std::popcount(layer.student_bits[s]);
    }
    for (size_t t = 0; t < layer.teacher_bits.size(); ++t) {
      int64_t* const both = layer.both_active.data() + t * students;
      for (size_t s = 0; s < students; ++s) {
        both[s] += std::popcount(layer.teacher_bits[t] & layer.student_bits[s]);
      }
    }
  }

  const LayerPairs pairs_;
  const FieldPath path_;
  std::vector<Layer> layers_;  // pairs of hidden layers
};

}  // namespace

absl::Status RegisterBoundaryObservability(PluginRegistry& registry) {
  return registry.Add<BoundaryObservability, BoundaryObservabilityMetric>();
}

}  // namespace didact
