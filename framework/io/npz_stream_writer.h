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
#include "framework/io/npy.h"
#include "framework/io/output_file.h"
#include "framework/io/zip_records.h"

namespace didact {

// An array whose shape is known before its elements are.
struct StreamedArray {
  std::string name;  // without `.npy`
  NpyElement element = NpyElement::kFloat64;
  // If not 0, elements are texts of at most so many characters, and `element` does not matter.
  int64_t characters = 0;
  std::vector<int64_t> shape;
};

// An element of an array of texts: UTF-32, filled up with zeros, as NumPy's `<U` has it. Of a text
// that is too long, its beginning. `text` is ASCII.
std::string NpyText(absl::string_view text, int64_t characters);

// The arrays lie in the archive one after another, each growing at its own place, so that pieces
// may come for one after the other in turn. Members are stored, dated 1980-01-01; the 64-bit form
// of zip is used where it is needed. The file appears when it is complete (OutputFile).
//
// Errors begin with the path. Memory: buffers of 4 MiB, at least 4 KiB per array. Threads: one at a
// time.
class NpzStreamWriter {
 public:
  // INVALID_ARGUMENT for an empty or repeated name, or a shape that is negative or too large for a
  // file.
  static absl::StatusOr<NpzStreamWriter> Create(const std::string& path,
                                                const std::vector<StreamedArray>& arrays);

  // The next elements of array number `array`: row-major, little endian. OUT_OF_RANGE when there
  // are more than its shape says.
  absl::Status Append(size_t array, absl::string_view elements);

  // FAILED_PRECONDITION when elements are missing. Nothing may be appended afterwards.
  absl::Status Finish();

 private:
  struct Member {
    StoredZipMember zip;
    int64_t place = 0;  // in the archive, of what comes next
    int64_t end = 0;    // of the contents
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
