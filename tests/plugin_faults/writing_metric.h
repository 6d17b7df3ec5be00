// A metric that writes the keys that its config names.

#ifndef DIDACT_TESTS_PLUGIN_FAULTS_WRITING_METRIC_H_
#define DIDACT_TESTS_PLUGIN_FAULTS_WRITING_METRIC_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "tests/plugin_faults/faulty.pb.h"

namespace didact::faulty {

template <class T>
class WritingMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const Writing& config,
                                                          const BuildContext&) {
    return std::make_unique<WritingMetric>(config);
  }

  explicit WritingMetric(const Writing& config) : config_(config) {}

  std::vector<MetricKey> keys() const override {
    std::vector<MetricKey> keys;
    for (const std::string& key : config_.number()) keys.push_back({key});
    for (const std::string& key : config_.array()) keys.push_back({key, {"element"}});
    for (const std::string& key : config_.late_number()) keys.push_back({key});
    if (config_.shape_size() > 0) {
      keys.push_back({"form", std::vector<std::string>(config_.shape_size(), "element")});
    }
    return keys;
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    if (config_.clears()) record = Record();
    for (const std::string& key : config_.number()) record.Add(key, 1.0);
    for (const std::string& key : config_.undescribed_number()) record.Add(key, 1.0);
    for (const std::string& key : config_.undescribed_array()) {
      record.Add(key, RecordArray{{1, 1}, std::vector<double>{1}});
    }
    for (const std::string& key : config_.array()) {
      record.Add(key, RecordArray{{1}, std::vector<double>{1}});
    }
    const bool is_late = evaluations_++ > 0;
    const auto& shape =
        is_late && config_.late_shape_size() > 0 ? config_.late_shape() : config_.shape();
    if (!shape.empty()) AddForm({shape.begin(), shape.end()}, is_late, record);
    if (!is_late) return;
    for (const std::string& key : config_.late_number()) record.Add(key, int64_t{1});
  }

 private:
  void AddForm(std::vector<int64_t> shape, bool is_late, Record& record) const {
    int64_t size = config_.elements();
    if (size == 0) {
      size = 1;
      for (const int64_t extent : shape) size *= extent;
    }
    if (is_late && config_.late_integers()) {
      record.Add("form", RecordArray{std::move(shape), std::vector<int64_t>(size)});
    } else {
      record.Add("form", RecordArray{std::move(shape), std::vector<double>(size)});
    }
  }

  Writing config_;
  int64_t evaluations_ = 0;
};

inline absl::Status RegisterWriting(PluginRegistry& registry) {
  return registry.Add<Writing, WritingMetric>();
}

}  // namespace didact::faulty

#endif  // DIDACT_TESTS_PLUGIN_FAULTS_WRITING_METRIC_H_
