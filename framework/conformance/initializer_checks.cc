// Checks of initializers:
//
//   builds          in both precisions
//   applies         to a teacher, to a student, or to both; an error must be INVALID_ARGUMENT
//   deterministic   the same random numbers give the same weights, whatever the initializer has
//                   done before
//   sound           all weights are finite, and nothing else is written, neither beside the weights
//                   nor in the teacher
//   without_bias    a network without biases is refused with INVALID_ARGUMENT, or initialized as
//                   soundly
//   precisions      float and double agree to float's precision

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/conformance/sample_network.h"
#include "didact/framework/plugin/initializer.h"

namespace didact {
namespace {

// A teacher and a student with the weights of earlier initializers.
template <class T>
struct Networks {
  explicit Networks(bool has_bias = true)
      : teacher(TeacherSizes(), has_bias), student(StudentSizes(), has_bias) {
    const RandomStream random(1, "conformance");
    teacher.Randomize(random.Split("teacher"));
    student.Randomize(random.Split("student"));
  }

  absl::Status ApplyToTeacher(const Initializer<T>& initializer) {
    return initializer.Apply({RandomStream(2, "conformance"), {}}, teacher.weights());
  }
  absl::Status ApplyToStudent(const Initializer<T>& initializer) {
    return initializer.Apply({RandomStream(3, "conformance"), teacher.const_weights()},
                             student.weights());
  }

  // Applies the initializer to both networks, unless it refuses one.
  void ApplyToBoth(const Initializer<T>& initializer) {
    if (!ApplyToTeacher(initializer).ok())
      teacher.Randomize(RandomStream(1, "conformance").Split("teacher"));
    if (!ApplyToStudent(initializer).ok())
      student.Randomize(RandomStream(1, "conformance").Split("student"));
  }

  SampleNetwork<T> teacher;
  SampleNetwork<T> student;
};

absl::Status CheckRefusal(const absl::Status& status) {
  if (status.ok() || absl::IsInvalidArgument(status)) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("must refuse a network with INVALID_ARGUMENT, got ",
                   status.ToString(absl::StatusToStringMode::kWithNoExtraData)));
}

template <class T>
absl::Status Applies(const Initializer<T>& initializer) {
  Networks<T> networks;
  const absl::Status student = networks.ApplyToStudent(initializer);
  const absl::Status teacher = networks.ApplyToTeacher(initializer);
  DIDACT_RETURN_IF_ERROR(CheckRefusal(teacher));
  DIDACT_RETURN_IF_ERROR(CheckRefusal(student));
  if (teacher.ok() || student.ok()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("must apply to a teacher or to a student, got ",
                                          teacher.message(), " and ", student.message()));
}

template <class T>
absl::Status Deterministic(const Initializer<T>& initializer, const Initializer<T>& other) {
  Networks<T> expected;
  expected.ApplyToBoth(initializer);
  for (const Initializer<T>* again : {&initializer, &other}) {
    Networks<T> actual;
    actual.ApplyToBoth(*again);
    DIDACT_RETURN_IF_ERROR(
        CheckSameWeights(expected.teacher, actual.teacher, "a teacher made again"));
    DIDACT_RETURN_IF_ERROR(
        CheckSameWeights(expected.student, actual.student, "a student made again"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Sound(const Initializer<T>& initializer) {
  Networks<T> networks;
  networks.ApplyToBoth(initializer);
  DIDACT_RETURN_IF_ERROR(Annotate(networks.teacher.CheckSound(), "teacher"));
  DIDACT_RETURN_IF_ERROR(Annotate(networks.student.CheckSound(), "student"));
  const Networks<T> untouched;
  Networks<T> student_only;
  static_cast<void>(student_only.ApplyToStudent(initializer));
  return CheckSameWeights(untouched.teacher, student_only.teacher,
                          "the teacher, while the student is initialized");
}

template <class T>
absl::Status WithoutBias(const Initializer<T>& initializer) {
  Networks<T> networks(/*has_bias=*/false);
  DIDACT_RETURN_IF_ERROR(CheckRefusal(networks.ApplyToTeacher(initializer)));
  DIDACT_RETURN_IF_ERROR(CheckRefusal(networks.ApplyToStudent(initializer)));
  DIDACT_RETURN_IF_ERROR(Annotate(networks.teacher.CheckSound(), "teacher"));
  return Annotate(networks.student.CheckSound(), "student");
}

absl::Status Precisions(const Initializer<float>& in_float, const Initializer<double>& in_double) {
  Networks<float> float_networks;
  Networks<double> double_networks;
  float_networks.ApplyToBoth(in_float);
  double_networks.ApplyToBoth(in_double);
  DIDACT_RETURN_IF_ERROR(CheckCloseWeights(double_networks.teacher, float_networks.teacher, 1e-5,
                                           "a teacher in float and double"));
  return CheckCloseWeights(double_networks.student, float_networks.student, 1e-5,
                           "a student in float and double");
}

}  // namespace

void CheckInitializer(const PluginRegistry& registry, const google::protobuf::Any& config,
                      CheckList& checks) {
  const Maker<Initializer> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const std::unique_ptr<Initializer<float>> in_float = maker.Make<float>().value();
  const std::unique_ptr<Initializer<double>> in_double = maker.Make<double>().value();
  const auto both = [&](absl::string_view name, auto check) {
    RunOnBoth(checks, name, *in_float, *in_double, check);
  };
  both("applies", [](const auto& initializer) { return Applies(initializer); });
  checks.Run("deterministic", [&]() -> absl::Status {
    DIDACT_RETURN_IF_ERROR(
        Annotate(Deterministic(*in_float, *maker.Make<float>().value()), "float"));
    return Annotate(Deterministic(*in_double, *maker.Make<double>().value()), "double");
  });
  both("sound", [](const auto& initializer) { return Sound(initializer); });
  both("without_bias", [](const auto& initializer) { return WithoutBias(initializer); });
  checks.Run("precisions", [&] { return Precisions(*in_float, *in_double); });
}

}  // namespace didact
