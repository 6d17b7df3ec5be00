// Checks of projections:
//
//   builds        in both precisions
//   prepares      for the sample student
//   sound         all weights stay finite, also in rows of zeros, and nothing else is written
//   without_bias  the same for a student without biases, unless Prepare returns INVALID_ARGUMENT
//   idempotent    a second application changes next to nothing
//   pure          the same weights and random numbers give the same result at every call
//   concurrent    two threads get the bits that each of them would get alone
//   precisions    float and double agree to float's precision

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/conformance/sample_network.h"
#include "didact/framework/plugin/projection.h"

namespace didact {
namespace {

// Allows for an epsilon in a denominator; rounding alone would be far smaller.
constexpr double kIdempotent = 1e-4;

template <class T>
struct SampleStudent : SampleNetwork<T> {
  // `seed`: other weights for each.
  explicit SampleStudent(bool has_bias = true, uint64_t seed = 1)
      : SampleNetwork<T>(StudentSizes(), has_bias) {
    this->Randomize(RandomStream(seed, "conformance"));
  }
};

// The stream of a step. Each check projects in one step, so that a random projection draws the same
// numbers again.
RandomStream Random() { return {1, "projection"}; }

template <class T>
absl::Status Sound(const Projection<T>& projection) {
  SampleStudent<T> student;
  projection.Apply(Random(), student.weights());
  DIDACT_RETURN_IF_ERROR(student.CheckSound());
  SampleNetwork<T> zeros(StudentSizes());
  projection.Apply(Random(), zeros.weights());
  return Annotate(zeros.CheckSound(), "a student of zeros");
}

template <class T>
absl::Status Idempotent(const Projection<T>& projection) {
  SampleStudent<T> once;
  projection.Apply(Random(), once.weights());
  SampleStudent<T> twice;
  projection.Apply(Random(), twice.weights());
  projection.Apply(Random(), twice.weights());
  return CheckCloseWeights(once, twice, kIdempotent, "a student projected once and twice");
}

template <class T>
absl::Status Pure(const Projection<T>& projection) {
  SampleStudent<T> first;
  projection.Apply(Random(), first.weights());
  SampleStudent<T> second;
  projection.Apply(Random(), second.weights());
  return CheckSameWeights(first, second, "the same student projected again");
}

template <class T>
absl::Status Concurrent(const Projection<T>& projection) {
  const auto project = [&projection](uint64_t seed) {
    auto student = std::make_unique<SampleStudent<T>>(/*has_bias=*/true, seed);
    projection.Apply(RandomStream(seed, "projection"), student->weights());
    return student;
  };
  const auto first = project(1);
  const auto second = project(2);
  const auto caller = [&project](const SampleStudent<T>& expected, uint64_t seed) {
    return [&project, &expected, seed] {
      return CheckSameWeights(expected, *project(seed),
                              "a student projected while another thread uses the projection");
    };
  };
  return CallConcurrently(caller(*first, 1), caller(*second, 2));
}

// Prepares for the sample student, and returns which of its layers the projection leaves trained.
template <class T>
absl::Status Prepare(Projection<T>& projection, std::vector<std::vector<bool>>& trained) {
  const SampleStudent<T> student;
  absl::InlinedVector<bool, 8> layers(student.const_weights().size(), true);
  const ProjectionContext<T> context = {student.const_weights(), absl::MakeSpan(layers)};
  DIDACT_RETURN_IF_ERROR(projection.Prepare(context));
  trained.emplace_back(layers.begin(), layers.end());
  return absl::OkStatus();
}

template <class T>
absl::Status WithoutBias(const Maker<Projection>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Projection<T>> projection, maker.Make<T>());
  SampleStudent<T> student(/*has_bias=*/false);
  absl::InlinedVector<bool, 8> trained(student.const_weights().size(), true);
  const absl::Status status =
      projection->Prepare({student.const_weights(), absl::MakeSpan(trained)});
  if (absl::IsInvalidArgument(status)) return absl::OkStatus();
  DIDACT_RETURN_IF_ERROR(Annotate(status, "Prepare"));
  projection->Apply(Random(), student.weights());
  return student.CheckSound();
}

absl::Status Precisions(const Projection<float>& in_float, const Projection<double>& in_double) {
  SampleStudent<float> float_student;
  SampleStudent<double> double_student;
  in_float.Apply(Random(), float_student.weights());
  in_double.Apply(Random(), double_student.weights());
  return CheckCloseWeights(double_student, float_student, 1e-5, "a student in float and double");
}

}  // namespace

void CheckProjection(const PluginRegistry& registry, const google::protobuf::Any& config,
                     CheckList& checks) {
  const Maker<Projection> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const std::unique_ptr<Projection<float>> in_float = maker.Make<float>().value();
  const std::unique_ptr<Projection<double>> in_double = maker.Make<double>().value();
  checks.Run("prepares", [&]() -> absl::Status {
    std::vector<std::vector<bool>> trained;
    DIDACT_RETURN_IF_ERROR(Annotate(Prepare(*in_float, trained), "float"));
    DIDACT_RETURN_IF_ERROR(Annotate(Prepare(*in_double, trained), "double"));
    if (trained[0] == trained[1]) return absl::OkStatus();
    return absl::InternalError("must keep the same layers from being trained in float and double");
  });
  if (checks.last_failed()) return;
  const auto both = [&](absl::string_view name, auto check) {
    RunOnBoth(checks, name, *in_float, *in_double, check);
  };
  both("sound", [](const auto& projection) { return Sound(projection); });
  checks.Run("without_bias", [&] {
    return InBothPrecisions([&](auto tag) { return WithoutBias<decltype(tag)>(maker); });
  });
  both("idempotent", [](const auto& projection) { return Idempotent(projection); });
  both("pure", [](const auto& projection) { return Pure(projection); });
  if (!checks.last_failed()) {
    both("concurrent", [](const auto& projection) { return Concurrent(projection); });
  }
  checks.Run("precisions", [&] { return Precisions(*in_float, *in_double); });
}

}  // namespace didact
