// Checks of augmentations:
//
//   builds          in both precisions
//   prepares        for samples of shape [12] or [3, 8, 8]
//   deterministic   the same random numbers give the same result at every call, whatever else has
//                   been augmented before
//   concurrent      two threads get the bits that each of them would get alone
//   own_rows        a row depends only on itself, its number and its random numbers; nothing else
//                   is written
//   fixed           one that says that it is not random does not depend on the random numbers
//   finite          all results are finite
//   precisions      float and double agree to float's precision

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/plugin/augmentation.h"

namespace didact {
namespace {

constexpr int64_t kSamples = 19;

// A prepared augmentation, and the number of features of the samples that it accepts.
template <class T>
struct Subject {
  std::unique_ptr<Augmentation<T>> augmentation;
  int64_t features = 0;
};

template <class T>
absl::StatusOr<Subject<T>> Prepared(const Maker<Augmentation>& maker) {
  absl::Status refusal;
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{12}, std::vector<int64_t>{3, 8, 8}}) {
    Subject<T> subject;
    DIDACT_ASSIGN_OR_RETURN(subject.augmentation, maker.Make<T>());
    subject.features = 1;
    for (const int64_t extent : shape) subject.features *= extent;
    refusal = subject.augmentation->Prepare(shape);
    if (refusal.ok()) return subject;
  }
  return absl::InternalError(absl::StrCat(
      "must take samples of shape [12] or [3, 8, 8], refused both: ", refusal.message()));
}

// `number` tells batches apart.
template <class T>
GuardedMatrix<T> Inputs(const Subject<T>& subject, uint64_t number = 0) {
  GuardedMatrix<T> inputs(kSamples, subject.features);
  inputs.Randomize(RandomStream(1, "conformance").Split(number));
  return inputs;
}

template <class T>
GuardedMatrix<T> Augmented(const Subject<T>& subject, GuardedMatrix<T> inputs,
                           uint64_t stream = 2) {
  subject.augmentation->Apply(RandomStream(stream, "conformance"), inputs.view());
  return inputs;
}

template <class T>
absl::Status Deterministic(const Maker<Augmentation>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared<T>(maker));
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> other, Prepared<T>(maker));
  const GuardedMatrix<T> first = Augmented(subject, Inputs(subject));
  Augmented(subject, Inputs(subject, 1), 3);
  DIDACT_RETURN_IF_ERROR(CheckSameBits(first, Augmented(subject, Inputs(subject)),
                                       "a batch augmented again, after another batch,"));
  return CheckSameBits(first, Augmented(other, Inputs(other)),
                       "a batch augmented by another of the same config");
}

template <class T>
absl::Status OwnRows(const Maker<Augmentation>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared<T>(maker));
  const GuardedMatrix<T> whole = Augmented(subject, Inputs(subject));
  DIDACT_RETURN_IF_ERROR(whole.CheckGuards());
  for (int64_t rows = 1; rows < kSamples; ++rows) {
    const GuardedMatrix<T> head = Augmented(subject, Inputs(subject).Head(rows));
    DIDACT_RETURN_IF_ERROR(CheckSameBits(whole.Head(rows), head, "the rows of a shorter batch"));
  }
  // Each row is changed in turn, since others may depend on the first one alone, for example.
  const GuardedMatrix<T> other_inputs = Inputs(subject, 1);
  for (int64_t i = 0; i < kSamples; ++i) {
    GuardedMatrix<T> changed = Inputs(subject);
    for (int64_t j = 0; j < changed.columns(); ++j) changed(i, j) = 10 * other_inputs(i, j);
    GuardedMatrix<T> beside = Augmented(subject, changed);
    for (int64_t j = 0; j < beside.columns(); ++j) beside(i, j) = whole(i, j);
    DIDACT_RETURN_IF_ERROR(
        CheckSameBits(whole, beside, absl::StrCat("the other rows, while row ", i, " changes,")));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Concurrent(const Maker<Augmentation>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared<T>(maker));
  const auto caller = [&subject](uint64_t number) {
    const GuardedMatrix<T> inputs = Inputs(subject, number);
    const GuardedMatrix<T> expected = Augmented(subject, inputs, number);
    return [&subject, number, inputs, expected] {
      return CheckSameBits(expected, Augmented(subject, inputs, number),
                           "inputs augmented while another thread uses the augmentation");
    };
  };
  return CallConcurrently(caller(1), caller(2));
}

template <class T>
absl::Status Fixed(const Maker<Augmentation>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared<T>(maker));
  if (subject.augmentation->is_random()) return absl::OkStatus();
  GuardedMatrix<T> other = Inputs(subject);
  subject.augmentation->Apply(RandomStream(3, "conformance"), other.view());
  return CheckSameBits(Augmented(subject, Inputs(subject)), other,
                       "a batch with other random numbers");
}

template <class T>
absl::Status Finite(const Maker<Augmentation>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const Subject<T> subject, Prepared<T>(maker));
  return Augmented(subject, Inputs(subject)).CheckFinite();
}

absl::Status Precisions(const Maker<Augmentation>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const Subject<float> in_float, Prepared<float>(maker));
  DIDACT_ASSIGN_OR_RETURN(const Subject<double> in_double, Prepared<double>(maker));
  return CheckClose(Augmented(in_double, Inputs(in_double)), Augmented(in_float, Inputs(in_float)),
                    1e-5, "inputs in float and double");
}

}  // namespace

void CheckAugmentation(const PluginRegistry& registry, const google::protobuf::Any& config,
                       CheckList& checks) {
  const Maker<Augmentation> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const auto both = [&](absl::string_view name, auto check) {
    checks.Run(name, [&] { return InBothPrecisions(check); });
  };
  both("prepares", [&](auto tag) { return Prepared<decltype(tag)>(maker).status(); });
  if (checks.last_failed()) return;
  both("deterministic", [&](auto tag) { return Deterministic<decltype(tag)>(maker); });
  if (!checks.last_failed()) {
    both("concurrent", [&](auto tag) { return Concurrent<decltype(tag)>(maker); });
  }
  both("own_rows", [&](auto tag) { return OwnRows<decltype(tag)>(maker); });
  both("fixed", [&](auto tag) { return Fixed<decltype(tag)>(maker); });
  both("finite", [&](auto tag) { return Finite<decltype(tag)>(maker); });
  checks.Run("precisions", [&] { return Precisions(maker); });
}

}  // namespace didact
