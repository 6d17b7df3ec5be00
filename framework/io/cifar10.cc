#include "didact/framework/io/cifar10.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/growing_read.h"
#include "didact/framework/io/gzip.h"

namespace didact {
namespace {

absl::Status ErrorAt(const GzipReader& reader, int64_t offset, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(reader.name(), ": byte ", offset, ": ", problem));
}

absl::Status CheckLength(const GzipReader& reader, int64_t length) {
  if (length == 0) {
    return ErrorAt(reader, 0,
                   absl::StrCat("the file is empty, expected records of ", kCifar10RecordBytes,
                                " bytes (the binary version of CIFAR-10)"));
  }
  const int64_t rest = length % kCifar10RecordBytes;
  if (rest == 0) return absl::OkStatus();
  return ErrorAt(reader, length,
                 absl::StrCat("the file ends ", rest, " bytes behind the beginning of record ",
                              length / kCifar10RecordBytes, ", expected records of ",
                              kCifar10RecordBytes, " bytes (the binary version of CIFAR-10)"));
}

absl::Status CheckLabels(const GzipReader& reader, const Cifar10Records& records) {
  for (int64_t i = 0; i < records.size(); ++i) {
    if (records.label(i) < kCifar10Classes) continue;
    return ErrorAt(reader, i * kCifar10RecordBytes,
                   absl::StrCat("the class of record ", i, " must be < ", kCifar10Classes, ", got ",
                                records.label(i)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Cifar10Records> ReadFrom(GzipReader& reader, int64_t max_bytes) {
  Cifar10Records records;
  const auto read_some = [&reader](char* buffer, int64_t size) {
    return reader.Read(buffer, size);
  };
  DIDACT_ASSIGN_OR_RETURN(const StreamEnd end,
                          ReadGrowing(reader.name(), read_some, 0, max_bytes, records.bytes));
  if (end == StreamEnd::kOverLimit) {
    return absl::OutOfRangeError(absl::StrCat(reader.name(), ": has more than the ", max_bytes,
                                              " bytes allowed",
                                              reader.compressed() ? " when inflated" : ""));
  }
  DIDACT_RETURN_IF_ERROR(CheckLength(reader, static_cast<int64_t>(records.bytes.size())));
  DIDACT_RETURN_IF_ERROR(CheckLabels(reader, records));
  return records;
}

}  // namespace

absl::StatusOr<Cifar10Records> ReadCifar10(const std::string& path, int64_t max_bytes) {
  DIDACT_ASSIGN_OR_RETURN(GzipReader reader, GzipReader::Open(path));
  return ReadFrom(reader, max_bytes);
}

absl::StatusOr<Cifar10Records> ParseCifar10(std::string bytes, std::string name,
                                            int64_t max_bytes) {
  DIDACT_ASSIGN_OR_RETURN(GzipReader reader,
                          GzipReader::FromBytes(std::move(bytes), std::move(name)));
  return ReadFrom(reader, max_bytes);
}

}  // namespace didact
