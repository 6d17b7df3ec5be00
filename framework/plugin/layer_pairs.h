// The field `repeated LayerPair layer_pair` of metrics that compare hidden layers of teacher and
// student.

#ifndef DIDACT_FRAMEWORK_PLUGIN_LAYER_PAIRS_H_
#define DIDACT_FRAMEWORK_PLUGIN_LAYER_PAIRS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/needs_teacher.h"

namespace didact {

// Pairs of a hidden layer of the teacher and one of the student, counted from 0 at the input. If
// the config names no pair, layer l of the teacher is paired with layer l of the student. A value.
class LayerPairs {
 public:
  struct Pair {
    int64_t teacher = 0;
    int64_t student = 0;
    std::string key;  // part of the keys of records: "layer0", or "teacher0_student1"
  };

  // `pairs`: the field layer_pair, a repeated field of messages with the fields teacher and
  // student; `metric`: the path of the metric's config, which contains that field.
  template <class RepeatedPair>
  LayerPairs(const RepeatedPair& pairs, const FieldPath& metric)
      : metric_(metric), path_(metric.Field("layer_pair")) {
    for (const auto& pair : pairs) {
      pairs_.push_back({pair.teacher(), pair.student(),
                        absl::StrCat("teacher", pair.teacher(), "_student", pair.student())});
    }
  }

  // The part of MetricKey::key that stands for a pair: "layer*", or "teacher*_student*" if the
  // config names pairs.
  absl::string_view key_pattern() const { return pairs_.empty() ? "layer*" : "teacher*_student*"; }

  // Returns the pairs for these networks, in the order of the config. The matrices of activations of
  // paired layers then have the same rows, one for each sample and position.
  // Errors: as below; INVALID_ARGUMENT if the layers of a pair have different numbers of positions.
  template <class T>
  absl::StatusOr<std::vector<Pair>> Of(const MetricContext<T>& context) const {
    DIDACT_ASSIGN_OR_RETURN(std::vector<Pair> pairs,
                            Of(context.teacher_widths.size(), context.student_widths.size()));
    if (context.teacher.empty() || context.student.empty()) return pairs;
    for (const Pair& pair : pairs) {
      const int64_t teacher = context.teacher[pair.teacher].positions;
      const int64_t student = context.student[pair.student].positions;
      if (teacher == student) continue;
      return metric_.Invalid(
          absl::StrCat("must compare hidden layers with the same number of positions, got ",
                       teacher, " in layer ", pair.teacher, " of the teacher and ", student,
                       " in layer ", pair.student, " of the student; ", Advice(context)));
    }
    return pairs;
  }

  // Returns the pairs for networks with these numbers of hidden layers, in the order of the config.
  // Errors: NeedsTeacherError if the teacher has none, since there is then no teacher;
  // INVALID_ARGUMENT with the path of the field, if a network does not have a layer, if a pair is
  // named twice, or if no pair is named and the numbers differ.
  absl::StatusOr<std::vector<Pair>> Of(int64_t teacher_layers, int64_t student_layers) const {
    if (teacher_layers == 0) return NeedsTeacherError(metric_);
    if (pairs_.empty()) {
      if (teacher_layers != student_layers) {
        return path_.Invalid(absl::StrCat(
            "must say which hidden layers are compared, since the teacher has ", teacher_layers,
            " and the student ", student_layers, ", e.g. layer_pair { teacher: 0 student: 0 }"));
      }
      std::vector<Pair> pairs;
      for (int64_t l = 0; l < teacher_layers; ++l)
        pairs.push_back({l, l, absl::StrCat("layer", l)});
      return pairs;
    }
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const FieldPath path = path_.Index(static_cast<int64_t>(i));
      DIDACT_RETURN_IF_ERROR(Check(pairs_[i].teacher, teacher_layers, path.Field("teacher")));
      DIDACT_RETURN_IF_ERROR(Check(pairs_[i].student, student_layers, path.Field("student")));
      for (size_t j = 0; j < i; ++j) {
        if (pairs_[i].key == pairs_[j].key) {
          return path.Invalid(absl::StrCat("must differ from layer_pair[", j, "], got the same"));
        }
      }
    }
    return pairs_;
  }

 private:
  // Names a pair of hidden layers with the same number of positions.
  template <class T>
  static std::string Advice(const MetricContext<T>& context) {
    for (size_t t = 0; t < context.teacher_widths.size(); ++t) {
      for (size_t s = 0; s < context.student_widths.size(); ++s) {
        if (context.teacher[t].positions != context.student[s].positions) continue;
        return absl::StrCat("name other layers, e.g. layer_pair { teacher: ", t, " student: ", s,
                            " }");
      }
    }
    return "remove it, since there are no such layers";
  }

  static absl::Status Check(int64_t layer, int64_t layers, const FieldPath& path) {
    if (layer >= 0 && layer < layers) return absl::OkStatus();
    return path.Invalid(absl::StrCat("must be a hidden layer, 0 to ", layers - 1, ", got ", layer));
  }

  std::vector<Pair> pairs_;
  FieldPath metric_;
  FieldPath path_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_LAYER_PAIRS_H_
