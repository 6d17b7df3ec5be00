// Writes .npz archives that are larger than memory.

#ifndef DIDACT_FRAMEWORK_IO_NPZ_STREAM_WRITER_H_
#define DIDACT_FRAMEWORK_IO_NPZ_STREAM_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/io/output_file.h"
#include "didact/framework/io/zip_records.h"

namespace didact {

// An array whose shape is known before its elements.
struct StreamedArray {
  std::string name;  // without `.npy`
  NpyElement element = NpyElement::kFloat64;
  // If not 0, the elements are texts of at most this many characters, and `element` is ignored.
  int64_t characters = 0;
  std::vector<int64_t> shape;
};

// Returns an element of an array of texts as NumPy's `<U` has it: UTF-32, padded with zeros. A
// longer text is cut off. `text` is ASCII.
std::string NpyText(absl::string_view text, int64_t characters);

// Writes an archive whose arrays grow side by side: each has its own range of the file, so pieces
// of different arrays may arrive in any order. Members are stored, dated 1980-01-01; the 64-bit
// form of zip is used where sizes need it. The file appears when it is complete (OutputFile).
//
// Errors: begin with the path.
// Memory: buffers of 4 MiB, at least 4 KiB per array.
// Threads: one at a time.
class NpzStreamWriter {
 public:
  // Errors: INVALID_ARGUMENT for an empty or repeated name, or a shape that is negative or too
  // large for a file.
  static absl::StatusOr<NpzStreamWriter> Create(const std::string& path,
                                                const std::vector<StreamedArray>& arrays);

  // Appends elements to array number `array` (its index in the list given to Create): row-major,
  // little endian. OUT_OF_RANGE for more elements than its shape has.
  absl::Status Append(size_t array, absl::string_view elements);

  // Completes the file. FAILED_PRECONDITION if elements are missing. Nothing may be appended
  // afterwards.
  absl::Status Finish();

 private:
  struct Member {
    StoredZipMember zip;
    int64_t place = 0;  // offset in the archive of the next elements
    int64_t end = 0;    // offset of the end of the contents
    std::string buffer;
  };

  explicit NpzStreamWriter(OutputFile file) : file_(std::move(file)) {}

  absl::Status Write(Member& member);

  OutputFile file_;
  std::vector<Member> members_;
  size_t buffer_bytes_ = 0;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_NPZ_STREAM_WRITER_H_
