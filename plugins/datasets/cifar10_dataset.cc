#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/cifar10.h"
#include "didact/framework/plugin/channel_numbers.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/sample_range.h"
#include "didact/protos/plugins/dataset.pb.h"

namespace didact {
namespace {

// Images of CIFAR-10 and their classes.
//
// Config:   didact.Cifar10Dataset, e.g. `[didact/Cifar10Dataset] { file: ["data_batch_1.bin",
//           "data_batch_2.bin"] mean: [0.49, 0.48, 0.45] stddev: 0.25 }`.
// Shapes:   a sample is [3, 32, 32]; red, green, blue.
// Units:    none; an input component is (byte / 255 - mean) / stddev.
// Errors:   Build: for an invalid file (missing, damaged, ending inside a record, a class that
//           CIFAR-10 does not have), for classes that are repeated or of which there are no
//           samples, for numbers that are neither one nor one for each channel, or with the range
//           of samples; each names the field, the file and the sizes; all invalid files are named.
// Threads:  immutable after Build, which reads the files once.
// Numerics: computed in double, then rounded to T. Memory holds the files' bytes, not the inputs.
// Source:   Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
template <class T>
class Cifar10FileDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const Cifar10Dataset& config,
                                                           const BuildContext& context) {
    auto dataset = std::make_unique<Cifar10FileDataset>();
    DIDACT_RETURN_IF_ERROR(dataset->Load(config, context.path));
    return dataset;
  }

  // Without the field `size`, all samples of the files are used, and only they have their number.
  static DatasetSize SizeFromConfig(const Cifar10Dataset& config, const BuildContext&) {
    return {.samples = config.size(), .features = kCifar10ImageBytes};
  }

  std::vector<int64_t> sample_shape() const override {
    return {kCifar10Channels, kCifar10Side, kCifar10Side};
  }

  int64_t size() const override { return static_cast<int64_t>(samples_.size()); }

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    constexpr int64_t kPlane = kCifar10Side * kCifar10Side;
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const uint8_t* bytes = samples_[first + i].image;
      T* components = inputs.row(i).data();
      for (const std::array<T, 256>& input_of_byte : input_of_byte_) {
        for (int64_t pixel = 0; pixel < kPlane; ++pixel) {
          components[pixel] = input_of_byte[bytes[pixel]];
        }
        bytes += kPlane;
        components += kPlane;
      }
    }
    return absl::OkStatus();
  }

  bool has_labels() const override { return true; }

  absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const override {
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = samples_[first + i].label;
    return absl::OkStatus();
  }

 private:
  struct Sample {
    const uint8_t* image;  // in files_
    int64_t label;
  };
  // The label of each class; std::nullopt for a class that is not used.
  using Labels = std::array<std::optional<int64_t>, kCifar10Classes>;

  absl::Status Load(const Cifar10Dataset& config, const FieldPath& path) {
    DIDACT_ASSIGN_OR_RETURN(const std::vector<double> mean,
                            ChannelNumbers(config.mean(), kCifar10Channels, path.Field("mean")));
    DIDACT_ASSIGN_OR_RETURN(
        const std::vector<double> stddev,
        ChannelNumbers(config.stddev(), kCifar10Channels, path.Field("stddev")));
    for (int c = 0; c < kCifar10Channels; ++c) {
      for (int byte = 0; byte < 256; ++byte) {
        input_of_byte_[c][byte] = static_cast<T>((byte / 255.0 - mean[c]) / stddev[c]);
      }
    }
    DIDACT_ASSIGN_OR_RETURN(const Labels labels, LabelsOf(config, path.Field("only_class")));
    Problems problems;
    for (int f = 0; f < config.file_size(); ++f) {
      absl::StatusOr<Cifar10Records> records = ReadCifar10(config.file(f));
      problems.Add(AnnotateWithPath(records.status(), path.Field("file").Index(f)));
      if (records.ok()) files_.push_back(*std::move(records));
    }
    DIDACT_RETURN_IF_ERROR(problems.ToStatus());
    return SelectFrom(labels, config, path);
  }

  static absl::StatusOr<Labels> LabelsOf(const Cifar10Dataset& config, const FieldPath& path) {
    Labels labels;
    if (config.only_class_size() == 0) {
      for (int64_t c = 0; c < kCifar10Classes; ++c) labels[c] = c;
      return labels;
    }
    for (int place = 0; place < config.only_class_size(); ++place) {
      std::optional<int64_t>& label = labels[config.only_class(place)];
      if (label.has_value()) {
        return path.Index(place).Invalid(
            absl::StrCat(Cifar10Dataset::Class_Name(config.only_class(place)),
                         " must be given once, has the place ", *label, " already"));
      }
      label = place;
    }
    return labels;
  }

  // Selects the samples of the classes that have labels, and of these the range of `config`.
  absl::Status SelectFrom(const Labels& labels, const Cifar10Dataset& config,
                          const FieldPath& path) {
    std::vector<Sample> available;
    for (const Cifar10Records& file : files_) {
      for (int64_t i = 0; i < file.size(); ++i) {
        const std::optional<int64_t> label = labels[file.label(i)];
        if (label.has_value()) available.push_back({file.image(i), *label});
      }
    }
    const std::string files = absl::StrJoin(config.file(), ", ");
    if (available.empty()) {
      return path.Field("only_class")
          .Invalid(absl::StrCat("must name a class of which there are samples (", files, ")"));
    }
    DIDACT_ASSIGN_OR_RETURN(
        const SampleRange range,
        SelectSamples(config, static_cast<int64_t>(available.size()), files, path));
    const auto begin = available.begin() + range.first;
    samples_.assign(begin, begin + range.size);
    return absl::OkStatus();
  }

  std::vector<Cifar10Records> files_;
  std::vector<Sample> samples_;  // at least one
  // The input component of each byte value, for each channel.
  std::array<std::array<T, 256>, kCifar10Channels> input_of_byte_;
};

}  // namespace

absl::Status RegisterCifar10Dataset(PluginRegistry& registry) {
  return registry.Add<Cifar10Dataset, Cifar10FileDataset>();
}

}  // namespace didact
