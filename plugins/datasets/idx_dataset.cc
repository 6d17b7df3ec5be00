#include <algorithm>
#include <array>
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
// Units:    none; an input component is (byte / 255 - mean) / stddev.
// Errors:   Build: for an invalid file (missing, damaged, another number of dimensions,
//           no samples, labels not as many as images), or with the range of samples; each names the
//           field, the file and the sizes.
// Threads:  immutable after Build, which reads the files once.
// Numerics: computed in double, then rounded to T. Memory holds the bytes, not the inputs.
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
      const uint8_t* const image = images_.values.data() + (first + i) * pixels;
      const absl::Span<T> row = inputs.row(i);
      for (int64_t pixel = 0; pixel < pixels; ++pixel) row[pixel] = input_of_byte_[image[pixel]];
    }
    return absl::OkStatus();
  }

  bool has_labels() const override { return !labels_.values.empty(); }

  absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const override {
    std::copy_n(labels_.values.begin() + first, labels.size(), labels.begin());
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
    if (config.labels().empty()) return absl::OkStatus();

    const FieldPath labels_path = path.Field("labels");
    absl::StatusOr<IdxArray> labels = ReadIdx(config.labels());
    if (!labels.ok()) return AnnotateWithPath(labels.status(), labels_path);
    labels_ = *std::move(labels);
    if (labels_.shape.size() != 1 || labels_.shape[0] != available) {
      return labels_path.Invalid(absl::StrCat(config.labels(), ": has shape ", ShapeString(labels_),
                                              ", expected [", available,
                                              "], one label for each image of ", config.images()));
    }
    KeepSamples(range, labels_.shape, labels_.values);
    return absl::OkStatus();
  }

  IdxArray images_;                   // [size, rows, columns]
  IdxArray labels_;                   // [size], or empty
  std::array<T, 256> input_of_byte_;  // the input component of each byte value
};

}  // namespace

absl::Status RegisterIdxDataset(PluginRegistry& registry) {
  return registry.Add<IdxDataset, IdxFileDataset>();
}

}  // namespace didact
