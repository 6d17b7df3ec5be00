#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/metric.pb.h"

namespace didact {
namespace {

// Returns the number of outputs that come before output k if they are sorted from the largest to the
// smallest, equal ones in their order. An output that is NaN comes before k, and all come before k
// if k is NaN, so that what is not a number is never counted as right.
template <class T>
int64_t Rank(absl::Span<const T> outputs, size_t k) {
  int64_t rank = 0;
  for (size_t j = 0; j < k; ++j) rank += !(outputs[j] < outputs[k]);
  for (size_t j = k + 1; j < outputs.size(); ++j) rank += !(outputs[j] <= outputs[k]);
  return rank;
}

// The fraction of samples whose class is among the k largest outputs of the student. The class is
// the label, and that of the largest of the teacher's outputs.
//
// Config:   didact.Accuracy; top: the values of k (default: 1), all different.
// Shapes:   for each k, a number for the labels, if the data set has any, and one for the teacher,
//           if there is one.
// Units:    none; from 0 to 1.
// Errors:   Build: for a k that is there twice. Prepare: if there is neither a teacher nor a label,
//           if k exceeds the number of outputs, or if a label is not below it.
// Threads:  never called concurrently.
// Numerics: counts are exact. Of equal outputs the first counts as the largest. An output that is
//           not a number is never right, and no output is right if one of the teacher's is none.
// Source:   the top-n accuracies of the multi-layer reference of Tian, ICML 2020, there in percent
//           and a mean over batches.
// Example:  metric { [didact/Accuracy] { top: [1, 5] } }
template <class T>
class AccuracyMetric final : public Metric<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Metric<T>>> Build(const Accuracy& config,
                                                          const BuildContext& context) {
    for (int i = 0; i < config.top_size(); ++i) {
      const auto end = config.top().begin() + i;
      if (std::find(config.top().begin(), end, config.top(i)) == end) continue;
      return context.path.Field("top").Index(i).Invalid(
          absl::StrCat("must differ from those before it, got ", config.top(i), " again"));
    }
    return std::make_unique<AccuracyMetric>(config, context.path);
  }

  AccuracyMetric(const Accuracy& config, const FieldPath& path)
      : top_(config.top().begin(), config.top().end()), path_(path) {}

  std::vector<MetricKey> keys() const override {
    std::vector<MetricKey> keys;
    for (const absl::string_view classes : {kLabels, kTeacher}) {
      for (size_t t = 0; t < top_.size(); ++t) {
        keys.push_back({.key = Key(classes, top_[t]), .is_headline = t == 0});
      }
    }
    return keys;
  }

  absl::Status Prepare(const MetricContext<T>& context) override {
    if (context.teacher.empty() && context.classes == 0) {
      return path_.Invalid(
          "needs labels or a teacher, but a data set has no labels and there is no teacher; give "
          "both data sets labels, or remove it");
    }
    for (size_t t = 0; t < top_.size(); ++t) {
      if (top_[t] <= context.outputs) continue;
      return path_.Field("top")
          .Index(static_cast<int64_t>(t))
          .Invalid(absl::StrCat("must be <= the number of outputs, which is ", context.outputs,
                                ", got ", top_[t]));
    }
    if (context.classes > context.outputs) {
      return path_.Invalid(absl::StrCat("needs labels below the number of outputs, which is ",
                                        context.outputs, ", got the label ", context.classes - 1));
    }
    return absl::OkStatus();
  }

  void Begin() override {
    labels_ = {.counts = std::vector<int64_t>(top_.size())};
    teacher_ = labels_;
  }

  void Add(const EvaluationBatch<T>& batch) override {
    for (int64_t i = 0; i < batch.size; ++i) {
      const absl::Span<const T> outputs = batch.student_outputs.row(i);
      if (!batch.labels.empty()) Count(outputs, static_cast<size_t>(batch.labels[i]), labels_);
      if (batch.teacher_outputs.empty()) continue;
      Count(outputs, ClassOf(batch.teacher_outputs.row(i)), teacher_);
    }
  }

  void Finish(const EvaluationSummary<T>&, Record& record) override {
    for (const auto& [classes, right] :
         {std::pair(kLabels, &labels_), std::pair(kTeacher, &teacher_)}) {
      for (size_t t = 0; t < top_.size() && right->samples > 0; ++t) {
        record.Add(Key(classes, top_[t]),
                   static_cast<double>(right->counts[t]) / static_cast<double>(right->samples));
      }
    }
  }

 private:
  static constexpr absl::string_view kLabels = "labels";
  static constexpr absl::string_view kTeacher = "teacher";

  // The samples with a class, and how many of them are right, for each of top_.
  struct Right {
    int64_t samples = 0;
    std::vector<int64_t> counts;
  };

  static std::string Key(absl::string_view classes, int64_t top) {
    return absl::StrCat("accuracy.", classes, ".top", top);
  }

  // Returns the largest of the teacher's outputs; std::nullopt if one is not a number.
  static std::optional<size_t> ClassOf(absl::Span<const T> teacher) {
    if (absl::c_any_of(teacher, [](T output) { return std::isnan(output); })) return std::nullopt;
    return static_cast<size_t>(absl::c_max_element(teacher) - teacher.begin());
  }

  // Counts a sample, as wrong if it has no class.
  void Count(absl::Span<const T> outputs, std::optional<size_t> right_class, Right& right) const {
    ++right.samples;
    if (!right_class) return;
    const int64_t rank = Rank(outputs, *right_class);
    for (size_t t = 0; t < top_.size(); ++t) right.counts[t] += rank < top_[t];
  }

  std::vector<int64_t> top_;
  FieldPath path_;
  Right labels_;
  Right teacher_;
};

}  // namespace

absl::Status RegisterAccuracy(PluginRegistry& registry) {
  return registry.Add<Accuracy, AccuracyMetric>();
}

}  // namespace didact
