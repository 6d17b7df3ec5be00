// SHA-256 (FIPS 180-4), by which files are recognised wherever they lie.

#ifndef DIDACT_FRAMEWORK_BASE_SHA256_H_
#define DIDACT_FRAMEWORK_BASE_SHA256_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace didact {

// The SHA-256 of `bytes` as 64 lower-case hexadecimal digits, as sha256sum prints it. Safe to call
// from several threads. Errors: INTERNAL when OpenSSL cannot compute it.
absl::StatusOr<std::string> Sha256(absl::string_view bytes);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_SHA256_H_
