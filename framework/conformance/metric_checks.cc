// Checks of metrics:
//
//   builds           in both precisions
//   prepares         for the sample networks
//   keys             at least one key; all differ and are the same at every evaluation; arrays have
//                    as many elements as their shapes say
//   described        keys() is the same before and after Prepare and in both precisions, and
//                    describes the record (metric_descriptions.h)
//   any_split        the results do not depend on how the samples are batched, except for rounding
//   convolution      the same if a layer has several positions, or Prepare returns INVALID_ARGUMENT
//   any_node_order   numbers do not depend on the order of hidden nodes of the teacher or of the
//                    student, except for rounding
//   depends_on_data  if depends_on_data() is false, the results are the same for other data
//   dead_nodes       nothing is NaN or infinite if nodes are never active and weights are 0
//   without_teacher  Prepare returns INVALID_ARGUMENT, or an evaluation has finite results
//   without_bias     the same for networks without biases; keys() describes the results
//   state            an evaluation after saving and restoring the state has the same results to the
//                    last bit
//   cancelled        an evaluation that is cancelled before Finish leaves the state as it was, and
//                    the next one has the same results to the last bit
//   concurrent       two metrics, each in a thread of its own, have the same results as alone
//   precisions       numbers and arrays of them in float and double are close; counts may differ

#include <cmath>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/conformance/metric_descriptions.h"
#include "didact/framework/conformance/sample_evaluation.h"
#include "didact/framework/conformance/state_copy.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/record.h"

namespace didact {
namespace {

constexpr int64_t kBatch = 8;

// A metric that is prepared for an evaluation.
template <class T>
struct Subject {
  std::unique_ptr<Metric<T>> metric;
  bool gradients = false;

  Record Evaluate(const SampleEvaluation<T>& evaluation, int64_t batch_size = kBatch) const {
    return evaluation.Evaluate(*metric, batch_size, gradients);
  }
};

template <class T>
absl::StatusOr<Subject<T>> Prepared(const Maker<Metric>& maker,
                                    const SampleEvaluation<T>& evaluation) {
  Subject<T> subject;
  DIDACT_ASSIGN_OR_RETURN(subject.metric, maker.Make<T>());
  subject.gradients = subject.metric->needs_gradients();
  DIDACT_RETURN_IF_ERROR(Annotate(subject.metric->Prepare(evaluation.context()), "Prepare"));
  if (subject.metric->needs_gradients() != subject.gradients) {
    return absl::InternalError("needs_gradients() must be the same before and after Prepare");
  }
  return subject;
}

// The parts of two records that are compared. kNumbers: no arrays, whose axes may be nodes.
// kRealNumbers: numbers and arrays that are not counts.
enum class Compared { kEverything, kNumbers, kRealNumbers };

absl::Status CheckNumber(const std::string& key, double expected, double actual, double tolerance,
                         absl::string_view what) {
  // Equal also covers infinities, which dead_nodes reports.
  if (expected == actual || (std::isnan(expected) && std::isnan(actual))) return absl::OkStatus();
  if (std::fabs(expected - actual) <= tolerance * (1 + std::fabs(expected)))
    return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat(key, " must be the same ", what, ", got ", actual, " for ", expected));
}

std::vector<double> Elements(const RecordArray& array) {
  return std::visit(
      [](const auto& elements) { return std::vector<double>(elements.begin(), elements.end()); },
      array.elements);
}

absl::Status CheckCloseRecords(const Record& expected, const Record& actual, Compared compared,
                               double tolerance, absl::string_view what) {
  if (expected.numbers().size() != actual.numbers().size() ||
      expected.arrays().size() != actual.arrays().size()) {
    return absl::InternalError(absl::StrCat("there must be as many results ", what));
  }
  for (size_t i = 0; i < expected.numbers().size(); ++i) {
    const auto& [key, number] = expected.numbers()[i];
    const auto& [other_key, other_number] = actual.numbers()[i];
    if (key != other_key)
      return absl::InternalError(absl::StrCat(key, " must be there ", what, ", got ", other_key));
    if (compared == Compared::kRealNumbers && std::holds_alternative<int64_t>(number)) continue;
    const auto to_double = [](const Record::Number& value) {
      return std::visit([](auto v) { return static_cast<double>(v); }, value);
    };
    DIDACT_RETURN_IF_ERROR(
        CheckNumber(key, to_double(number), to_double(other_number), tolerance, what));
  }
  if (compared == Compared::kNumbers) return absl::OkStatus();
  for (size_t i = 0; i < expected.arrays().size(); ++i) {
    const auto& [key, array] = expected.arrays()[i];
    const auto& [other_key, other_array] = actual.arrays()[i];
    if (key != other_key || array.shape != other_array.shape) {
      return absl::InternalError(
          absl::StrCat(key, " must be there in the same shape ", what, ", got ", other_key));
    }
    if (compared == Compared::kRealNumbers &&
        std::holds_alternative<std::vector<int64_t>>(array.elements)) {
      continue;
    }
    const std::vector<double> elements = Elements(array);
    const std::vector<double> others = Elements(other_array);
    for (size_t k = 0; k < elements.size(); ++k) {
      DIDACT_RETURN_IF_ERROR(
          CheckNumber(absl::StrCat(key, " element ", k), elements[k], others[k], tolerance, what));
    }
  }
  return absl::OkStatus();
}

// Tolerance for sums of rounded activations that are accumulated in double.
template <class T>
constexpr double kRounding = std::is_same_v<T, float> ? 1e-4 : 1e-9;

template <class T>
absl::Status Keys(const Maker<Metric>& maker) {
  SampleEvaluation<T> evaluation;
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, evaluation));
  std::vector<std::string> first_keys;
  for (uint64_t student = 0; student < 3; ++student) {
    evaluation.SetStudent(student);
    const Record record = subject.Evaluate(evaluation);
    std::vector<std::string> keys;
    for (const auto& [key, number] : record.numbers()) keys.push_back(key);
    for (const auto& [key, array] : record.arrays()) {
      keys.push_back(key);
      int64_t size = 1;
      for (const int64_t extent : array.shape) size *= extent;
      const int64_t elements =
          std::visit([](const auto& e) { return static_cast<int64_t>(e.size()); }, array.elements);
      if (elements != size) {
        return absl::InternalError(absl::StrCat(key, " of shape [",
                                                absl::StrJoin(array.shape, ", "), "] must have ",
                                                size, " elements, got ", elements));
      }
    }
    if (keys.empty()) return absl::InternalError("must have a result, got none");
    for (const std::string& key : keys) {
      if (key.empty()) return absl::InternalError("keys must not be empty");
    }
    if (std::set<std::string>(keys.begin(), keys.end()).size() != keys.size()) {
      return absl::InternalError(absl::StrCat("keys must differ, got ", absl::StrJoin(keys, ", ")));
    }
    if (student == 0) first_keys = keys;
    if (keys != first_keys) {
      return absl::InternalError(absl::StrCat("keys must be the same at every evaluation, got ",
                                              absl::StrJoin(keys, ", "), " for ",
                                              absl::StrJoin(first_keys, ", ")));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Described(const Maker<Metric>& maker) {
  const SampleEvaluation<T> evaluation;
  DIDACT_ASSIGN_OR_RETURN(const auto in_double, maker.Make<double>());
  const std::vector<MetricKey> keys = in_double->keys();
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, evaluation));
  if (!AreSame(keys, subject.metric->keys())) {
    return absl::InternalError("keys() must be the same in both precisions and after Prepare");
  }
  const MetricContext<T> context = evaluation.context();
  std::vector<LayerExtents> layers;
  for (size_t l = 0; l < context.student.size(); ++l) {
    layers.push_back({context.teacher[l].weight.shape(0), context.student[l].weight.shape(0),
                      context.student[l].weight.shape(1)});
  }
  return CheckDescriptions(keys, subject.Evaluate(evaluation), layers);
}

template <class T>
absl::Status CheckAnySplit(const Maker<Metric>& maker, const SampleEvaluation<T>& evaluation) {
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> whole, Prepared(maker, evaluation));
  const Record expected = whole.Evaluate(evaluation, 1000);
  for (const int64_t batch_size : {1, 2, 7, 16}) {
    DIDACT_ASSIGN_OR_RETURN(const Subject<T> parts, Prepared(maker, evaluation));
    DIDACT_RETURN_IF_ERROR(CheckCloseRecords(expected, parts.Evaluate(evaluation, batch_size),
                                             Compared::kEverything, kRounding<T>,
                                             absl::StrCat("in batches of ", batch_size)));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status AnySplit(const Maker<Metric>& maker) {
  return CheckAnySplit(maker, SampleEvaluation<T>());
}

template <class T>
absl::Status SplitOfConvolution(const Maker<Metric>& maker) {
  const SampleEvaluation<T> evaluation({.convolutional = true});
  const absl::StatusOr<Subject<T>> subject = Prepared(maker, evaluation);
  if (absl::IsInvalidArgument(subject.status())) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(subject.status());
  return CheckAnySplit(maker, evaluation);
}

template <class T>
absl::Status CheckNodeOrder(const Maker<Metric>& maker, NodeOrder teacher_order,
                            NodeOrder student_order) {
  SampleEvaluation<T> evaluation;
  SampleEvaluation<T> reordered({.teacher_order = teacher_order, .student_order = student_order});
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, evaluation));
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> other, Prepared(maker, reordered));
  for (uint64_t student = 0; student < 2; ++student) {
    evaluation.SetStudent(student);
    reordered.SetStudent(student);
    DIDACT_RETURN_IF_ERROR(CheckCloseRecords(subject.Evaluate(evaluation),
                                             other.Evaluate(reordered), Compared::kNumbers,
                                             kRounding<T>, "in any order of nodes"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status AnyNodeOrder(const Maker<Metric>& maker) {
  using enum NodeOrder;
  // A swap and a shift generate all orders. Each network is also reordered alone, since a metric
  // that compares nodes of the same number does not notice if both are reordered alike.
  for (const NodeOrder order : {kReversed, kSwapped, kShifted}) {
    DIDACT_RETURN_IF_ERROR(CheckNodeOrder<T>(maker, order, order));
    DIDACT_RETURN_IF_ERROR(
        Annotate(CheckNodeOrder<T>(maker, order, kPlain), "with the teacher's nodes reordered"));
    DIDACT_RETURN_IF_ERROR(
        Annotate(CheckNodeOrder<T>(maker, kPlain, order), "with the student's nodes reordered"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status DependsOnData(const Maker<Metric>& maker) {
  const SampleEvaluation<T> evaluation;
  const SampleEvaluation<T> other_data({.other_data = true});
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, evaluation));
  if (subject.metric->depends_on_data()) return absl::OkStatus();
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> other, Prepared(maker, other_data));
  return CheckCloseRecords(subject.Evaluate(evaluation), other.Evaluate(other_data),
                           Compared::kEverything, 0,
                           "for other data, or depends_on_data() must be true");
}

absl::Status CheckFinite(const Record& record) {
  for (const auto& [key, number] : record.numbers()) {
    const double value = std::visit([](auto v) { return static_cast<double>(v); }, number);
    if (!std::isfinite(value))
      return absl::InternalError(absl::StrCat(key, " must be finite, got ", value));
  }
  for (const auto& [key, array] : record.arrays()) {
    for (const double element : Elements(array)) {
      if (!std::isfinite(element))
        return absl::InternalError(absl::StrCat(key, " must be finite, got ", element));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status DeadNodes(const Maker<Metric>& maker) {
  SampleEvaluation<T> evaluation({.dead = true});
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, evaluation));
  for (uint64_t student = 0; student < 2; ++student) {
    evaluation.SetStudent(student);
    DIDACT_RETURN_IF_ERROR(CheckFinite(subject.Evaluate(evaluation)));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status WithoutTeacher(const Maker<Metric>& maker) {
  const SampleEvaluation<T> evaluation({.has_teacher = false});
  const absl::StatusOr<Subject<T>> subject = Prepared(maker, evaluation);
  if (absl::IsInvalidArgument(subject.status())) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(subject.status());
  return CheckFinite(subject->Evaluate(evaluation));
}

template <class T>
absl::Status WithoutBias(const Maker<Metric>& maker) {
  const SampleEvaluation<T> evaluation({.has_bias = false});
  const absl::StatusOr<Subject<T>> subject = Prepared(maker, evaluation);
  if (absl::IsInvalidArgument(subject.status())) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(subject.status());
  const Record record = subject->Evaluate(evaluation);
  const std::vector<MetricKey> keys = subject->metric->keys();
  for (const auto& [key, number] : record.numbers()) {
    DIDACT_RETURN_IF_ERROR(CheckIsDescribed(keys, key, nullptr));
  }
  for (const auto& [key, array] : record.arrays()) {
    DIDACT_RETURN_IF_ERROR(CheckIsDescribed(keys, key, &array));
  }
  return CheckFinite(record);
}

template <class T>
absl::Status State(const Maker<Metric>& maker) {
  SampleEvaluation<T> evaluation;
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, evaluation));
  subject.Evaluate(evaluation);
  evaluation.SetStudent(1);
  subject.Evaluate(evaluation);
  StateCopy state;
  DIDACT_RETURN_IF_ERROR(state.Save(*subject.metric));
  evaluation.SetStudent(2);
  // Prepared late, so that state cannot be replaced by what the metric reads from the networks.
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> other, Prepared(maker, evaluation));
  DIDACT_RETURN_IF_ERROR(state.Restore(*other.metric));
  return CheckCloseRecords(subject.Evaluate(evaluation), other.Evaluate(evaluation),
                           Compared::kEverything, 0, "after its state was saved and restored");
}

template <class T>
absl::Status Cancelled(const Maker<Metric>& maker) {
  SampleEvaluation<T> evaluation;
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, evaluation));
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> other, Prepared(maker, evaluation));
  for (uint64_t student = 0; student < 3; ++student) {
    evaluation.SetStudent(student);
    StateCopy before;
    DIDACT_RETURN_IF_ERROR(before.Save(*subject.metric));
    evaluation.EvaluateCancelled(*subject.metric, kBatch, subject.gradients);
    StateCopy after;
    DIDACT_RETURN_IF_ERROR(after.Save(*subject.metric));
    if (!(before == after)) {
      return absl::InternalError(
          "only Finish may change what VisitState shows; Begin and Add have changed it, so that a "
          "checkpoint would hold a part of an evaluation that was cancelled");
    }
    DIDACT_RETURN_IF_ERROR(CheckCloseRecords(other.Evaluate(evaluation),
                                             subject.Evaluate(evaluation), Compared::kEverything, 0,
                                             "after an evaluation that was cancelled"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Concurrent(const Maker<Metric>& maker) {
  const SampleEvaluation<T> evaluation;
  const SampleEvaluation<T> other_data({.other_data = true});
  const auto evaluate = [&maker](const SampleEvaluation<T>& of) -> absl::StatusOr<Record> {
    DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared(maker, of));
    return subject.Evaluate(of);
  };
  DIDACT_ASSIGN_OR_RETURN(const Record expected, evaluate(evaluation));
  DIDACT_ASSIGN_OR_RETURN(const Record other_expected, evaluate(other_data));
  const auto caller = [&evaluate](const SampleEvaluation<T>& of, const Record& alone) {
    return [&evaluate, &of, &alone]() -> absl::Status {
      DIDACT_ASSIGN_OR_RETURN(const Record together, evaluate(of));
      return CheckCloseRecords(alone, together, Compared::kEverything, 0,
                               "while another thread uses another metric of the same config");
    };
  };
  return CallConcurrently(caller(evaluation, expected), caller(other_data, other_expected));
}

absl::Status Precisions(const Maker<Metric>& maker) {
  const SampleEvaluation<float> float_evaluation;
  const SampleEvaluation<double> double_evaluation;
  DIDACT_ASSIGN_OR_RETURN(const Subject<float> in_float, Prepared(maker, float_evaluation));
  DIDACT_ASSIGN_OR_RETURN(const Subject<double> in_double, Prepared(maker, double_evaluation));
  if (in_float.gradients != in_double.gradients)
    return absl::InternalError("needs_gradients() must be the same in float and double");
  return CheckCloseRecords(in_double.Evaluate(double_evaluation),
                           in_float.Evaluate(float_evaluation), Compared::kRealNumbers, 1e-3,
                           "in float and double");
}

}  // namespace

void CheckMetric(const PluginRegistry& registry, const google::protobuf::Any& config,
                 CheckList& checks) {
  const Maker<Metric> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const auto both = [&](absl::string_view name, auto check) {
    checks.Run(name, [&] { return InBothPrecisions(check); });
  };
  both("prepares", [&](auto tag) {
    const SampleEvaluation<decltype(tag)> evaluation;
    return Prepared(maker, evaluation).status();
  });
  if (checks.last_failed()) return;
  both("keys", [&](auto tag) { return Keys<decltype(tag)>(maker); });
  both("described", [&](auto tag) { return Described<decltype(tag)>(maker); });
  both("any_split", [&](auto tag) { return AnySplit<decltype(tag)>(maker); });
  if (!checks.last_failed()) {
    both("convolution", [&](auto tag) { return SplitOfConvolution<decltype(tag)>(maker); });
  }
  both("any_node_order", [&](auto tag) { return AnyNodeOrder<decltype(tag)>(maker); });
  both("depends_on_data", [&](auto tag) { return DependsOnData<decltype(tag)>(maker); });
  both("dead_nodes", [&](auto tag) { return DeadNodes<decltype(tag)>(maker); });
  both("without_teacher", [&](auto tag) { return WithoutTeacher<decltype(tag)>(maker); });
  both("without_bias", [&](auto tag) { return WithoutBias<decltype(tag)>(maker); });
  both("state", [&](auto tag) { return State<decltype(tag)>(maker); });
  both("cancelled", [&](auto tag) { return Cancelled<decltype(tag)>(maker); });
  both("concurrent", [&](auto tag) { return Concurrent<decltype(tag)>(maker); });
  checks.Run("precisions", [&] { return Precisions(maker); });
}

}  // namespace didact
