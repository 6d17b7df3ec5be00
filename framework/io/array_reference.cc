#include "didact/framework/io/array_reference.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/npz.h"

namespace didact {

std::string ArrayReference::ToString() const {
  return array.empty() ? path : absl::StrCat(path, ":", array);
}

absl::StatusOr<ArrayReference> ParseArrayReference(absl::string_view text) {
  constexpr absl::string_view kArchive = ".npz:";
  size_t colon = absl::string_view::npos;
  if (const size_t archive = text.find(kArchive); archive != absl::string_view::npos) {
    colon = archive + kArchive.size() - 1;
  } else if (!absl::EndsWith(text, ".npy")) {
    colon = text.rfind(':');
  }
  ArrayReference reference{std::string(text.substr(0, colon)), ""};
  if (colon != absl::string_view::npos) reference.array = std::string(text.substr(colon + 1));
  const bool array_missing = colon != absl::string_view::npos && reference.array.empty();
  if (reference.path.empty() || array_missing) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be FILE.npz:ARRAY or FILE.npy, got \"", text, "\""));
  }
  return reference;
}

absl::StatusOr<NpyArray> LoadArray(const ArrayReference& reference, int64_t max_bytes) {
  const bool archive = absl::EndsWith(reference.path, ".npz");
  if (reference.array.empty() && !archive) return ReadNpyFile(reference.path, max_bytes);
  DIDACT_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(reference.path));
  if (!reference.array.empty()) return reader.Read(reference.array, max_bytes);
  return absl::InvalidArgumentError(absl::StrCat(reference.path, ": no array is named; write ",
                                                 BaseName(reference.path),
                                                 ":NAME; the file has: ", reader.NameList()));
}

absl::StatusOr<NpyArray> LoadArray(absl::string_view text, const FieldPath& field) {
  const absl::StatusOr<ArrayReference> reference = ParseArrayReference(text);
  if (!reference.ok()) return AnnotateWithPath(reference.status(), field);
  absl::StatusOr<NpyArray> array = LoadArray(*reference);
  if (!array.ok()) return AnnotateWithPath(array.status(), field);
  return array;
}

}  // namespace didact
