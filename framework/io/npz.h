// Named arrays in one file: NumPy's .npz, a zip archive of .npy files.

#ifndef DIDACT_FRAMEWORK_IO_NPZ_H_
#define DIDACT_FRAMEWORK_IO_NPZ_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/any_array_view.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"

namespace didact {

// Reads arrays from an .npz archive, stored (numpy.savez) or deflated (numpy.savez_compressed).
// Opening reads only the archive's directory; Read reads one array.
//
// Errors: INVALID_ARGUMENT for a bad archive, NOT_FOUND for a missing file or array, OUT_OF_RANGE
// for more bytes than the limit. Each begins with the file's name, `f.npz: ` or `f.npz: array "x":
// `. A member that inflates to more bytes than its directory entry says, or whose checksum is
// wrong, is refused.
// Memory: grows with the data read or inflated, whatever sizes the archive's headers claim.
// Threads: one at a time.
class NpzReader {
 public:
  // Opens a file and keeps it open.
  static absl::StatusOr<NpzReader> Open(const std::string& path);

  // Reads an archive held in memory; `name` stands for its path in errors.
  static absl::StatusOr<NpzReader> FromBytes(std::string bytes, std::string name);

  NpzReader(NpzReader&&) noexcept;
  NpzReader& operator=(NpzReader&&) noexcept;
  ~NpzReader();

  std::string path() const;

  // Names of the arrays without `.npy`, in the order of the archive. Members that are not .npy
  // files are left out.
  std::vector<std::string> names() const;

  bool Has(absl::string_view name) const;

  // The names for messages: "a, b, c" (the first hundred), or "none".
  std::string NameList() const;

  // Returns the array `name` (without `.npy`); its `origin` is `path: array "name"`. Errors:
  // NOT_FOUND, with the names in the file; OUT_OF_RANGE if the member has more than `max_bytes`
  // uncompressed.
  absl::StatusOr<NpyArray> Read(absl::string_view name,
                                int64_t max_bytes = kDefaultMaxFileBytes) const;

 private:
  struct Archive;
  explicit NpzReader(std::unique_ptr<Archive> archive);

  std::unique_ptr<Archive> archive_;
};

// An array and its name in an archive, without `.npy`.
struct NamedArray {
  std::string name;
  NpyArray array;
};

// Returns copies of arrays that other objects own.
std::vector<NamedArray> CopyArrays(absl::Span<const NamedArrayView> arrays);

// Returns the .npz archive of `arrays` in the order given. Members are stored uncompressed and
// dated 1980-01-01, so that equal arrays give equal bytes. Errors: INVALID_ARGUMENT for an empty or
// repeated name, or an array that SerializeNpy refuses.
absl::StatusOr<std::string> SerializeNpz(absl::Span<const NamedArray> arrays);

// Writes SerializeNpz to a file, atomically (WriteFileAtomically). Errors begin with the path.
absl::Status WriteNpz(const std::string& path, absl::Span<const NamedArray> arrays);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_NPZ_H_
