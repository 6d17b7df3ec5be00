// Checks of projections:
//
//   builds        in both precisions
//   prepares      for the sample student
//   sound         all weights stay finite, rows of zeros too, and nothing else is written
//   idempotent    applied to its own result, it changes next to nothing
//   pure          the same weights and random numbers give the same result, whatever was projected before
//   precisions    float and double agree to float's precision

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "framework/base/random.h"
#include "framework/base/status.h"
#include "framework/conformance/building.h"
#include "framework/conformance/kind_checks.h"
#include "framework/conformance/sample_network.h"
#include "framework/plugin/projection.h"

namespace didact {
namespace {

// Room for an epsilon in a denominator. Rounding alone would be far less.
constexpr double kIdempotent = 1e-4;

template <class T>
struct Student : SampleNetwork<T> {
  Student() : SampleNetwork<T>(StudentSizes()) { this->Randomize(RandomStream(1, "conformance")); }
};

// The stream of a step. Each check projects in one step, so that a random projection does the same again.
RandomStream Random() { return {1, "projection"}; }

template <class T>
absl::Status Sound(const Projection<T>& projection) {
  Student<T> student;
  projection.Apply(Random(), student.weights());
  DIDACT_RETURN_IF_ERROR(student.CheckSound());
  SampleNetwork<T> zeros(StudentSizes());
  projection.Apply(Random(), zeros.weights());
  return Annotate(zeros.CheckSound(), "a student of zeros");
}

template <class T>
absl::Status Idempotent(const Projection<T>& projection) {
  Student<T> once;
  projection.Apply(Random(), once.weights());
  Student<T> twice;
  projection.Apply(Random(), twice.weights());
  projection.Apply(Random(), twice.weights());
  return CheckClose(once, twice, kIdempotent, "a student projected once and twice");
}

template <class T>
absl::Status Pure(const Projection<T>& projection) {
  Student<T> first;
  projection.Apply(Random(), first.weights());
  Student<T> second;
  projection.Apply(Random(), second.weights());
  return CheckSameBits(first, second, "the same student projected again");
}

absl::Status Precisions(const Projection<float>& in_float, const Projection<double>& in_double) {
  Student<float> float_student;
  Student<double> double_student;
  in_float.Apply(Random(), float_student.weights());
  in_double.Apply(Random(), double_student.weights());
  for (size_t layer = 0; layer < float_student.blocks().size(); ++layer) {
    if (in_float.Trains(static_cast<int64_t>(layer)) !=
        in_double.Trains(static_cast<int64_t>(layer))) {
      return absl::InternalError(
          absl::StrCat("Trains(", layer, ") must be the same in float and double"));
    }
  }
  return CheckClose(double_student, float_student, 1e-5, "a student in float and double");
}

}  // namespace

void CheckProjection(const PluginRegistry& registry, const google::protobuf::Any& config,
                     CheckList& checks) {
  const Maker<Projection> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const std::unique_ptr<Projection<float>> in_float = maker.Make<float>().value();
  const std::unique_ptr<Projection<double>> in_double = maker.Make<double>().value();
  checks.Run("prepares", [&]() -> absl::Status {
    DIDACT_RETURN_IF_ERROR(Annotate(in_float->Prepare(Student<float>().const_weights()), "float"));
    return Annotate(in_double->Prepare(Student<double>().const_weights()), "double");
  });
  if (checks.last_failed()) return;
  const auto both = [&](absl::string_view name, auto check) {
    RunOnBoth(checks, name, *in_float, *in_double, check);
  };
  both("sound", [](const auto& projection) { return Sound(projection); });
  both("idempotent", [](const auto& projection) { return Idempotent(projection); });
  both("pure", [](const auto& projection) { return Pure(projection); });
  checks.Run("precisions", [&] { return Precisions(*in_float, *in_double); });
}

}  // namespace didact
