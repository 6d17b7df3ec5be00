#include "didact/framework/io/file_kind.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace didact {
namespace {

struct Kind {
  absl::string_view head;
  absl::string_view description;
};

constexpr Kind kKinds[] = {
    {"\x1f\x8b", " (gzip data; decompress them with gunzip)"},
    {"PK\x03\x04", " (a zip archive, .npz?)"},
    {"PK\x05\x06", " (a zip archive without members)"},
    {"\x93NUMPY", " (an array of NumPy, .npy?)"},
    {"BZh", " (bzip2 data; decompress them with bunzip2)"},
    {"\xfd"
     "7zXZ",
     " (xz data; decompress them with unxz)"},
    {"\x28\xb5\x2f\xfd", " (zstd data; decompress them with unzstd)"},
    {"\x89HDF", " (HDF5; save its arrays with numpy.save)"},
    {"\x89PNG", " (a PNG image; save its pixels with numpy.save)"},
    {"\xff\xd8\xff", " (a JPEG image; save its pixels with numpy.save)"},
    {"version https://git-lfs", " (a pointer of Git LFS; 'git lfs pull' gets the file itself)"},
    {"\x80\x02", " (a pickle of Python; save its arrays with numpy.save)"},
    {"\x80\x03", " (a pickle of Python; save its arrays with numpy.save)"},
    {"\x80\x04", " (a pickle of Python; save its arrays with numpy.save)"},
    {"\x80\x05", " (a pickle of Python; save its arrays with numpy.save)"},
};

}  // namespace

absl::string_view KindOfFile(absl::string_view head) {
  for (const Kind& kind : kKinds) {
    if (absl::StartsWith(head, kind.head)) return kind.description;
  }
  if (absl::StartsWith(head, "\xef\xbb\xbf")) head.remove_prefix(3);
  head = absl::StripLeadingAsciiWhitespace(head);
  for (const absl::string_view begin : {"<!doctype html", "<html", "<head", "<?xml"}) {
    if (absl::StartsWithIgnoreCase(head, begin)) {
      return " (a web page, perhaps the message of a server; download the file again)";
    }
  }
  return "";
}

}  // namespace didact
