// An error object of libzip that cleans up after itself.

#ifndef DIDACT_FRAMEWORK_IO_ZIP_ERROR_H_
#define DIDACT_FRAMEWORK_IO_ZIP_ERROR_H_

#include <zip.h>

#include <string>

namespace didact {

// Ownership: owns what libzip attaches to the error. Threads: one at a time.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  // The error with a code that zip_open returned.
  explicit ZipError(int code) { zip_error_init_with_code(&error_, code); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  ~ZipError() { zip_error_fini(&error_); }

  // For a function of libzip to fill in.
  zip_error_t* get() { return &error_; }

  // libzip's words for it.
  std::string Message() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_ZIP_ERROR_H_
