// Checks of initializers:
//
//   builds          in both precisions
//   data            the data set that it names, if any, can be prepared and read, with the sample
//                   teacher, which has as many inputs as a sample has features
//   applies         to a teacher, to a student, or to a student as wide as the teacher; an error
//                   must be INVALID_ARGUMENT
//   deterministic   the same random numbers give the same weights, whatever the initializer has
//                   done before
//   concurrent      two threads get the bits that each of them would get alone
//   sound           all weights are finite, and nothing else is written, neither beside the weights
//                   nor in the teacher
//   without_bias    a network without biases is refused with INVALID_ARGUMENT, or initialized as
//                   soundly
//   precisions      float and double agree to float's precision

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/conformance/sample_network.h"
#include "didact/framework/conformance/sample_pre_activations.h"
#include "didact/framework/plugin/configured_plugin.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {
namespace {

// Samples of the data set that an initializer names; none if it names no data set.
using InitializerSamples = std::optional<GuardedMatrix<double>>;

// Returns `sizes` with the number of features of the samples as the number of inputs.
std::vector<int64_t> WithInputsOf(const InitializerSamples& samples, std::vector<int64_t> sizes) {
  if (samples) sizes[0] = samples->columns();
  return sizes;
}

// A teacher and students with the weights of earlier initializers.
template <class T>
struct Networks {
  // `samples` must outlive it.
  explicit Networks(const InitializerSamples& samples, bool has_bias = true)
      : samples(samples),
        teacher(WithInputsOf(samples, TeacherSizes()), has_bias),
        student(WithInputsOf(samples, StudentSizes()), has_bias),
        narrow_student(WithInputsOf(samples, TeacherSizes()), has_bias) {
    Randomize(teacher, "teacher");
    Randomize(student, "student");
    Randomize(narrow_student, "narrow student");
  }

  static void Randomize(SampleNetwork<T>& network, absl::string_view name) {
    network.Randomize(RandomStream(1, "conformance").Split(name));
  }

  absl::Status ApplyToTeacher(const Initializer<T>& initializer) {
    return Apply(initializer, {RandomStream(2, "conformance"), {}}, teacher);
  }
  absl::Status ApplyToStudent(const Initializer<T>& initializer) {
    return Apply(initializer, {RandomStream(3, "conformance"), teacher.const_weights()}, student);
  }
  absl::Status ApplyToNarrowStudent(const Initializer<T>& initializer) {
    return Apply(initializer, {RandomStream(3, "conformance"), teacher.const_weights()},
                 narrow_student);
  }
  absl::Status Apply(const Initializer<T>& initializer, InitializerContext<T> context,
                     SampleNetwork<T>& network) {
    if (!samples) return initializer.Apply(context, network.weights());
    SamplePreActivations<T> pre_activations(network.const_weights(), *samples);
    context.pre_activations = &pre_activations;
    return initializer.Apply(context, network.weights());
  }

  // Applies the initializer to all networks but those that it refuses.
  void ApplyToAll(const Initializer<T>& initializer) {
    if (!ApplyToTeacher(initializer).ok()) Randomize(teacher, "teacher");
    if (!ApplyToStudent(initializer).ok()) Randomize(student, "student");
    if (!ApplyToNarrowStudent(initializer).ok()) Randomize(narrow_student, "narrow student");
  }

  const InitializerSamples& samples;
  SampleNetwork<T> teacher;
  SampleNetwork<T> student;
  SampleNetwork<T> narrow_student;  // has the teacher's sizes
};

// Returns the first samples of the data set that the initializer names, scaled so that
// pre-activations are of order 1, as the tolerance of comparisons assumes.
absl::StatusOr<InitializerSamples> ReadSamples(const Initializer<double>& initializer) {
  constexpr int64_t kMaxSamples = 97;
  constexpr int64_t kMaxFeatures = int64_t{1} << 20;
  const ConfiguredPlugin<Dataset<double>>* const data = initializer.data();
  if (data == nullptr) return std::nullopt;
  int64_t features = 1;
  for (const int64_t extent : data->Call("sample_shape", &Dataset<double>::sample_shape)) {
    features = extent >= 1 && features <= kMaxFeatures / extent ? features * extent : 0;
  }
  if (features == 0) return absl::InternalError("must have 1 to 2^20 features");
  InitializerSamples samples(std::in_place, 1, features);
  const Networks<double> networks(samples);
  const DatasetContext<double> context = {RandomStream(4, "conformance"),
                                          networks.teacher.const_weights()};
  DIDACT_RETURN_IF_ERROR(data->Call("Prepare", &Dataset<double>::Prepare, context));
  const int64_t size = data->Call("size", &Dataset<double>::size);
  samples.emplace(std::min(size, kMaxSamples), features);
  DIDACT_RETURN_IF_ERROR(data->Call("Read", &Dataset<double>::Read, 0, samples->view()));
  for (int64_t i = 0; i < samples->rows(); ++i) {
    for (int64_t j = 0; j < features; ++j) {
      (*samples)(i, j) /= std::sqrt(static_cast<double>(features));
    }
  }
  return samples;
}

absl::Status CheckRefusal(const absl::Status& status) {
  if (status.ok() || absl::IsInvalidArgument(status)) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("must refuse a network with INVALID_ARGUMENT, got ",
                   status.ToString(absl::StatusToStringMode::kWithNoExtraData)));
}

template <class T>
absl::Status Applies(const Initializer<T>& initializer, const InitializerSamples& samples) {
  Networks<T> networks(samples);
  const absl::Status student = networks.ApplyToStudent(initializer);
  const absl::Status narrow_student = networks.ApplyToNarrowStudent(initializer);
  const absl::Status teacher = networks.ApplyToTeacher(initializer);
  for (const absl::Status& status : {teacher, student, narrow_student}) {
    DIDACT_RETURN_IF_ERROR(CheckRefusal(status));
  }
  if (teacher.ok() || student.ok() || narrow_student.ok()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      "must apply to a teacher, to a student, or to a student as wide as the teacher, got ",
      teacher.message(), ", ", student.message(), " and ", narrow_student.message()));
}

template <class T>
absl::Status Deterministic(const Initializer<T>& initializer, const Initializer<T>& other,
                           const InitializerSamples& samples) {
  Networks<T> expected(samples);
  expected.ApplyToAll(initializer);
  for (const Initializer<T>* again : {&initializer, &other}) {
    Networks<T> actual(samples);
    actual.ApplyToAll(*again);
    DIDACT_RETURN_IF_ERROR(
        CheckSameWeights(expected.teacher, actual.teacher, "a teacher made again"));
    DIDACT_RETURN_IF_ERROR(
        CheckSameWeights(expected.student, actual.student, "a student made again"));
    DIDACT_RETURN_IF_ERROR(CheckSameWeights(expected.narrow_student, actual.narrow_student,
                                            "a student as wide as the teacher, made again"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Concurrent(const Initializer<T>& initializer, const InitializerSamples& samples) {
  Networks<T> expected(samples);
  expected.ApplyToAll(initializer);
  Networks<T> expected_teacher(samples);
  static_cast<void>(expected_teacher.ApplyToTeacher(initializer));
  const auto teacher = [&]() -> absl::Status {
    Networks<T> actual(samples);
    if (!actual.ApplyToTeacher(initializer).ok()) return absl::OkStatus();
    return CheckSameWeights(expected_teacher.teacher, actual.teacher,
                            "a teacher made while another thread uses the initializer");
  };
  const auto student = [&]() -> absl::Status {
    Networks<T> actual(samples);
    actual.ApplyToAll(initializer);
    return CheckSameWeights(expected.student, actual.student,
                            "a student made while another thread uses the initializer");
  };
  DIDACT_RETURN_IF_ERROR(CallConcurrently(student, teacher));
  return CallConcurrently(student, student);
}

template <class T>
absl::Status Sound(const Initializer<T>& initializer, const InitializerSamples& samples) {
  Networks<T> networks(samples);
  networks.ApplyToAll(initializer);
  DIDACT_RETURN_IF_ERROR(Annotate(networks.teacher.CheckSound(), "teacher"));
  DIDACT_RETURN_IF_ERROR(Annotate(networks.student.CheckSound(), "student"));
  DIDACT_RETURN_IF_ERROR(
      Annotate(networks.narrow_student.CheckSound(), "student as wide as the teacher"));
  const Networks<T> untouched(samples);
  Networks<T> students_only(samples);
  static_cast<void>(students_only.ApplyToStudent(initializer));
  static_cast<void>(students_only.ApplyToNarrowStudent(initializer));
  return CheckSameWeights(untouched.teacher, students_only.teacher,
                          "the teacher, while students are initialized");
}

template <class T>
absl::Status WithoutBias(const Initializer<T>& initializer, const InitializerSamples& samples) {
  Networks<T> networks(samples, /*has_bias=*/false);
  DIDACT_RETURN_IF_ERROR(CheckRefusal(networks.ApplyToTeacher(initializer)));
  DIDACT_RETURN_IF_ERROR(CheckRefusal(networks.ApplyToStudent(initializer)));
  DIDACT_RETURN_IF_ERROR(CheckRefusal(networks.ApplyToNarrowStudent(initializer)));
  DIDACT_RETURN_IF_ERROR(Annotate(networks.teacher.CheckSound(), "teacher"));
  DIDACT_RETURN_IF_ERROR(Annotate(networks.student.CheckSound(), "student"));
  return Annotate(networks.narrow_student.CheckSound(), "student as wide as the teacher");
}

absl::Status Precisions(const Initializer<float>& in_float, const Initializer<double>& in_double,
                        const InitializerSamples& samples) {
  Networks<float> float_networks(samples);
  Networks<double> double_networks(samples);
  float_networks.ApplyToAll(in_float);
  double_networks.ApplyToAll(in_double);
  DIDACT_RETURN_IF_ERROR(CheckCloseWeights(double_networks.teacher, float_networks.teacher, 1e-5,
                                           "a teacher in float and double"));
  DIDACT_RETURN_IF_ERROR(CheckCloseWeights(double_networks.student, float_networks.student, 1e-5,
                                           "a student in float and double"));
  return CheckCloseWeights(double_networks.narrow_student, float_networks.narrow_student, 1e-5,
                           "a student as wide as the teacher, in float and double");
}

}  // namespace

void CheckInitializer(const PluginRegistry& registry, const google::protobuf::Any& config,
                      CheckList& checks) {
  const Maker<Initializer> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const std::unique_ptr<Initializer<float>> in_float = maker.Make<float>().value();
  const std::unique_ptr<Initializer<double>> in_double = maker.Make<double>().value();
  InitializerSamples samples;
  checks.Run("data", [&]() -> absl::Status {
    DIDACT_ASSIGN_OR_RETURN(samples, ReadSamples(*in_double));
    return absl::OkStatus();
  });
  if (checks.last_failed()) return;
  const auto both = [&](absl::string_view name, auto check) {
    RunOnBoth(checks, name, *in_float, *in_double, check);
  };
  both("applies", [&](const auto& initializer) { return Applies(initializer, samples); });
  checks.Run("deterministic", [&]() -> absl::Status {
    DIDACT_RETURN_IF_ERROR(
        Annotate(Deterministic(*in_float, *maker.Make<float>().value(), samples), "float"));
    return Annotate(Deterministic(*in_double, *maker.Make<double>().value(), samples), "double");
  });
  if (!checks.last_failed()) {
    both("concurrent", [&](const auto& initializer) { return Concurrent(initializer, samples); });
  }
  both("sound", [&](const auto& initializer) { return Sound(initializer, samples); });
  both("without_bias", [&](const auto& initializer) { return WithoutBias(initializer, samples); });
  checks.Run("precisions", [&] { return Precisions(*in_float, *in_double, samples); });
}

}  // namespace didact
