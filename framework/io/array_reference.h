// `file.npz:array`: how a config names one array of a file.

#ifndef DIDACT_FRAMEWORK_IO_ARRAY_REFERENCE_H_
#define DIDACT_FRAMEWORK_IO_ARRAY_REFERENCE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/base/field_path.h"
#include "framework/io/file.h"
#include "framework/io/npy.h"

namespace didact {

// A file and the array in it that is meant.
struct ArrayReference {
  std::string path;
  std::string array;  // empty: the file is a plain .npy, which holds one array

  // As it was written: `path:array` or `path`.
  std::string ToString() const;
};

// Splits `f.npz:a` at the colon behind `.npz`, or, for other names, at the last colon. A text that
// ends in `.npy` is a path whole. INVALID_ARGUMENT for an empty path or an empty array name after a
// colon.
absl::StatusOr<ArrayReference> ParseArrayReference(absl::string_view text);

// Reads the array. A relative path is taken from the working directory: a caller with a config's
// directory joins it to `reference.path` first (JoinPath). Errors as ReadNpyFile and NpzReader have
// them, and INVALID_ARGUMENT for an .npz file without an array's name (`f.npz: no array is named;
// write f.npz:NAME; the file has: a, b`).
absl::StatusOr<NpyArray> LoadArray(const ArrayReference& reference,
                                   int64_t max_bytes = kDefaultMaxFileBytes);

// Reads the array that a config's field names by `text`, e.g. `f.npz:a`. Errors, those of the two
// functions above, begin with `field`.
absl::StatusOr<NpyArray> LoadArray(absl::string_view text, const FieldPath& field);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_ARRAY_REFERENCE_H_
