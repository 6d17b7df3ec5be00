// Named arrays in one file: NumPy's .npz, a zip archive of .npy members.

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
#include "framework/base/any_array_view.h"
#include "framework/io/file.h"
#include "framework/io/npy.h"

namespace didact {

// Reads arrays from an .npz archive, stored (numpy.savez) or deflated (numpy.savez_compressed).
// Only the archive's directory is read at first, an array when it is asked for.
//
// Errors: INVALID_ARGUMENT for a bad archive, NOT_FOUND for a missing file or array, OUT_OF_RANGE
// for a limit. Each begins with the file's name, `f.npz: ` or `f.npz: array "x": `. A member that
// inflates to more than its directory entry says, or whose checksum is wrong, is refused. Memory:
// grows with the data really read or inflated, whatever sizes the archive's headers claim. Threads:
// one at a time.
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

  // The arrays' names without `.npy`, in the order of the archive. Members that are no .npy files
  // are left out.
  std::vector<std::string> names() const;

  bool Has(absl::string_view name) const;

  // The names as messages list them: "a, b, c", the first hundred, or "none".
  std::string NameList() const;

  // The array `name` (without `.npy`), its `origin` set to `path: array "name"`. NOT_FOUND lists
  // what there is. OUT_OF_RANGE when the member has more than `max_bytes` uncompressed.
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

// Copies of arrays that other objects own.
std::vector<NamedArray> CopyArrays(absl::Span<const NamedArrayView> arrays);

// The .npz archive of `arrays` in the order given: members stored, dated 1980-01-01, so that the
// same arrays make the same bytes. INVALID_ARGUMENT for an empty or repeated name, or for an array
// that SerializeNpy refuses.
absl::StatusOr<std::string> SerializeNpz(absl::Span<const NamedArray> arrays);

// SerializeNpz into a file, atomically (WriteFileAtomically). Errors begin with the path.
absl::Status WriteNpz(const std::string& path, absl::Span<const NamedArray> arrays);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_NPZ_H_
