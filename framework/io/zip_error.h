// An error of libzip, with its description.

#ifndef DIDACT_FRAMEWORK_IO_ZIP_ERROR_H_
#define DIDACT_FRAMEWORK_IO_ZIP_ERROR_H_

#include <zip.h>

#include <string>

namespace didact {

// A zip_error_t that the destructor frees.
//
// Ownership: owns what libzip attaches to the error.
// Threads:   one at a time.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  // The error of a code that zip_open returned.
  explicit ZipError(int code) { zip_error_init_with_code(&error_, code); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  ~ZipError() { zip_error_fini(&error_); }

  // A pointer that functions of libzip fill in.
  zip_error_t* get() { return &error_; }

  // The description by libzip.
  std::string Message() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_ZIP_ERROR_H_
