// A metric that Didact knows only by its description.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/library/manifest.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "tests/cli/foreign_metric.pb.h"

namespace acme {
namespace {

template <class T>
class OverlapMetric final : public didact::Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<didact::Metric<T>>> Build(const Overlap& config,
                                                                  const didact::BuildContext&) {
    return std::make_unique<OverlapMetric>(config.level());
  }

  explicit OverlapMetric(double level) : level_(level) {}

  std::vector<didact::MetricKey> keys() const override {
    return {{AboveKey(), {}, "teacher nodes", true},
            {"overlap.layer0.products", {"teacher", "student"}, "weights^2"}};
  }

  bool depends_on_data() const override { return false; }

  absl::Status Prepare(const didact::MetricContext<T>& context) override {
    if (context.teacher.empty()) return absl::InvalidArgumentError("needs a teacher");
    teacher_ = context.teacher[0].weight;
    student_ = context.student[0].weight;
    return absl::OkStatus();
  }

  void Finish(const didact::EvaluationSummary<T>&, didact::Record& record) override {
    std::vector<double> products;
    int64_t above = 0;
    for (int64_t t = 0; t < teacher_.shape(0); ++t) {
      bool is_above = false;
      for (int64_t s = 0; s < student_.shape(0); ++s) {
        double product = 0;
        for (int64_t k = 0; k < teacher_.shape(1); ++k) {
          product += static_cast<double>(teacher_(t, k)) * student_(s, k);
        }
        products.push_back(product);
        is_above = is_above || product > level_;
      }
      above += is_above ? 1 : 0;
    }
    record.Add(AboveKey(), above);
    record.Add("overlap.layer0.products",
               didact::RecordArray{{teacher_.shape(0), student_.shape(0)}, std::move(products)});
  }

 private:
  std::string AboveKey() const { return absl::StrCat("overlap.layer0.above_", level_); }

  double level_;
  didact::ArrayView<const T> teacher_;  // weights of the first hidden layer
  didact::ArrayView<const T> student_;
};

absl::Status RegisterOverlap(didact::PluginRegistry& registry) {
  return registry.Add<Overlap, OverlapMetric>();
}

}  // namespace
}  // namespace acme

DIDACT_PLUGIN_LIBRARY("foreign-metric", "1.0", acme::RegisterOverlap)
