// Builds plugins of one config repeatedly, and reports failures.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_BUILDING_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_BUILDING_H_

#include <memory>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/check_list.h"
#include "didact/framework/plugin/registry.h"
#include "google/protobuf/any.pb.h"

namespace didact {

template <class T>
inline constexpr absl::string_view kPrecisionName = std::is_same_v<T, float> ? "float" : "double";

// Makes plugins of an interface template, e.g. Activation, in either precision.
template <template <class> class Interface>
class Maker {
 public:
  // Both must outlive it.
  Maker(const PluginRegistry& registry, const google::protobuf::Any& config)
      : registry_(registry), config_(config) {}

  template <class T>
  absl::StatusOr<std::unique_ptr<Interface<T>>> Make() const {
    return registry_.Create<Interface<T>>(config_, FieldPath());
  }

 private:
  const PluginRegistry& registry_;
  const google::protobuf::Any& config_;
};

// Runs `check`, a function template over a tag value of type T that returns a status, for float and
// for double. A failure names the precision.
template <class Check>
absl::Status InBothPrecisions(Check check) {
  DIDACT_RETURN_IF_ERROR(Annotate(check(float{}), kPrecisionName<float>));
  return Annotate(check(double{}), kPrecisionName<double>);
}

// Adds the check `name`, which runs `check` on one plugin of each precision. A failure names the
// precision.
template <template <class> class Interface, class Check>
void RunOnBoth(CheckList& checks, absl::string_view name, const Interface<float>& in_float,
               const Interface<double>& in_double, Check check) {
  checks.Run(name, [&]() -> absl::Status {
    DIDACT_RETURN_IF_ERROR(Annotate(check(in_float), kPrecisionName<float>));
    return Annotate(check(in_double), kPrecisionName<double>);
  });
}

// Adds the check "builds"; returns true if it passed.
template <template <class> class Interface>
bool Builds(const Maker<Interface>& maker, CheckList& checks) {
  checks.Run("builds", [&] {
    return InBothPrecisions(
        [&](auto tag) { return maker.template Make<decltype(tag)>().status(); });
  });
  return !checks.last_failed();
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_BUILDING_H_
