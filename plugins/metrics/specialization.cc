#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/memory.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/kernels/xtensor_view.h"
#include "didact/framework/plugin/field_rules.h"
#include "didact/framework/plugin/layer_pairs.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/metrics/centered_products.h"
#include "didact/protos/plugins/metric.pb.h"
#include "xtensor/xmath.hpp"
#include "xtensor/xtensor.hpp"

namespace didact {
namespace {

// Normalized correlations of the activations of teacher and student nodes, and the teacher nodes
// that some student node has found: with a, b the centered activations of two nodes over the data
// set (every position of a convolution counts as a sample),
//
//   sum(a b) / sqrt(sum(a^2) + epsilon) / sqrt(sum(b^2) + epsilon)
//
// Config:   didact.Specialization, e.g. `[didact/Specialization] { threshold: [0.9, 0.95] }`. With
//           `epsilon_placement: VARIANCE` all three sums are means over samples instead. Nodes are
//           compared by the absolute value if `absolute` is true; if it is left out, where the
//           student's activation is odd.
// Shapes:   per hidden layer: correlation [teacher, student], best [teacher], count int64
//           [thresholds, teacher].
// Units:    none; correlations are in [-1, 1] up to rounding.
// Errors:   Build: INVALID_ARGUMENT for a threshold that is given twice. Prepare:
//           RESOURCE_EXHAUSTED if the matrix exceeds the memory.
// Threads:  never called concurrently.
// Numerics: sums in double and without cancellation (centered_products.h), in either precision. The
//           correlation of a node with constant activation is 0 for any epsilon. NaN activations
//           give NaN, and NaN as the best of their nodes. Thresholds are exceeded strictly.
// Source:   Tian, "Student Specialization in Deep Rectified Networks With Finite Width and Input
//           Dimension", ICML 2020, section 6; epsilon as in its reference code.
template <class T>
class SpecializationMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const Specialization& config,
                                                          const BuildContext& context) {
    for (int i = 0; i < config.threshold_size(); ++i) {
      for (int j = 0; j < i; ++j) {
        // Keys of the record contain the threshold, so equal thresholds would collide.
        if (config.threshold(i) == config.threshold(j)) {
          return context.path.Field("threshold")
              .Index(i)
              .Invalid(absl::StrCat("must differ from the others, got ",
                                    ShortestNumber(config.threshold(i)), " twice"));
        }
      }
    }
    return std::make_unique<SpecializationMetric>(config, context.path);
  }

  SpecializationMetric(const Specialization& config, FieldPath path)
      : config_(config), pairs_(config.layer_pair(), path), path_(std::move(path)) {}

  // The headline is the count at the largest threshold.
  std::vector<MetricKey> keys() const override {
    const std::string layer = absl::StrCat("specialization.", pairs_.key_pattern());
    std::vector<MetricKey> keys = {{absl::StrCat(layer, ".mean_best")}};
    const auto largest = std::max_element(config_.threshold().begin(), config_.threshold().end());
    for (const double threshold : config_.threshold()) {
      keys.push_back({FoundKey(layer, threshold), {}, "teacher nodes", threshold == *largest});
    }
    keys.push_back({absl::StrCat(layer, ".correlation"), {"teacher", "student"}});
    keys.push_back({absl::StrCat(layer, ".best"), {"teacher"}});
    keys.push_back({absl::StrCat(layer, ".count"), {"threshold", "teacher"}, "student nodes"});
    return keys;
  }

  absl::Status Prepare(const MetricContext<T>& context) override {
    DIDACT_ASSIGN_OR_RETURN(const auto pairs, pairs_.Of(context));
    for (const LayerPairs::Pair& pair : pairs) {
      const int64_t teacher = context.teacher_widths[pair.teacher];
      const int64_t student = context.student_widths[pair.student];
      DIDACT_RETURN_IF_ERROR(CheckFitsInMemory(8.0 * teacher * student, path_));
      Layer& layer = layers_.emplace_back();
      layer.pair = pair;
      layer.sums.Prepare(teacher, student);
      layer.absolute =
          config_.has_absolute() ? config_.absolute() : context.student_odd[pair.student];
    }
    return absl::OkStatus();
  }

  void Begin() override {
    for (Layer& layer : layers_) layer.sums.Clear();
  }

  void Add(const EvaluationBatch<T>& batch) override {
    for (Layer& layer : layers_) {
      layer.sums.Add(batch.teacher_activations[layer.pair.teacher],
                     batch.student_activations[layer.pair.student]);
    }
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (const Layer& layer : layers_) {
      FinishLayer(layer, absl::StrCat("specialization.", layer.pair.key), record);
    }
  }

 private:
  struct Layer {
    LayerPairs::Pair pair;
    CenteredProducts<T> sums;
    bool absolute = false;  // true if nodes are compared by the absolute value
  };

  // Returns the key of the number of teacher nodes of a layer that are found.
  static std::string FoundKey(absl::string_view layer_key, double threshold) {
    return absl::StrCat(layer_key, ".found_", ShortestNumber(threshold));
  }

  // Returns correlations [teacher, student]; 0 for a node whose activation is constant.
  xt::xtensor<double, 2> Correlations(const CenteredProducts<T>& sums) const {
    const bool of_means = config_.epsilon_placement() == Specialization::VARIANCE;
    const double count = of_means ? static_cast<double>(sums.samples()) : 1;
    const Matrix<double>& products = sums.products();
    xt::xtensor<double, 2> teacher = xt::zeros<double>({products.rows(), int64_t{1}});
    xt::xtensor<double, 2> student = xt::zeros<double>({int64_t{1}, products.columns()});
    for (int64_t t = 0; t < products.rows(); ++t) teacher(t, 0) = sums.x_squares(t);
    for (int64_t s = 0; s < products.columns(); ++s) student(0, s) = sums.y_squares(s);
    teacher = xt::sqrt(teacher / count + config_.epsilon());
    student = xt::sqrt(student / count + config_.epsilon());
    return xt::where(xt::equal(teacher, 0.0) || xt::equal(student, 0.0), 0.0,
                     AsTensor(products.view()) / count / teacher / student);
  }

  void FinishLayer(const Layer& layer, const std::string& key, Record& record) const {
    const int64_t teacher_nodes = layer.sums.products().rows();
    const int64_t student_nodes = layer.sums.products().columns();
    const int64_t thresholds = config_.threshold_size();
    const xt::xtensor<double, 2> correlations = Correlations(layer.sums);
    xt::xtensor<double, 2> compared = correlations;
    if (layer.absolute) compared = xt::abs(correlations);

    std::vector<double> best;
    double best_sum = 0;
    for (int64_t t = 0; t < teacher_nodes; ++t) {
      const auto row = compared.begin() + t * student_nodes;
      best.push_back(*std::max_element(row, row + student_nodes, [](double a, double b) {
        return a < b || (std::isnan(b) && !std::isnan(a));
      }));
      best_sum += best.back();
    }
    record.Add(absl::StrCat(key, ".mean_best"), best_sum / static_cast<double>(teacher_nodes));

    std::vector<int64_t> counts;
    for (int64_t k = 0; k < thresholds; ++k) {
      const double threshold = config_.threshold(k);
      int64_t found = 0;
      for (int64_t t = 0; t < teacher_nodes; ++t) {
        const auto row = compared.begin() + t * student_nodes;
        counts.push_back(
            std::count_if(row, row + student_nodes, [&](double c) { return c > threshold; }));
        found += counts.back() > 0;
      }
      record.Add(FoundKey(key, threshold), found);
    }
    record.Add(absl::StrCat(key, ".correlation"),
               RecordArray{{teacher_nodes, student_nodes},
                           std::vector<double>(correlations.begin(), correlations.end())});
    record.Add(absl::StrCat(key, ".best"), RecordArray{{teacher_nodes}, std::move(best)});
    record.Add(absl::StrCat(key, ".count"),
               RecordArray{{thresholds, teacher_nodes}, std::move(counts)});
  }

  const Specialization config_;
  const LayerPairs pairs_;
  const FieldPath path_;
  std::vector<Layer> layers_;  // hidden
};

}  // namespace

absl::Status RegisterSpecialization(PluginRegistry& registry) {
  return registry.Add<Specialization, SpecializationMetric>();
}

}  // namespace didact
