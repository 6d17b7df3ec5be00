#include "didact/framework/export/trial_arrays.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/file.h"
#include "didact/framework/io/npz.h"
#include "didact/framework/results/trial_directory.h"

namespace didact {
namespace {

constexpr int64_t kElementBytes = 8;

template <class T>
std::string BytesOf(T number) {
  static_assert(sizeof(T) == kElementBytes && std::endian::native == std::endian::little);
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &number, sizeof(T));
  return bytes;
}

std::string Filled(const SharedArray& array) {
  const absl::string_view fill = FillElement(array.element);
  std::string elements;
  elements.reserve(static_cast<size_t>(array.size() * kElementBytes));
  for (int64_t i = 0; i < array.size(); ++i) elements.append(fill.data(), fill.size());
  return elements;
}

// Returns true if an array of these extents is small enough to be held in memory.
bool IsModest(absl::Span<const int64_t> extents) {
  constexpr int64_t kMostElements = int64_t{1} << 26;
  int64_t size = 1;
  for (const int64_t extent : extents) {
    if (__builtin_mul_overflow(size, extent, &size) || size > kMostElements) return false;
  }
  return true;
}

bool Fits(const NpyArray& array, const SharedArray& shared) {
  if (array.element != shared.element || array.shape.size() != shared.extents.size()) return false;
  for (size_t d = 0; d < array.shape.size(); ++d) {
    if (array.shape[d] > shared.extents[d]) return false;
  }
  return true;
}

}  // namespace

absl::string_view FillElement(NpyElement element) {
  static const std::string* const nan =
      new std::string(BytesOf(std::numeric_limits<double>::quiet_NaN()));
  static const std::string* const minus_one = new std::string(BytesOf(int64_t{-1}));
  return element == NpyElement::kFloat64 ? *nan : *minus_one;
}

int64_t SharedArray::size() const {
  int64_t size = 1;
  for (const int64_t extent : extents) size *= extent;
  return size;
}

std::string Padded(const NpyArray& array, absl::Span<const int64_t> extents) {
  if (absl::MakeConstSpan(array.shape) == extents) return array.bytes;
  std::string elements = Filled({"", array.element, {extents.begin(), extents.end()}});
  if (array.size() == 0) return elements;
  // Copies whole rows of the last dimension; there is one, or the shapes were equal.
  const size_t rank = extents.size();
  const int64_t row = array.shape[rank - 1];
  std::vector<int64_t> index(rank, 0);
  for (int64_t from = 0; from < array.size(); from += row) {
    int64_t to = 0;
    for (size_t d = 0; d < rank; ++d) to = to * extents[d] + index[d];
    std::memcpy(elements.data() + to * kElementBytes, array.bytes.data() + from * kElementBytes,
                static_cast<size_t>(row * kElementBytes));
    for (size_t d = rank - 1; d-- > 0;) {
      if (++index[d] < array.shape[d]) break;
      index[d] = 0;
    }
  }
  return elements;
}

absl::Status TrialArrays::Look(const ResultExperiment& experiment, int64_t trial,
                               MetricFilter& filter) {
  const std::string folder = experiment.Trial(trial).ArraysPath();
  if (!PathExists(folder)) return absl::OkStatus();
  DIDACT_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListDirectory(folder));
  for (const std::string& name : names) {
    const std::optional<int64_t> epoch = EpochOfFile(name);
    if (!epoch) continue;
    DIDACT_RETURN_IF_ERROR(LookAt(JoinPath(folder, name), filter));
    epochs_.insert(*epoch);
  }
  return absl::OkStatus();
}

absl::Status TrialArrays::LookAt(const std::string& path, MetricFilter& filter) {
  DIDACT_ASSIGN_OR_RETURN(const NpzReader archive, NpzReader::Open(path));
  for (const std::string& name : archive.names()) {
    if (!filter.Accepts(name)) continue;
    DIDACT_ASSIGN_OR_RETURN(const NpyArray array, archive.Read(name));
    if (array.element != NpyElement::kFloat64 && array.element != NpyElement::kInt64) {
      return array.Invalid(absl::StrCat("has element type ", NpyElementName(array.element),
                                        ", expected float64 or int64"));
    }
    const auto [place, is_new] = places_.try_emplace(name, arrays_.size());
    if (is_new) arrays_.push_back({name, array.element, array.shape});
    SharedArray& shared = arrays_[place->second];
    if (array.element != shared.element || array.shape.size() != shared.extents.size()) {
      return array.Invalid(absl::StrCat("is ", NpyElementName(array.element), " of ", array.rank(),
                                        " dimensions, but ", NpyElementName(shared.element), " of ",
                                        shared.extents.size(), " in trials before"));
    }
    std::vector<int64_t> extents = shared.extents;
    for (size_t d = 0; d < extents.size(); ++d) extents[d] = std::max(extents[d], array.shape[d]);
    // An array that is long in one dimension here and in another there is not the work of a metric.
    if (extents != array.shape && extents != shared.extents && !IsModest(extents)) {
      return array.Invalid(absl::StrCat("its shape ", array.ShapeString(),
                                        " goes too far beyond those of trials before"));
    }
    shared.extents = std::move(extents);
  }
  return absl::OkStatus();
}

absl::Status TrialArrays::Read(
    const ResultExperiment& experiment, int64_t trial, bool is_whole,
    absl::FunctionRef<absl::Status(size_t array, absl::string_view elements)> append) const {
  const TrialDirectory directory = experiment.Trial(trial);
  for (const int64_t epoch : epochs_) {
    const std::string path = directory.ArraysPath(epoch);
    absl::StatusOr<NpzReader> archive = NpzReader::Open(path);
    if (!archive.ok() && is_whole && !absl::IsNotFound(archive.status())) return archive.status();
    for (size_t a = 0; a < arrays_.size(); ++a) {
      const SharedArray& shared = arrays_[a];
      if (!archive.ok() || !archive->Has(shared.name)) {
        DIDACT_RETURN_IF_ERROR(append(a, Filled(shared)));
        continue;
      }
      const absl::StatusOr<NpyArray> array = archive->Read(shared.name);
      if (!array.ok() && is_whole) return array.status();
      const bool fits = array.ok() && Fits(*array, shared);
      if (!fits && is_whole) return array->Invalid("was changed while it was exported");
      DIDACT_RETURN_IF_ERROR(append(a, fits ? Padded(*array, shared.extents) : Filled(shared)));
    }
  }
  return absl::OkStatus();
}

}  // namespace didact
