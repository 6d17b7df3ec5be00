// Checks of activations:
//
//   builds           in both precisions
//   any_split        values and derivatives have the same bits however a span is split, and nothing
//                    else is written
//   concurrent       two threads get the bits that each of them would get alone
//   in_place         input and output may be the same memory
//   nan              a NaN gives NaN, and no other element does; a gradient that is NaN stays NaN;
//                    the derivative at NaN is not 0
//   far              for arguments up to 2^20, values and derivatives are not NaN, and are infinite
//                    only where the function grows beyond the largest number
//   derivative       agrees with central differences in double, away from the kinks
//   multiplies       MultiplyByDerivative multiplies the gradient and does not overwrite it
//   negative_slope   the function is the piecewise linear one with the slope of negative_slope()
//   odd              f(-x) = -f(x) if and only if is_odd() is true
//   precisions       values and derivatives in float and double agree to float's precision

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/plugin/activation.h"

namespace didact {
namespace {

// Returns -8 to 8 in steps of 1/32, including 0: 513 arguments that float holds exactly. The last
// one does not fill a whole vector.
template <class T>
std::vector<T> Arguments() {
  std::vector<T> arguments;
  for (int i = -256; i <= 256; ++i) arguments.push_back(static_cast<T>(i) / 32);
  return arguments;
}

// Returns arguments of increasing magnitude, of both signs, from 9 to 1024 in steps of 1 and then to
// 2^20 by doubling.
template <class T>
std::vector<T> FarArguments() {
  std::vector<T> arguments;
  for (const T sign : {T(1), T(-1)}) {
    for (T x = 9; x <= 1024; ++x) arguments.push_back(sign * x);
    for (T x = 2048; x <= 1048576; x *= 2) arguments.push_back(sign * x);
  }
  return arguments;
}

template <class T>
std::vector<T> AllArguments() {
  std::vector<T> arguments = Arguments<T>();
  const std::vector<T> far = FarArguments<T>();
  arguments.insert(arguments.end(), far.begin(), far.end());
  return arguments;
}

// True if a value may be followed by an infinite one at the next of FarArguments.
template <class T>
bool IsHuge(T value) {
  return std::fabs(value) > std::sqrt(std::numeric_limits<T>::max());
}

template <class T>
std::vector<T> Values(const Activation<T>& activation, const std::vector<T>& arguments) {
  std::vector<T> values(arguments.size());
  activation.Apply(arguments, absl::MakeSpan(values));
  return values;
}

// Returns upstream * f'(x) for all arguments x.
template <class T>
std::vector<T> Gradients(const Activation<T>& activation, const std::vector<T>& arguments,
                         T upstream) {
  const std::vector<T> values = Values(activation, arguments);
  std::vector<T> gradients(arguments.size(), upstream);
  activation.MultiplyByDerivative(arguments, values, absl::MakeSpan(gradients));
  return gradients;
}

template <class T>
absl::Status AnySplit(const Activation<T>& activation) {
  constexpr T kGuard = T(777);
  const std::vector<T> arguments = Arguments<T>();
  const std::vector<T> values = Values(activation, arguments);
  const std::vector<T> gradients = Gradients(activation, arguments, T(1));
  for (size_t length = 0; length <= 19; ++length) {
    for (size_t first = 0; first + length <= arguments.size(); first += length + 1) {
      const std::vector<T> part(arguments.begin() + first, arguments.begin() + first + length);
      std::vector<T> value(length + 1, kGuard);
      activation.Apply(part, absl::MakeSpan(value.data(), length));
      std::vector<T> gradient(length + 1, T(1));
      gradient.back() = kGuard;
      activation.MultiplyByDerivative(part, absl::MakeConstSpan(value.data(), length),
                                      absl::MakeSpan(gradient.data(), length));
      if (value.back() != kGuard || gradient.back() != kGuard) {
        return absl::InternalError(
            absl::StrCat("must write to its span only, wrote behind ", length, " elements"));
      }
      for (size_t i = 0; i < length; ++i) {
        const bool same_value = std::memcmp(&value[i], &values[first + i], sizeof(T)) == 0;
        if (same_value && std::memcmp(&gradient[i], &gradients[first + i], sizeof(T)) == 0)
          continue;
        return absl::InternalError(
            absl::StrCat(same_value ? "the derivative at " : "the value at ", part[i],
                         " must not depend on its place, got ", same_value ? gradient[i] : value[i],
                         " at place ", i, " of ", length, " and ",
                         same_value ? gradients[first + i] : values[first + i], " at place ",
                         first + i, " of ", arguments.size()));
      }
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status InPlace(const Activation<T>& activation) {
  const std::vector<T> arguments = Arguments<T>();
  const std::vector<T> values = Values(activation, arguments);
  std::vector<T> in_place = arguments;
  activation.Apply(in_place, absl::MakeSpan(in_place));
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (std::memcmp(&in_place[i], &values[i], sizeof(T)) != 0) {
      return absl::InternalError(absl::StrCat("the value at ", arguments[i],
                                              " must be the same in place, got ", in_place[i],
                                              " for ", values[i]));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status NanValues(const Activation<T>& activation) {
  for (size_t place = 0; place < 19; ++place) {
    std::vector<T> arguments(19, T(0.5));
    arguments[place] = std::numeric_limits<T>::quiet_NaN();
    const std::vector<T> values = Values(activation, arguments);
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i]) == (i == place)) continue;
      return absl::InternalError(i == place
                                     ? absl::StrCat("NaN must give NaN, got ", values[i])
                                     : "NaN must stay where it is, it spread to a neighbour");
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status NanGradients(const Activation<T>& activation) {
  constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
  for (const T argument : {T(-3), T(-0.5), T(0), T(0.5), T(3), kNan}) {
    const std::vector<T> arguments(19, argument);
    const std::vector<T> values = Values(activation, arguments);
    for (size_t place = 0; place < 19; ++place) {
      std::vector<T> gradients(19, T(1));
      gradients[place] = kNan;
      activation.MultiplyByDerivative(arguments, values, absl::MakeSpan(gradients));
      for (size_t i = 0; i < gradients.size(); ++i) {
        if (i == place && !std::isnan(gradients[i])) {
          return absl::InternalError(absl::StrCat("a gradient that is NaN must stay NaN, got ",
                                                  gradients[i], " at ", argument));
        }
        if (i != place && std::isnan(gradients[i]) && !std::isnan(argument)) {
          return absl::InternalError(
              "a gradient that is NaN must stay where it is, it spread to a neighbour");
        }
      }
    }
  }
  // The framework computes piecewise linear functions itself, without MultiplyByDerivative.
  if (activation.negative_slope().has_value()) return absl::OkStatus();
  for (size_t place = 0; place < 19; ++place) {
    std::vector<T> arguments(19, T(0.5));
    arguments[place] = kNan;
    if (Gradients(activation, arguments, T(1))[place] == 0) {
      return absl::InternalError(
          "the derivative at NaN must be NaN, got 0: a training that diverged would look sound");
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Nan(const Activation<T>& activation) {
  DIDACT_RETURN_IF_ERROR(NanValues(activation));
  return NanGradients(activation);
}

template <class T>
absl::Status Far(const Activation<T>& activation) {
  const std::vector<T> arguments = FarArguments<T>();
  const std::vector<T> values = Values(activation, arguments);
  const std::vector<T> derivatives = Gradients(activation, arguments, T(1));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const T x = arguments[i];
    const bool is_first = i == 0 || (x < 0) != (arguments[i - 1] < 0);
    const T before = is_first ? Values<T>(activation, {x < 0 ? T(-8) : T(8)})[0] : values[i - 1];
    if (std::isnan(values[i]) || (std::isinf(values[i]) && !IsHuge(before))) {
      return absl::InternalError(absl::StrCat("the value at ", x, " must be finite, got ",
                                              values[i], ", after ", before,
                                              " at the argument before: an intermediate result "
                                              "overflows"));
    }
    if (!std::isfinite(derivatives[i]) && !IsHuge(values[i])) {
      return absl::InternalError(absl::StrCat("the derivative at ", x, " must be finite, got ",
                                              derivatives[i], ", where the value is ", values[i],
                                              ": an intermediate result overflows"));
    }
  }
  return absl::OkStatus();
}

absl::Status Derivative(const Activation<double>& activation) {
  const std::vector<double> kinks = activation.kinks();
  std::vector<double> arguments;
  // These arguments lie between those of AllArguments, which could all be kinks.
  for (const double argument : AllArguments<double>()) arguments.push_back(argument + 0.0078125);
  const std::vector<double> values_at_arguments = Values(activation, arguments);
  const std::vector<double> derivatives = Gradients(activation, arguments, 1.0);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const double x = arguments[i];
    if (IsHuge(values_at_arguments[i])) continue;
    bool beside_kink = false;
    for (const double kink : kinks) beside_kink = beside_kink || std::fabs(x - kink) < 2e-3;
    if (beside_kink) continue;
    // One of these steps is small enough for the curvature and large enough for rounding errors.
    double best_difference = 0;
    double best_error = std::numeric_limits<double>::infinity();
    for (const double step : {1e-3, 1e-4, 1e-5, 1e-6}) {
      const std::vector<double> values = Values<double>(activation, {x - step, x + step});
      const double difference = (values[1] - values[0]) / (2 * step);
      const double error = std::fabs(derivatives[i] - difference);
      if (error < best_error) {
        best_error = error;
        best_difference = difference;
      }
    }
    if (!(best_error <= 1e-6 * (1 + std::fabs(derivatives[i])))) {
      return absl::InternalError(absl::StrCat("the derivative at ", x,
                                              " must be that of the function, got ", derivatives[i],
                                              ", finite differences say ", best_difference));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Multiplies(const Activation<T>& activation) {
  const std::vector<T> arguments = Arguments<T>();
  const std::vector<T> derivatives = Gradients(activation, arguments, T(1));
  for (const T upstream : {T(0), T(-2.5), T(1024)}) {
    const std::vector<T> gradients = Gradients(activation, arguments, upstream);
    for (size_t i = 0; i < arguments.size(); ++i) {
      const T expected = upstream * derivatives[i];
      if (std::fabs(gradients[i] - expected) <=
          4 * std::numeric_limits<T>::epsilon() * std::fabs(expected))
        continue;
      return absl::InternalError(
          absl::StrCat("a gradient of ", upstream, " must be multiplied by the derivative ",
                       derivatives[i], " at ", arguments[i], ", got ", gradients[i]));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status NegativeSlope(const Activation<T>& activation) {
  const std::optional<T> slope = activation.negative_slope();
  if (!slope.has_value()) return absl::OkStatus();
  if (!(*slope >= 0))
    return absl::InternalError(absl::StrCat("negative_slope() must be >= 0, got ", *slope));
  const std::vector<T> arguments = Arguments<T>();
  const std::vector<T> values = Values(activation, arguments);
  const std::vector<T> derivatives = Gradients(activation, arguments, T(1));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const T x = arguments[i];
    const T expected = x > 0 ? x : *slope * x;
    const T expected_derivative = x > 0 ? T(1) : *slope;
    if (values[i] != expected) {
      return absl::InternalError(absl::StrCat("with negative_slope() ", *slope, " the value at ", x,
                                              " must be ", expected, ", got ", values[i]));
    }
    if (derivatives[i] != expected_derivative) {
      return absl::InternalError(absl::StrCat("with negative_slope() ", *slope,
                                              " the derivative at ", x, " must be ",
                                              expected_derivative, ", got ", derivatives[i]));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Odd(const Activation<T>& activation) {
  const std::vector<T> arguments = Arguments<T>();
  const std::vector<T> values = Values(activation, arguments);
  // The arguments are symmetric: the last is minus the first.
  for (size_t i = 0; i < values.size(); ++i) {
    const T mirrored = -values[values.size() - 1 - i];
    if (std::fabs(values[i] - mirrored) <=
        8 * std::numeric_limits<T>::epsilon() * (1 + std::fabs(values[i]))) {
      continue;
    }
    if (!activation.is_odd()) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("is_odd() must be false, the value at ", arguments[i],
                                            " is ", values[i], ", and at ", -arguments[i], " ",
                                            -mirrored));
  }
  if (activation.is_odd()) return absl::OkStatus();
  return absl::InternalError(
      "is_odd() must be true, since f(-x) = -f(x) for all x that were looked at: metrics would "
      "take a student node that learned a teacher node with the other sign for one that did not");
}

template <class T>
absl::Status Concurrent(const Activation<T>& activation) {
  const auto caller = [&activation](std::vector<T> arguments) {
    const std::vector<T> values = Values(activation, arguments);
    const std::vector<T> gradients = Gradients(activation, arguments, T(1));
    return [&activation, arguments, values, gradients]() -> absl::Status {
      const std::vector<T> again = Values(activation, arguments);
      std::vector<T> gradients_again(arguments.size(), T(1));
      activation.MultiplyByDerivative(arguments, values, absl::MakeSpan(gradients_again));
      for (size_t i = 0; i < arguments.size(); ++i) {
        const bool same_value = std::memcmp(&again[i], &values[i], sizeof(T)) == 0;
        if (same_value && std::memcmp(&gradients_again[i], &gradients[i], sizeof(T)) == 0) continue;
        return absl::InternalError(absl::StrCat(
            "the ", same_value ? "derivative" : "value", " at ", arguments[i],
            " must be the same while another thread uses the activation, got ",
            same_value ? gradients_again[i] : again[i], " for ",
            same_value ? gradients[i] : values[i], "; do const methods share a buffer?"));
      }
      return absl::OkStatus();
    };
  };
  const std::vector<T> arguments = Arguments<T>();
  return CallConcurrently(caller(arguments),
                          caller(std::vector<T>(arguments.rbegin(), arguments.rend())));
}

// Compares results at `arguments`, which both precisions hold exactly. Allows for the rounding of an
// argument within the function, to which functions that vary rapidly are sensitive.
template <class Function>
absl::Status ClosePrecisions(absl::string_view what, const std::vector<float>& in_float,
                             const std::vector<double>& arguments, Function in_double) {
  constexpr double kArgumentRounding = 1e-6;
  const auto at = [&](double factor) {
    std::vector<double> scaled = arguments;
    for (double& argument : scaled) argument *= factor;
    return in_double(scaled);
  };
  const std::vector<double> expected = at(1);
  const std::vector<double> below = at(1 - kArgumentRounding);
  const std::vector<double> above = at(1 + kArgumentRounding);
  for (size_t i = 0; i < arguments.size(); ++i) {
    // Float's range ends here; "far" checks what lies beyond.
    if (std::fabs(expected[i]) > std::numeric_limits<float>::max() / 2) continue;
    const double tolerance = 1e-5 * (1 + std::fabs(expected[i])) +
                             std::fabs(above[i] - expected[i]) + std::fabs(below[i] - expected[i]);
    if (std::fabs(in_float[i] - expected[i]) <= tolerance) continue;
    return absl::InternalError(absl::StrCat(what, " in float must be close to that in double, got ",
                                            in_float[i], " for ", expected[i], " at ",
                                            arguments[i]));
  }
  return absl::OkStatus();
}

absl::Status Precisions(const Activation<float>& in_float, const Activation<double>& in_double) {
  const std::vector<double> arguments = AllArguments<double>();
  DIDACT_RETURN_IF_ERROR(
      ClosePrecisions("the value", Values(in_float, AllArguments<float>()), arguments,
                      [&](const std::vector<double>& at) { return Values(in_double, at); }));
  return ClosePrecisions(
      "the derivative", Gradients(in_float, AllArguments<float>(), 1.0f), arguments,
      [&](const std::vector<double>& at) { return Gradients(in_double, at, 1.0); });
}

}  // namespace

void CheckActivation(const PluginRegistry& registry, const google::protobuf::Any& config,
                     CheckList& checks) {
  const Maker<Activation> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const std::unique_ptr<Activation<float>> in_float = maker.Make<float>().value();
  const std::unique_ptr<Activation<double>> in_double = maker.Make<double>().value();
  const auto both = [&](absl::string_view name, auto check) {
    RunOnBoth(checks, name, *in_float, *in_double, check);
  };
  both("any_split", [](const auto& activation) { return AnySplit(activation); });
  if (!checks.last_failed()) {
    both("concurrent", [](const auto& activation) { return Concurrent(activation); });
  }
  both("in_place", [](const auto& activation) { return InPlace(activation); });
  both("nan", [](const auto& activation) { return Nan(activation); });
  both("far", [](const auto& activation) { return Far(activation); });
  checks.Run("derivative", [&] { return Derivative(*in_double); });
  both("multiplies", [](const auto& activation) { return Multiplies(activation); });
  both("negative_slope", [](const auto& activation) { return NegativeSlope(activation); });
  both("odd", [](const auto& activation) { return Odd(activation); });
  checks.Run("precisions", [&] { return Precisions(*in_float, *in_double); });
}

}  // namespace didact
