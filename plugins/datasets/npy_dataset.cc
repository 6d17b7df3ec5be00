#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/array_reference.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/sample_range.h"
#include "didact/protos/plugins/dataset.pb.h"

namespace didact {
namespace {

absl::Status CheckInputsShape(const NpyArray& array) {
  if (array.rank() < 2 || array.rank() > 4) {
    return array.Invalid(absl::StrCat(
        "has shape ", array.ShapeString(),
        ", expected [samples, features], [samples, rows, columns] or [samples, channels, rows, "
        "columns]; x.reshape(len(x), -1) makes features of samples of any shape"));
  }
  if (array.size() == 0) {
    return array.Invalid(
        absl::StrCat("has shape ", array.ShapeString(), ", expected at least one element"));
  }
  return absl::OkStatus();
}

// Inputs, and optionally classes and targets, from NumPy files.
//
// Config:   didact.NpyDataset, e.g. `[didact/NpyDataset] { inputs: "digits.npz:x" labels:
//           "digits.npz:y" first: 100 }`.
// Shapes:   inputs [samples, features], [samples, rows, columns] or [samples, channels, rows,
//           columns], labels [samples], targets [samples, outputs] or [samples]; a sample is what is
//           left of the shape without `samples`, with one channel if there is none.
// Units:    those of the file; with `mean` or `stddev`, inputs are (element - mean) / stddev, and
//           unsigned bytes are divided by 255 before, as IdxDataset does.
// Errors:   Build: for an invalid file or array (missing, damaged, wrong number of
//           dimensions, no samples, labels that are no integers >= 0, labels or targets not as many
//           as inputs, inputs or targets that are not finite in T), or with the range of samples;
//           each names the field, the file, the array and the sizes.
// Threads:  immutable after Build, which reads the files once.
// Numerics: elements of any type are rounded to T; scaled in double before.
// Source:   NumPy enhancement proposal 1, "A Simple File Format for NumPy Arrays".
template <class T>
class NpyFileDataset final : public Dataset<T> {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset<T>>> Build(const NpyDataset& config,
                                                           const BuildContext& context) {
    auto dataset = std::make_unique<NpyFileDataset>();
    DIDACT_RETURN_IF_ERROR(dataset->Load(config, context.path));
    return dataset;
  }

  // Without the field `size`, all samples of the file are used, and only the file has their number.
  static DatasetSize SizeFromConfig(const NpyDataset& config, const BuildContext&) {
    return {.samples = config.size()};
  }

  std::vector<int64_t> sample_shape() const override { return sample_shape_; }

  int64_t size() const override { return size_; }

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    CopyRows(inputs_, features_, first, inputs);
    return absl::OkStatus();
  }

  bool has_labels() const override { return !labels_.empty(); }

  absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const override {
    std::copy_n(labels_.begin() + first, labels.size(), labels.begin());
    return absl::OkStatus();
  }

  int64_t target_size() const override { return target_size_; }

  absl::Status ReadTargets(int64_t first, ArrayView<T> targets) const override {
    CopyRows(targets_, target_size_, first, targets);
    return absl::OkStatus();
  }

 private:
  // Copies rows first, first + 1, ... of `numbers`, a matrix of `columns` columns, to `rows`.
  static void CopyRows(const std::vector<T>& numbers, int64_t columns, int64_t first,
                       const ArrayView<T>& rows) {
    for (int64_t i = 0; i < rows.shape(0); ++i) {
      std::copy_n(numbers.begin() + (first + i) * columns, columns, rows.row(i).begin());
    }
  }

  absl::Status Load(const NpyDataset& config, const FieldPath& path) {
    const FieldPath inputs_path = path.Field("inputs");
    DIDACT_ASSIGN_OR_RETURN(NpyArray inputs, LoadArray(config.inputs(), inputs_path));
    DIDACT_RETURN_IF_ERROR(AnnotateWithPath(CheckInputsShape(inputs), inputs_path));
    const int64_t available = inputs.shape[0];
    DIDACT_ASSIGN_OR_RETURN(const SampleRange range,
                            SelectSamples(config, available, inputs.origin, path));
    size_ = range.size;
    sample_shape_.assign(inputs.shape.begin() + 1, inputs.shape.end());
    if (sample_shape_.size() == 2) sample_shape_.insert(sample_shape_.begin(), 1);
    features_ = inputs.size() / available;
    DIDACT_RETURN_IF_ERROR(
        AnnotateWithPath(LoadInputs(config, range, std::move(inputs)), inputs_path));
    if (!config.labels().empty()) {
      const FieldPath labels_path = path.Field("labels");
      DIDACT_ASSIGN_OR_RETURN(NpyArray labels, LoadArray(config.labels(), labels_path));
      DIDACT_RETURN_IF_ERROR(
          AnnotateWithPath(LoadLabels(range, available, std::move(labels)), labels_path));
    }
    if (config.targets().empty()) return absl::OkStatus();
    const FieldPath targets_path = path.Field("targets");
    DIDACT_ASSIGN_OR_RETURN(NpyArray targets, LoadArray(config.targets(), targets_path));
    return AnnotateWithPath(LoadTargets(range, available, std::move(targets)), targets_path);
  }

  absl::Status LoadInputs(const NpyDataset& config, const SampleRange& range, NpyArray array) {
    if (!config.has_mean() && !config.has_stddev()) {
      return LoadRows(range, features_, std::move(array), inputs_);
    }
    KeepSamples(range, array.shape, array.bytes);
    DIDACT_ASSIGN_OR_RETURN(const std::vector<double> elements, array.ReadAs<double>());
    const double unit = array.element == NpyElement::kUint8 ? 255 : 1;
    const double stddev = config.has_stddev() ? config.stddev() : 1;
    inputs_.reserve(elements.size());
    for (const double element : elements) {
      inputs_.push_back(static_cast<T>((element / unit - config.mean()) / stddev));
    }
    return CheckFinite(range, features_, array, inputs_);
  }

  // Reads the samples of `range` from an array whose samples have `columns` elements.
  static absl::Status LoadRows(const SampleRange& range, int64_t columns, NpyArray array,
                               std::vector<T>& rows) {
    KeepSamples(range, array.shape, array.bytes);
    DIDACT_ASSIGN_OR_RETURN(rows, array.ReadAs<T>());
    return CheckFinite(range, columns, array, rows);
  }

  static absl::Status CheckFinite(const SampleRange& range, int64_t columns, const NpyArray& array,
                                  const std::vector<T>& rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!std::isfinite(rows[i])) {
        const int64_t sample = static_cast<int64_t>(i) / columns;
        return array.Invalid(absl::StrCat("sample ", range.first + sample, ", component ",
                                          static_cast<int64_t>(i) - sample * columns,
                                          ": must be finite, got ", rows[i]));
      }
    }
    return absl::OkStatus();
  }

  absl::Status LoadTargets(const SampleRange& range, int64_t available, NpyArray array) {
    const bool is_matrix = array.rank() == 2 && array.shape[1] > 0;
    if ((array.rank() != 1 && !is_matrix) || array.shape[0] != available) {
      return array.Invalid(absl::StrCat("has shape ", array.ShapeString(), ", expected [",
                                        available, ", outputs] or [", available,
                                        "], one target for each input"));
    }
    target_size_ = is_matrix ? array.shape[1] : 1;
    return LoadRows(range, target_size_, std::move(array), targets_);
  }

  absl::Status LoadLabels(const SampleRange& range, int64_t available, NpyArray array) {
    if (array.rank() != 1 || array.shape[0] != available) {
      return array.Invalid(absl::StrCat("has shape ", array.ShapeString(), ", expected [",
                                        available, "], one label for each input"));
    }
    KeepSamples(range, array.shape, array.bytes);
    DIDACT_ASSIGN_OR_RETURN(labels_, array.ReadAs<int64_t>());
    for (size_t i = 0; i < labels_.size(); ++i) {
      if (labels_[i] < 0) {
        return array.Invalid(absl::StrCat("sample ", range.first + static_cast<int64_t>(i),
                                          ": must be a class >= 0, got ", labels_[i]));
      }
    }
    return absl::OkStatus();
  }

  std::vector<int64_t> sample_shape_;
  int64_t size_ = 0;
  int64_t features_ = 0;
  std::vector<T> inputs_;        // [size, features]
  std::vector<int64_t> labels_;  // [size], or empty
  int64_t target_size_ = 0;
  std::vector<T> targets_;  // [size, target_size], or empty
};

}  // namespace

absl::Status RegisterNpyDataset(PluginRegistry& registry) {
  return registry.Add<NpyDataset, NpyFileDataset>();
}

}  // namespace didact
