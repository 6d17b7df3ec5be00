// Plugin kind `dataset`: sources of inputs.
//
// 1. The framework builds the data set and asks for sample_shape(), which determines the size of
//    networks, and for size(), so that a data set that exceeds the memory is refused at once.
// 2. It calls Prepare once.
// 3. It calls Read and, if there are labels or targets, ReadLabels and ReadTargets any number of
//    times. A trial reads all samples once, when it is built, and keeps them in memory.
//
// Example, `size` samples of one feature that count from 0:
//
//   template <class T>
//   class Counting final : public Dataset<T> {
//    public:
//     explicit Counting(const my::Counting& config) : size_(config.size()) {}
//     std::vector<int64_t> sample_shape() const override { return {1}; }
//     int64_t size() const override { return size_; }
//     absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
//       for (int64_t i = 0; i < inputs.shape(0); ++i) inputs(i, 0) = static_cast<T>(first + i);
//       return absl::OkStatus();
//     }
//
//    private:
//     int64_t size_;
//   };

#ifndef DIDACT_FRAMEWORK_PLUGIN_DATASET_H_
#define DIDACT_FRAMEWORK_PLUGIN_DATASET_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/plugin/dataset_size.h"
#include "didact/framework/plugin/network_view.h"

namespace didact {

// Inputs of a data set besides its config.
template <class T>
struct DatasetContext {
  // The random numbers of this data set in this trial.
  RandomStream random;
  // The teacher that the student is trained towards; empty if there is none. A data set that needs
  // one then returns NeedsTeacherError (framework/plugin/needs_teacher.h). For a data set that an
  // initializer of the teacher names, the teacher as the preceding initializers left it. Valid only
  // during the call.
  NetworkView<const T> teacher;
};

// A fixed, finite list of samples: sample i is the same at every read.
//
// A data set whose config determines its size states it before it is built, for estimates of a
// trial's run time, in a function beside Build:
//
//   static DatasetSize SizeFromConfig(const Config& config, const BuildContext& context);
//
// Threads: after Prepare all methods are const and may run concurrently.
template <class T>
class Dataset {
 public:
  static constexpr absl::string_view kKind = "dataset";
  using Scalar = T;
  using Interface = Dataset;

  virtual ~Dataset() = default;

  // Shape of one input: [features] or [channels, rows, columns], each at least 1. Prepare does not
  // change their product.
  virtual std::vector<int64_t> sample_shape() const = 0;

  // The seed that replaces the trial's, if the config pins one.
  virtual std::optional<uint64_t> stream_seed() const { return std::nullopt; }

  // Number of samples, at least 1. Before Prepare, a lower bound, e.g. 0, if the number is not
  // known yet.
  virtual int64_t size() const = 0;

  // Called once, before Read. A data set that draws random numbers keeps a copy of context.random.
  virtual absl::Status Prepare(const DatasetContext<T>& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  // Writes samples first, first + 1, ... to the rows of `inputs` [count, features], which are
  // dense. The features of an image are in the order channel, row, column. 0 <= first, first +
  // count <= size().
  virtual absl::Status Read(int64_t first, ArrayView<T> inputs) const = 0;

  // True if samples have classes.
  virtual bool has_labels() const { return false; }

  // Writes the classes (>= 0, and below 2^63 - 1) of samples first, first + 1, ...; only called if
  // has_labels().
  virtual absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const {
    static_cast<void>(first);
    static_cast<void>(labels);
    return absl::UnimplementedError("this data set has no labels");
  }

  // The number of elements of each sample's target, the outputs that a student may be trained
  // towards instead of a teacher's; 0 if there are no targets. Prepare does not change it.
  virtual int64_t target_size() const { return 0; }

  // Writes the targets of samples first, first + 1, ... to the rows of `targets`
  // [count, target_size], which are dense. Only called if target_size() > 0.
  virtual absl::Status ReadTargets(int64_t first, ArrayView<T> targets) const {
    static_cast<void>(first);
    static_cast<void>(targets);
    return absl::UnimplementedError("this data set has no targets");
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_DATASET_H_
