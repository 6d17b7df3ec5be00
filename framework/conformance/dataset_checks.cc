// Checks of data sets:
//
//   builds          in both precisions
//   prepares        with the sample teacher, which has as many inputs as a sample has features; the
//                   data set has samples, of 1 or 3 dimensions
//   without_teacher
//                   without a teacher, Prepare succeeds or returns INVALID_ARGUMENT
//   config_size     SizeFromConfig states what size() and sample_shape() return before Prepare
//   deterministic   two data sets of one config and one stream of random numbers have the same
//                   samples
//   any_order       sample i is the same in whatever order the set is read: at once, one by one
//                   from the end, in parts
//   own_rows        reading writes the requested rows and nothing else; their numbers are finite
//   labels          classes are >= 0 and the same in whatever order they are read
//   targets         are finite and the same in whatever order they are read; nothing else is
//                   written
//   concurrent      two threads read the bits that each of them would read alone
//   precisions      float and double agree to float's precision, also in size, shape, labels and
//                   targets
//
// Only the first and the last samples of a long data set are read.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/conformance/sample_network.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/dataset_size.h"
#include "didact/framework/plugin/registry.h"

namespace didact {
namespace {

constexpr int64_t kMaxSamples = 97;
constexpr int64_t kMaxFeatures = int64_t{1} << 24;

// Samples [first, first + count) of a data set.
struct Range {
  int64_t first;
  int64_t count;
};

template <class T>
int64_t Features(const Dataset<T>& dataset) {
  int64_t features = 1;
  for (const int64_t extent : dataset.sample_shape()) features *= extent;
  return features;
}

// Returns the beginning of the data set and, if it is long, its end.
template <class T>
std::vector<Range> Ranges(const Dataset<T>& dataset) {
  const int64_t size = dataset.size();
  std::vector<Range> ranges = {{0, std::min(size, kMaxSamples)}};
  if (size > kMaxSamples)
    ranges.push_back({size - std::min(size - kMaxSamples, kMaxSamples),
                      std::min(size - kMaxSamples, kMaxSamples)});
  return ranges;
}

template <class T>
absl::StatusOr<std::unique_ptr<Dataset<T>>> Prepared(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(std::unique_ptr<Dataset<T>> dataset, maker.Make<T>());
  const std::vector<int64_t> shape = dataset->sample_shape();
  int64_t features = shape.size() == 1 || shape.size() == 3 ? 1 : 0;
  for (const int64_t extent : shape) {
    features = extent >= 1 && features <= kMaxFeatures / extent ? features * extent : 0;
  }
  if (features == 0) {
    return absl::InternalError(absl::StrCat(
        "sample_shape() must be [features] or [channels, rows, columns] before Prepare, got [",
        absl::StrJoin(shape, ", "), "]"));
  }
  std::vector<int64_t> sizes = TeacherSizes();
  sizes[0] = features;
  SampleNetwork<T> teacher(sizes);
  teacher.Randomize(RandomStream(1, "conformance"));
  // The teacher is valid only during the call.
  DIDACT_RETURN_IF_ERROR(Annotate(
      dataset->Prepare({RandomStream(2, "conformance"), teacher.const_weights()}), "Prepare"));
  if (dataset->size() < 1)
    return absl::InternalError(absl::StrCat("size() must be >= 1, got ", dataset->size()));
  if (dataset->sample_shape() != shape)
    return absl::InternalError("sample_shape() must not change in Prepare");
  return dataset;
}

template <class T>
absl::Status WithoutTeacher(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset<T>> dataset, maker.Make<T>());
  const absl::Status status = dataset->Prepare({RandomStream(2, "conformance"), {}});
  if (absl::IsInvalidArgument(status)) return absl::OkStatus();
  return Annotate(status, "Prepare without a teacher must succeed or return INVALID_ARGUMENT");
}

absl::Status ConfigSize(const Maker<Dataset>& maker, const PluginRegistry& registry,
                        const google::protobuf::Any& config) {
  DIDACT_ASSIGN_OR_RETURN(const PluginFactory* const factory,
                          registry.Find(Dataset<double>::kKind, config.type_url(), FieldPath()));
  const DatasetSize told = factory->SizeFromConfig(config, {registry, FieldPath()});
  DIDACT_ASSIGN_OR_RETURN(const auto dataset, maker.Make<double>());
  if (told.samples != 0 && told.samples != dataset->size()) {
    return absl::InternalError(absl::StrCat("SizeFromConfig must tell ", dataset->size(),
                                            " samples or nothing, got ", told.samples));
  }
  if (told.features != 0 && told.features != Features(*dataset)) {
    return absl::InternalError(absl::StrCat("SizeFromConfig must tell ", Features(*dataset),
                                            " features or nothing, got ", told.features));
  }
  return absl::OkStatus();
}

template <class T>
absl::StatusOr<GuardedMatrix<T>> Samples(const Dataset<T>& dataset, const Range& range) {
  GuardedMatrix<T> inputs(range.count, Features(dataset));
  DIDACT_RETURN_IF_ERROR(Annotate(dataset.Read(range.first, inputs.view()), "Read"));
  return inputs;
}

template <class T>
absl::Status Deterministic(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const auto first, Prepared<T>(maker));
  DIDACT_ASSIGN_OR_RETURN(const auto second, Prepared<T>(maker));
  if (first->size() != second->size()) {
    return absl::InternalError(
        absl::StrCat("size() must be the same for two data sets of one config, got ", first->size(),
                     " and ", second->size()));
  }
  for (const Range& range : Ranges(*first)) {
    DIDACT_ASSIGN_OR_RETURN(const auto inputs, Samples(*first, range));
    DIDACT_ASSIGN_OR_RETURN(const auto others, Samples(*second, range));
    DIDACT_RETURN_IF_ERROR(
        CheckSameBits(inputs, others, "the samples of two data sets of one config"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status AnyOrder(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const auto dataset, Prepared<T>(maker));
  for (const Range& range : Ranges(*dataset)) {
    DIDACT_ASSIGN_OR_RETURN(const GuardedMatrix<T> expected, Samples(*dataset, range));
    GuardedMatrix<T> inputs(range.count, expected.columns());
    for (int64_t i = range.count; i-- > 0;) {
      DIDACT_RETURN_IF_ERROR(dataset->Read(range.first + i, inputs.view().rows(i, 1)));
    }
    DIDACT_RETURN_IF_ERROR(CheckSameBits(expected, inputs, "samples read one by one from the end"));
    for (const int64_t part : {2, 7, 16}) {
      GuardedMatrix<T> parts(range.count, expected.columns());
      for (int64_t i = 0; i < range.count; i += part) {
        DIDACT_RETURN_IF_ERROR(
            dataset->Read(range.first + i, parts.view().rows(i, std::min(part, range.count - i))));
      }
      DIDACT_RETURN_IF_ERROR(
          CheckSameBits(expected, parts, absl::StrCat("samples read ", part, " at a time")));
    }
    DIDACT_ASSIGN_OR_RETURN(const GuardedMatrix<T> again, Samples(*dataset, range));
    DIDACT_RETURN_IF_ERROR(CheckSameBits(expected, again, "samples read a second time"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status OwnRows(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const auto dataset, Prepared<T>(maker));
  for (const Range& range : Ranges(*dataset)) {
    DIDACT_ASSIGN_OR_RETURN(const GuardedMatrix<T> inputs, Samples(*dataset, range));
    DIDACT_RETURN_IF_ERROR(inputs.CheckGuards());
    DIDACT_RETURN_IF_ERROR(inputs.CheckFinite());
  }
  return absl::OkStatus();
}

template <class T>
absl::StatusOr<std::vector<int64_t>> ReadLabels(const Dataset<T>& dataset, const Range& range) {
  std::vector<int64_t> labels(range.count, -1);
  DIDACT_RETURN_IF_ERROR(
      Annotate(dataset.ReadLabels(range.first, absl::MakeSpan(labels)), "ReadLabels"));
  return labels;
}

template <class T>
absl::Status Labels(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const auto dataset, Prepared<T>(maker));
  if (!dataset->has_labels()) return absl::OkStatus();
  for (const Range& range : Ranges(*dataset)) {
    DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> labels, ReadLabels(*dataset, range));
    for (int64_t i = range.count; i-- > 0;) {
      DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> label,
                              ReadLabels(*dataset, {range.first + i, 1}));
      if (label[0] < 0 || label[0] != labels[i]) {
        return absl::InternalError(absl::StrCat("the class of sample ", range.first + i,
                                                " must be >= 0 and always the same, got ",
                                                labels[i], " and then ", label[0]));
      }
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::StatusOr<GuardedMatrix<T>> ReadTargets(const Dataset<T>& dataset, const Range& range) {
  GuardedMatrix<T> targets(range.count, dataset.target_size());
  DIDACT_RETURN_IF_ERROR(Annotate(dataset.ReadTargets(range.first, targets.view()), "ReadTargets"));
  return targets;
}

template <class T>
absl::Status Targets(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const auto dataset, Prepared<T>(maker));
  if (dataset->target_size() == 0) return absl::OkStatus();
  for (const Range& range : Ranges(*dataset)) {
    DIDACT_ASSIGN_OR_RETURN(const GuardedMatrix<T> expected, ReadTargets(*dataset, range));
    DIDACT_RETURN_IF_ERROR(expected.CheckGuards());
    DIDACT_RETURN_IF_ERROR(expected.CheckFinite());
    GuardedMatrix<T> targets(range.count, expected.columns());
    for (int64_t i = range.count; i-- > 0;) {
      DIDACT_RETURN_IF_ERROR(dataset->ReadTargets(range.first + i, targets.view().rows(i, 1)));
    }
    DIDACT_RETURN_IF_ERROR(
        CheckSameBits(expected, targets, "targets read one by one from the end"));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Concurrent(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const auto prepared, Prepared<T>(maker));
  const Dataset<T>& dataset = *prepared;
  const Range range = Ranges(dataset).front();
  struct Contents {
    GuardedMatrix<T> samples;
    GuardedMatrix<T> targets;
    std::vector<int64_t> labels;
  };
  // Reads sample by sample, forwards or backwards.
  const auto read = [&dataset, range](bool forwards) -> absl::StatusOr<Contents> {
    Contents contents = {GuardedMatrix<T>(range.count, Features(dataset)),
                         GuardedMatrix<T>(range.count, dataset.target_size()),
                         std::vector<int64_t>(range.count)};
    for (int64_t k = 0; k < range.count; ++k) {
      const int64_t i = forwards ? k : range.count - 1 - k;
      const int64_t sample = range.first + i;
      DIDACT_RETURN_IF_ERROR(dataset.Read(sample, contents.samples.view().rows(i, 1)));
      if (dataset.has_labels()) {
        DIDACT_RETURN_IF_ERROR(
            dataset.ReadLabels(sample, absl::MakeSpan(contents.labels).subspan(i, 1)));
      }
      if (dataset.target_size() > 0) {
        DIDACT_RETURN_IF_ERROR(dataset.ReadTargets(sample, contents.targets.view().rows(i, 1)));
      }
    }
    return contents;
  };
  DIDACT_ASSIGN_OR_RETURN(const Contents expected, read(true));
  const auto caller = [&read, &expected](bool forwards) {
    return [&read, &expected, forwards]() -> absl::Status {
      DIDACT_ASSIGN_OR_RETURN(const Contents again, read(forwards));
      if (again.labels != expected.labels) {
        return absl::InternalError("labels must be the same while another thread reads");
      }
      DIDACT_RETURN_IF_ERROR(
          CheckSameBits(expected.samples, again.samples, "samples, while another thread reads,"));
      return CheckSameBits(expected.targets, again.targets, "targets, while another thread reads,");
    };
  };
  return CallConcurrently(caller(true), caller(false));
}

absl::Status Precisions(const Maker<Dataset>& maker) {
  DIDACT_ASSIGN_OR_RETURN(const auto in_float, Prepared<float>(maker));
  DIDACT_ASSIGN_OR_RETURN(const auto in_double, Prepared<double>(maker));
  if (in_float->size() != in_double->size() ||
      in_float->sample_shape() != in_double->sample_shape() ||
      in_float->has_labels() != in_double->has_labels() ||
      in_float->target_size() != in_double->target_size()) {
    return absl::InternalError(
        "size(), sample_shape(), has_labels() and target_size() must be the same in float and "
        "double");
  }
  for (const Range& range : Ranges(*in_double)) {
    DIDACT_ASSIGN_OR_RETURN(const GuardedMatrix<float> float_inputs, Samples(*in_float, range));
    DIDACT_ASSIGN_OR_RETURN(const GuardedMatrix<double> double_inputs, Samples(*in_double, range));
    DIDACT_RETURN_IF_ERROR(
        CheckClose(double_inputs, float_inputs, 1e-4, "samples in float and double"));
    if (in_double->target_size() > 0) {
      DIDACT_ASSIGN_OR_RETURN(const auto float_targets, ReadTargets(*in_float, range));
      DIDACT_ASSIGN_OR_RETURN(const auto double_targets, ReadTargets(*in_double, range));
      DIDACT_RETURN_IF_ERROR(
          CheckClose(double_targets, float_targets, 1e-4, "targets in float and double"));
    }
    if (!in_float->has_labels()) continue;
    DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> float_labels, ReadLabels(*in_float, range));
    DIDACT_ASSIGN_OR_RETURN(const std::vector<int64_t> double_labels,
                            ReadLabels(*in_double, range));
    if (float_labels != double_labels)
      return absl::InternalError("labels must be the same in float and double");
  }
  return absl::OkStatus();
}

}  // namespace

void CheckDataset(const PluginRegistry& registry, const google::protobuf::Any& config,
                  CheckList& checks) {
  const Maker<Dataset> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const auto both = [&](absl::string_view name, auto check) {
    checks.Run(name, [&] { return InBothPrecisions(check); });
  };
  both("prepares", [&](auto tag) { return Prepared<decltype(tag)>(maker).status(); });
  if (checks.last_failed()) return;
  both("without_teacher", [&](auto tag) { return WithoutTeacher<decltype(tag)>(maker); });
  checks.Run("config_size", [&] { return ConfigSize(maker, registry, config); });
  both("deterministic", [&](auto tag) { return Deterministic<decltype(tag)>(maker); });
  both("any_order", [&](auto tag) { return AnyOrder<decltype(tag)>(maker); });
  bool repeatable = !checks.last_failed();
  both("own_rows", [&](auto tag) { return OwnRows<decltype(tag)>(maker); });
  both("labels", [&](auto tag) { return Labels<decltype(tag)>(maker); });
  repeatable = repeatable && !checks.last_failed();
  both("targets", [&](auto tag) { return Targets<decltype(tag)>(maker); });
  repeatable = repeatable && !checks.last_failed();
  if (repeatable) both("concurrent", [&](auto tag) { return Concurrent<decltype(tag)>(maker); });
  checks.Run("precisions", [&] { return Precisions(maker); });
}

}  // namespace didact
