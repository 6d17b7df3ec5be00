#include "didact/framework/training/loss_targets.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/needs_teacher.h"

namespace didact {
namespace {

// Targets or labels, and the data sets that have them.
struct InData {
  absl::string_view what;
  bool train = false;
  bool eval = false;

  bool is_complete() const { return train && eval; }

  // Says which data sets lack them.
  std::string Lack() const {
    const absl::string_view data = train  ? "eval_data has"
                                   : eval ? "train_data has"
                                          : "train_data and eval_data have";
    return absl::StrCat(data, " no ", what);
  }
};

// The choice among the alternatives of one loss.
template <class T>
class Choice {
 public:
  Choice(const ConfiguredPlugin<LossFunction<T>>& loss, bool has_teacher,
         const ConfiguredPlugin<Dataset<T>>& train, const ConfiguredPlugin<Dataset<T>>& eval)
      : loss_(loss), has_teacher_(has_teacher), train_(train), eval_(eval) {
    targets_ = {"targets", TargetSize(train) > 0, TargetSize(eval) > 0};
    labels_ = {"labels", HasLabels(train), HasLabels(eval)};
  }

  static int64_t TargetSize(const ConfiguredPlugin<Dataset<T>>& data) {
    return data.Call("target_size", &Dataset<T>::target_size);
  }

  bool Has(const LossTargets& alternative) const {
    return (has_teacher_ || !alternative.teacher) &&
           (targets_.is_complete() || !alternative.array) &&
           (labels_.is_complete() || !alternative.labels);
  }

  // Returns the error that the experiment has none of the alternatives.
  absl::Status Error(const std::vector<LossTargets>& alternatives) const {
    if (alternatives.size() == 1) return ErrorOfOnly(alternatives.front());
    std::vector<std::string> needed;
    LossTargets any;
    for (const LossTargets& alternative : alternatives) {
      needed.push_back(Describe(alternative));
      any.teacher |= alternative.teacher;
      any.array |= alternative.array;
      any.labels |= alternative.labels;
    }
    std::vector<std::string> lacks;
    if (any.teacher && !has_teacher_) lacks.push_back("there is no teacher");
    if (any.array && !targets_.is_complete()) lacks.push_back(targets_.Lack());
    if (any.labels && !labels_.is_complete()) lacks.push_back(labels_.Lack());
    return loss_.path().Invalid(absl::StrCat(
        "needs ", absl::StrJoin(needed, ", or else "), ", but ", absl::StrJoin(lacks, ", "),
        "; give one of these, or replace it",
        any.teacher ? absl::StrCat(", or replace student.outputs by ", kExampleTeacher) : ""));
  }

 private:
  static bool HasLabels(const ConfiguredPlugin<Dataset<T>>& data) {
    return data.Call("has_labels", &Dataset<T>::has_labels);
  }

  static std::string Describe(const LossTargets& alternative) {
    std::vector<absl::string_view> parts;
    if (alternative.teacher) parts.push_back("a teacher");
    if (alternative.array) parts.push_back("targets in both data sets");
    if (alternative.labels) parts.push_back("labels in both data sets");
    return absl::StrJoin(parts, " and ");
  }

  // Names the data sets in which something is missing.
  absl::Status ErrorOfOnly(const LossTargets& needed) const {
    Problems problems;
    if (needed.teacher && !has_teacher_) problems.Add(NeedsTeacherError(loss_.path()));
    const auto add = [&](const InData& in_data) {
      const std::string text =
          absl::StrCat("must have ", in_data.what, ", since ", loss_.path().path(), " needs them");
      if (!in_data.train) problems.Add(train_.path().Invalid(text));
      if (!in_data.eval) problems.Add(eval_.path().Invalid(text));
    };
    if (needed.array) add(targets_);
    if (needed.labels) add(labels_);
    return problems.ToStatus();
  }

  const ConfiguredPlugin<LossFunction<T>>& loss_;
  bool has_teacher_;
  const ConfiguredPlugin<Dataset<T>>& train_;
  const ConfiguredPlugin<Dataset<T>>& eval_;
  InData targets_;
  InData labels_;
};

}  // namespace

template <class T>
absl::StatusOr<LossTargets> ChooseLossTargets(const ConfiguredPlugin<LossFunction<T>>& loss,
                                              bool has_teacher, int64_t outputs,
                                              const ConfiguredPlugin<Dataset<T>>& train,
                                              const ConfiguredPlugin<Dataset<T>>& eval,
                                              bool trains_teacher) {
  const int64_t least_outputs = loss.Call("least_outputs", &LossFunction<T>::least_outputs);
  if (outputs < least_outputs) {
    return loss.path().Invalid(absl::StrCat("needs at least ", least_outputs, " outputs, but ",
                                            has_teacher || trains_teacher ? "teacher" : "student",
                                            ".outputs is ", outputs));
  }
  const Choice<T> choice(loss, has_teacher, train, eval);
  std::vector<LossTargets> alternatives = loss.Call("targets", &LossFunction<T>::targets);
  if (trains_teacher && !alternatives.empty()) {
    std::erase_if(alternatives, [](const LossTargets& targets) { return targets.teacher; });
    if (alternatives.empty()) {
      return loss.path().Invalid(
          "must compare the teacher, which has no teacher itself, with labels or targets of data");
    }
  }
  for (const LossTargets& alternative : alternatives) {
    if (!choice.Has(alternative)) continue;
    Problems problems;
    for (const ConfiguredPlugin<Dataset<T>>* const data : {&train, &eval}) {
      const int64_t size = Choice<T>::TargetSize(*data);
      if (!alternative.array || size == outputs) continue;
      problems.Add(data->path().Invalid(
          absl::StrCat("must have targets of as many elements as there are outputs, which are ",
                       outputs, ", since ", loss.path().path(), " needs them, got ", size)));
    }
    DIDACT_RETURN_IF_ERROR(problems.ToStatus());
    return alternative;
  }
  if (alternatives.empty()) {
    return loss.path().Invalid("states nothing that it could compare the student's outputs with");
  }
  return choice.Error(alternatives);
}

template <class T>
absl::Status CheckClasses(const ConfiguredPlugin<LossFunction<T>>& loss, int64_t outputs,
                          absl::Span<const int64_t> labels, const FieldPath& data) {
  const int64_t classes = loss.Call("Classes", &LossFunction<T>::Classes, outputs);
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < classes) continue;
    return data.Invalid(
        absl::StrCat("labels must be < ", classes,
                     ", the number of classes that the loss tells apart with outputs: ", outputs,
                     ", got ", labels[i], " for sample ", i));
  }
  return absl::OkStatus();
}

template absl::StatusOr<LossTargets> ChooseLossTargets(const ConfiguredPlugin<LossFunction<float>>&,
                                                       bool, int64_t,
                                                       const ConfiguredPlugin<Dataset<float>>&,
                                                       const ConfiguredPlugin<Dataset<float>>&,
                                                       bool);
template absl::StatusOr<LossTargets> ChooseLossTargets(
    const ConfiguredPlugin<LossFunction<double>>&, bool, int64_t,
    const ConfiguredPlugin<Dataset<double>>&, const ConfiguredPlugin<Dataset<double>>&, bool);
template absl::Status CheckClasses(const ConfiguredPlugin<LossFunction<float>>&, int64_t,
                                   absl::Span<const int64_t>, const FieldPath&);
template absl::Status CheckClasses(const ConfiguredPlugin<LossFunction<double>>&, int64_t,
                                   absl::Span<const int64_t>, const FieldPath&);

}  // namespace didact
