// SHA-256 (FIPS 180-4), which identifies files independently of their path.

#ifndef DIDACT_FRAMEWORK_BASE_SHA256_H_
#define DIDACT_FRAMEWORK_BASE_SHA256_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace didact {

// The SHA-256 of `bytes` as 64 lower-case hexadecimal digits, as sha256sum prints it. Safe to call
// from several threads. Errors: INTERNAL when OpenSSL cannot compute it.
absl::StatusOr<std::string> Sha256(absl::string_view bytes);

// Computes the SHA-256 of bytes that arrive piece by piece. Threads: one at a time.
class Sha256Stream {
 public:
  Sha256Stream();

  void Add(absl::string_view bytes);

  // Returns the hash of all bytes added, in the form of Sha256. Nothing may be added afterwards.
  // Errors: INTERNAL when OpenSSL cannot compute it.
  absl::StatusOr<std::string> Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool ok_;  // false once a call of OpenSSL has failed
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_BASE_SHA256_H_
