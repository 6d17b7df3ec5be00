// Collects the results of named checks.

#ifndef DIDACT_FRAMEWORK_CONFORMANCE_CHECK_LIST_H_
#define DIDACT_FRAMEWORK_CONFORMANCE_CHECK_LIST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/plugin/exception_status.h"

namespace didact {

// The result of one check: OK, or what was found instead.
struct ConformanceCheck {
  std::string name;    // e.g. "derivative"; the same for all plugins of a kind
  std::string config;  // the plugin's config in text format
  absl::Status status;
};

// A list of results. A value, for one thread at a time.
class CheckList {
 public:
  // Sets the config that the following checks report.
  void set_config(std::string config) { config_ = std::move(config); }

  // Runs `check`, a function without arguments that returns an absl::Status, and records the
  // result. A plugin that throws has failed.
  template <class Check>
  void Run(absl::string_view name, Check check) {
    Add(name, StatusOf(check));
  }

  // Runs `checks`, a function without arguments that adds to this list. If the plugin throws
  // between two checks, a failed check called `name` replaces those that follow.
  template <class Checks>
  void RunAll(absl::string_view name, Checks checks) {
    absl::Status status = StatusOf([&checks] {
      checks();
      return absl::OkStatus();
    });
    if (!status.ok()) Add(name, std::move(status));
  }

  // True if the last check failed.
  bool last_failed() const { return !checks_.empty() && !checks_.back().status.ok(); }

  std::vector<ConformanceCheck> Take() { return std::move(checks_); }

 private:
  template <class Check>
  static absl::Status StatusOf(const Check& check) {
    try {
      return check();
    } catch (...) {
      return absl::InternalError(absl::StrCat("must not throw, threw: ", CaughtWords()));
    }
  }

  void Add(absl::string_view name, absl::Status status) {
    checks_.push_back({std::string(name), config_, std::move(status)});
  }

  std::string config_;
  std::vector<ConformanceCheck> checks_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_CHECK_LIST_H_
