#include "didact/framework/training/failure_guard.h"

#include <new>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/problem.h"
#include "didact/framework/plugin/exception_status.h"

namespace didact {
namespace {

absl::Status StatusOfCaught() {
  try {
    throw;
  } catch (const PluginException& exception) {
    return exception.status();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("there is not enough memory");
  } catch (...) {
    return absl::InternalError(absl::StrCat("unexpected exception: ", CaughtWords()));
  }
}

}  // namespace

absl::Status FailureGuard::Refusal() const {
  return absl::FailedPreconditionError(absl::StrCat("the trial has failed: ", failure_.message()));
}

absl::Status FailureGuard::CaughtStatus() const {
  return AppendText(StatusOfCaught(),
                    absl::StrCat(" (experiment ", experiment_, ", seed ", seed_, ")"));
}

}  // namespace didact
