// Checks of activations:
//
//   builds           in both precisions
//   any_split        values and derivatives have the same bits however a span is split, and nothing
//                    else is written
//   in_place         input and output may be the same memory
//   nan              a NaN gives NaN, and no other element does
//   derivative       agrees with central differences in double, away from the kinks
//   multiplies       MultiplyByDerivative multiplies the gradient and does not overwrite it
//   negative_slope   the function is the piecewise linear one with the slope of negative_slope()
//   odd              f(-x) = -f(x) if and only if is_odd() is true
//   precisions       float and double agree to float's precision

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
absl::Status Nan(const Activation<T>& activation) {
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

absl::Status Derivative(const Activation<double>& activation) {
  const std::vector<double> kinks = activation.kinks();
  std::vector<double> arguments;
  // These arguments lie between those of Arguments, which could all be kinks.
  for (const double argument : Arguments<double>()) arguments.push_back(argument + 0.0078125);
  const std::vector<double> derivatives = Gradients(activation, arguments, 1.0);
  for (size_t i = 0; i < arguments.size(); ++i) {
    const double x = arguments[i];
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

absl::Status Precisions(const Activation<float>& in_float, const Activation<double>& in_double) {
  const std::vector<double> arguments = Arguments<double>();
  const std::vector<float> values = Values(in_float, Arguments<float>());
  const std::vector<double> expected = Values(in_double, arguments);
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (std::fabs(values[i] - expected[i]) <= 1e-5 * (1 + std::fabs(expected[i]))) continue;
    return absl::InternalError(absl::StrCat("float must be close to double, got ", values[i],
                                            " for ", expected[i], " at ", arguments[i]));
  }
  return absl::OkStatus();
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
  both("in_place", [](const auto& activation) { return InPlace(activation); });
  both("nan", [](const auto& activation) { return Nan(activation); });
  checks.Run("derivative", [&] { return Derivative(*in_double); });
  both("multiplies", [](const auto& activation) { return Multiplies(activation); });
  both("negative_slope", [](const auto& activation) { return NegativeSlope(activation); });
  both("odd", [](const auto& activation) { return Odd(activation); });
  checks.Run("precisions", [&] { return Precisions(*in_float, *in_double); });
}

}  // namespace didact
