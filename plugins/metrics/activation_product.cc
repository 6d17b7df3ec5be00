#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/memory.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/gemm.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/kernels/xtensor_view.h"
#include "didact/framework/plugin/layer_pairs.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/plugins/metrics/double_rows.h"
#include "didact/protos/plugins/metric.pb.h"
#include "xtensor/xmath.hpp"
#include "xtensor/xtensor.hpp"

namespace didact {
namespace {

// sums += x^T y over the first `rows` rows.
void AccumulateProduct(const Matrix<double>& x, const Matrix<double>& y, int64_t rows,
                       Matrix<double>& sums) {
  GemmArguments<double> product;
  product.rows = x.columns();
  product.columns = y.columns();
  product.depth = rows;
  product.a = x.data();
  product.a_row_stride = 1;
  product.a_depth_stride = x.stride();
  product.b = y.data();
  product.b_stride = y.stride();
  product.c = sums.data();
  product.c_stride = sums.stride();
  product.accumulate = true;
  product.padded = true;
  Gemm(product);
}

RecordArray Divided(const Matrix<double>& sums, double divisor) {
  const xt::xtensor<double, 2> quotients = AsTensor(sums.view()) / divisor;
  return {{sums.rows(), sums.columns()}, std::vector<double>(quotients.begin(), quotients.end())};
}

// Products of two nodes' activations, mean over samples (and positions of a convolution) and not
// centered.
//
// Config:   didact.ActivationProduct, e.g. `[didact/ActivationProduct] {}`.
// Shapes:   per hidden layer arrays [teacher, student] and [student, student].
// Units:    those of activations, squared.
// Errors:   Prepare: RESOURCE_EXHAUSTED when the arrays can never fit.
// Threads:  never called concurrently.
// Numerics: sums in double.
// Source:   Tian, "Student Specialization in Deep Rectified Networks With Finite Width and Input
//           Dimension", ICML 2020: the reference code's `ts_prod` and `ss_prod`.
template <class T>
class ActivationProductMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const ActivationProduct& config,
                                                          const BuildContext& context) {
    return std::make_unique<ActivationProductMetric>(config, context.path);
  }

  ActivationProductMetric(const ActivationProduct& config, FieldPath path)
      : pairs_(config.layer_pair(), path), path_(std::move(path)) {}

  std::vector<MetricKey> keys() const override {
    const std::string key = absl::StrCat("activation_product.", pairs_.key_pattern());
    return {{absl::StrCat(key, ".teacher_student"), {"teacher", "student"}, "activations^2"},
            {absl::StrCat(key, ".student_student"), {"student", "student"}, "activations^2"}};
  }

  absl::Status Prepare(const MetricContext<T>& context) override {
    DIDACT_ASSIGN_OR_RETURN(const auto pairs, pairs_.Of(context));
    for (const LayerPairs::Pair& pair : pairs) {
      const int64_t teacher = context.teacher_widths[pair.teacher];
      const int64_t student = context.student_widths[pair.student];
      DIDACT_RETURN_IF_ERROR(CheckFitsInMemory(8.0 * student * (teacher + student), path_));
      layers_.push_back({pair, 0, Matrix<double>(kBlockRows, teacher),
                         Matrix<double>(kBlockRows, student), Matrix<double>(teacher, student),
                         Matrix<double>(student, student)});
    }
    return absl::OkStatus();
  }

  void Begin() override {
    for (Layer& layer : layers_) {
      layer.rows = 0;
      layer.teacher_student.SetZero();
      layer.student_student.SetZero();
    }
  }

  void Add(const EvaluationBatch<T>& batch) override {
    for (Layer& layer : layers_) {
      const ArrayView<const T>& teacher = batch.teacher_activations[layer.pair.teacher];
      const ArrayView<const T>& student = batch.student_activations[layer.pair.student];
      layer.rows += student.shape(0);
      ForEachBlock(student.shape(0), [&](int64_t first, int64_t count) {
        CopyInDouble(teacher.rows(first, count), layer.teacher);
        CopyInDouble(student.rows(first, count), layer.student);
        AccumulateProduct(layer.teacher, layer.student, count, layer.teacher_student);
        AccumulateProduct(layer.student, layer.student, count, layer.student_student);
      });
    }
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (const Layer& layer : layers_) {
      const double samples = static_cast<double>(layer.rows);
      const std::string key = absl::StrCat("activation_product.", layer.pair.key);
      record.Add(absl::StrCat(key, ".teacher_student"), Divided(layer.teacher_student, samples));
      record.Add(absl::StrCat(key, ".student_student"), Divided(layer.student_student, samples));
    }
  }

 private:
  struct Layer {
    LayerPairs::Pair pair;
    int64_t rows = 0;  // samples times positions so far
    // A block of samples.
    Matrix<double> teacher;
    Matrix<double> student;
    // Sums over samples.
    Matrix<double> teacher_student;
    Matrix<double> student_student;
  };
  const LayerPairs pairs_;
  const FieldPath path_;
  std::vector<Layer> layers_;  // pairs of hidden layers
};

}  // namespace

absl::Status RegisterActivationProduct(PluginRegistry& registry) {
  return registry.Add<ActivationProduct, ActivationProductMetric>();
}

}  // namespace didact
