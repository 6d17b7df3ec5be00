// References to an array in a file, written `file.npz:array` in a config.

#ifndef DIDACT_FRAMEWORK_IO_ARRAY_REFERENCE_H_
#define DIDACT_FRAMEWORK_IO_ARRAY_REFERENCE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npy.h"

namespace didact {

// A path and the name of an array in that file.
struct ArrayReference {
  std::string path;
  std::string array;  // empty for a plain .npy file, which holds one array

  // The text form: `path:array` or `path`.
  std::string ToString() const;
};

// Splits `f.npz:a` at the colon after `.npz`, and any other text at its last colon. A text that
// ends in `.npy` is a path without a colon.
// Errors: INVALID_ARGUMENT for an empty path, or for an empty array name after a colon.
absl::StatusOr<ArrayReference> ParseArrayReference(absl::string_view text);

// Reads the array. A relative path starts at the working directory; join a config's directory to
// `reference.path` first (JoinPath).
// Errors: those of ReadNpyFile and NpzReader; INVALID_ARGUMENT for an .npz file without an array
// name (`f.npz: no array is named; write f.npz:NAME; the file has: a, b`).
absl::StatusOr<NpyArray> LoadArray(const ArrayReference& reference,
                                   int64_t max_bytes = kDefaultMaxFileBytes);

// Reads the array that the text of a config field refers to, e.g. `f.npz:a`. Errors: those of the
// two functions above, beginning with `field`.
absl::StatusOr<NpyArray> LoadArray(absl::string_view text, const FieldPath& field);

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_ARRAY_REFERENCE_H_
