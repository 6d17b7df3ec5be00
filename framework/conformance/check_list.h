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

// Follows checks as they run, so that a program can say which one was running if a plugin ends the
// process.
class CheckObserver {
 public:
  virtual ~CheckObserver() = default;

  // Called before the plugin runs.
  virtual void Begin(absl::string_view name) = 0;
  virtual void End(const ConformanceCheck& check) = 0;
};

// Runs `check`, a function without arguments that returns an absl::Status. A plugin that throws has
// failed.
template <class Check>
absl::Status StatusOfCheck(const Check& check) {
  try {
    return check();
  } catch (...) {
    return absl::InternalError(absl::StrCat("must not throw, threw: ", CaughtWords()));
  }
}

// A list of results. A value, for one thread at a time.
class CheckList {
 public:
  CheckList() = default;
  // `observer` must outlive the list; null if there is none.
  explicit CheckList(CheckObserver* observer) : observer_(observer) {}

  // Sets the config that the following checks report.
  void set_config(std::string config) { config_ = std::move(config); }

  // Runs `check`, a function without arguments that returns an absl::Status, and records the
  // result. A plugin that throws has failed.
  template <class Check>
  void Run(absl::string_view name, Check check) {
    if (observer_ != nullptr) observer_->Begin(name);
    Add(name, StatusOfCheck(check));
  }

  // Runs `checks`, a function without arguments that adds to this list. If the plugin throws
  // between two checks, a failed check called `name` replaces those that follow.
  template <class Checks>
  void RunAll(absl::string_view name, Checks checks) {
    absl::Status status = StatusOfCheck([&checks] {
      checks();
      return absl::OkStatus();
    });
    if (!status.ok()) Run(name, [&status] { return status; });
  }

  // True if the last check failed.
  bool last_failed() const { return !checks_.empty() && !checks_.back().status.ok(); }

  std::vector<ConformanceCheck> Take() { return std::move(checks_); }

 private:
  void Add(absl::string_view name, absl::Status status) {
    checks_.push_back({std::string(name), config_, std::move(status)});
    if (observer_ != nullptr) observer_->End(checks_.back());
  }

  CheckObserver* observer_ = nullptr;
  std::string config_;
  std::vector<ConformanceCheck> checks_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_CONFORMANCE_CHECK_LIST_H_
