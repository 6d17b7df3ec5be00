#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
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
#include "didact/framework/base/status.h"
#include "didact/framework/io/idx.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/sample_range.h"
#include "didact/protos/plugins/dataset.pb.h"

namespace didact {
namespace {

std::string ShapeString(const IdxArray& array) {
  return absl::StrCat("[", absl::StrJoin(array.shape, ", "), "]");
}

// Images, and optionally their classes, in the format of MNIST and Fashion-MNIST.
//
// Config:   didact.IdxDataset, e.g. `[didact/IdxDataset] { images: "train-images-idx3-ubyte.gz"
//           labels: "train-labels-idx1-ubyte.gz" mean: 0.286 stddev: 0.353 }`.
// Shapes:   images [samples, rows, columns], labels [samples]; a sample is [1, rows, columns].
// Units:    none; an input component is (byte / 255 - mean) / stddev, and (element - mean) / stddev
//           in files of other elements than unsigned bytes.
// Errors:   Build: for an invalid file (missing, damaged, another number of dimensions,
//           no samples, inputs that are not finite in T, labels not as many as images or no
//           integers >= 0), or with the range of samples; each names the field, the file and the
//           sizes.
// Threads:  immutable after Build, which reads the files once.
// Numerics: computed in double, then rounded to T. Memory holds unsigned bytes as they are, and
//           inputs otherwise.
// Source:   LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
template <class T>
class IdxFileDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const IdxDataset& config,
                                                           const BuildContext& context) {
    auto dataset = std::make_unique<IdxFileDataset>();
    DIDACT_RETURN_IF_ERROR(dataset->Load(config, context.path));
    return dataset;
  }

  // Without the field `size`, all samples of the file are used, and only the file has their number.
  static DatasetSize SizeFromConfig(const IdxDataset& config, const BuildContext&) {
    return {.samples = config.size()};
  }

  std::vector<int64_t> sample_shape() const override {
    return {1, images_.shape[1], images_.shape[2]};
  }

  int64_t size() const override { return images_.shape[0]; }

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    const int64_t pixels = images_.shape[1] * images_.shape[2];
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const absl::Span<T> row = inputs.row(i);
      if (!inputs_.empty()) {
        std::copy_n(inputs_.begin() + (first + i) * pixels, pixels, row.begin());
        continue;
      }
      const uint8_t* const image = images_.values.data() + (first + i) * pixels;
      for (int64_t pixel = 0; pixel < pixels; ++pixel) row[pixel] = input_of_byte_[image[pixel]];
    }
    return absl::OkStatus();
  }

  bool has_labels() const override { return !labels_.empty(); }

  absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const override {
    std::copy_n(labels_.begin() + first, labels.size(), labels.begin());
    return absl::OkStatus();
  }

 private:
  absl::Status Load(const IdxDataset& config, const FieldPath& path) {
    for (int byte = 0; byte < 256; ++byte) {
      input_of_byte_[byte] = static_cast<T>((byte / 255.0 - config.mean()) / config.stddev());
    }

    const FieldPath images_path = path.Field("images");
    absl::StatusOr<IdxArray> images = ReadIdx(config.images());
    if (!images.ok()) return AnnotateWithPath(images.status(), images_path);
    images_ = *std::move(images);
    if (images_.shape.size() != 3 || images_.values.empty()) {
      return images_path.Invalid(
          absl::StrCat(config.images(), ": has shape ", ShapeString(images_),
                       ", expected [samples, rows, columns], at least one of each"));
    }
    const int64_t available = images_.shape[0];
    DIDACT_ASSIGN_OR_RETURN(const SampleRange range,
                            SelectSamples(config, available, config.images(), path));
    KeepSamples(range, images_.shape, images_.values);
    if (images_.element != NpyElement::kUint8) {
      DIDACT_RETURN_IF_ERROR(AnnotateWithPath(LoadInputs(config, range), images_path));
    }
    if (config.labels().empty()) return absl::OkStatus();
    return AnnotateWithPath(LoadLabels(config, range, available), path.Field("labels"));
  }

  // Returns a copy of the array, whose elements can be read as any type.
  static NpyArray AnyElements(const IdxArray& array, const std::string& path) {
    return {array.element, array.shape, std::string(array.values.begin(), array.values.end()),
            path};
  }

  // Makes inputs of the images, whose elements are no unsigned bytes.
  absl::Status LoadInputs(const IdxDataset& config, const SampleRange& range) {
    const NpyArray images = AnyElements(images_, config.images());
    images_.values.clear();
    DIDACT_ASSIGN_OR_RETURN(const std::vector<double> elements, images.ReadAs<double>());
    const int64_t pixels = images_.shape[1] * images_.shape[2];
    inputs_.reserve(elements.size());
    for (const double element : elements) {
      const T input = static_cast<T>((element - config.mean()) / config.stddev());
      if (!std::isfinite(input)) {
        const int64_t i = static_cast<int64_t>(inputs_.size());
        return images.Invalid(absl::StrCat("sample ", range.first + i / pixels, ", pixel ",
                                           i % pixels, ": must be finite, got ", input));
      }
      inputs_.push_back(input);
    }
    return absl::OkStatus();
  }

  absl::Status LoadLabels(const IdxDataset& config, const SampleRange& range, int64_t available) {
    DIDACT_ASSIGN_OR_RETURN(IdxArray labels, ReadIdx(config.labels()));
    if (labels.shape.size() != 1 || labels.shape[0] != available) {
      return absl::InvalidArgumentError(
          absl::StrCat(config.labels(), ": has shape ", ShapeString(labels), ", expected [",
                       available, "], one label for each image of ", config.images()));
    }
    KeepSamples(range, labels.shape, labels.values);
    const NpyArray classes = AnyElements(labels, config.labels());
    DIDACT_ASSIGN_OR_RETURN(labels_, classes.ReadAs<int64_t>());
    for (size_t i = 0; i < labels_.size(); ++i) {
      if (labels_[i] >= 0) continue;
      return classes.Invalid(absl::StrCat("sample ", range.first + static_cast<int64_t>(i),
                                          ": must be a class >= 0, got ", labels_[i]));
    }
    return absl::OkStatus();
  }

  IdxArray images_;                   // [size, rows, columns]; without values if there are inputs
  std::vector<T> inputs_;             // [size, rows, columns], or empty
  std::vector<int64_t> labels_;       // [size], or empty
  std::array<T, 256> input_of_byte_;  // the input component of each byte value
};

}  // namespace

absl::Status RegisterIdxDataset(PluginRegistry& registry) {
  return registry.Add<IdxDataset, IdxFileDataset>();
}

}  // namespace didact
