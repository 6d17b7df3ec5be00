// Plugin kind `dataset`: where inputs come from.

#ifndef DIDACT_FRAMEWORK_PLUGIN_DATASET_H_
#define DIDACT_FRAMEWORK_PLUGIN_DATASET_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "framework/base/array_view.h"
#include "framework/base/random.h"
#include "framework/plugin/dataset_size.h"
#include "framework/plugin/network_view.h"

namespace didact {

// What a data set may depend on besides its config.
template <class T>
struct DatasetContext {
  // The random numbers of this data set in this trial.
  RandomStream random;
  // The teacher that the student is trained towards, good during the call only; empty where there is
  // none.
  NetworkView<const T> teacher;
};

// A fixed, finite list of samples: sample i is the same whenever and wherever it is read.
//
// A data set whose config tells how large it will be says so before it is built, for estimates of how
// long a trial takes, with a function beside Build:
//
//   static DatasetSize SizeFromConfig(const Config& config, const BuildContext& context);
//
// Life:    built, asked for its sample_shape (networks are sized from it) and size (so that one that no
//          memory holds is refused at once), prepared once, then read any number of times.
// Threads: after Prepare all methods are const and may run concurrently.
template <class T>
class Dataset {
 public:
  static constexpr absl::string_view kKind = "dataset";
  using Scalar = T;
  using Interface = Dataset;

  virtual ~Dataset() = default;

  // Shape of one input: [features] or [channels, rows, columns], each at least 1. Their product stays
  // the same in Prepare.
  virtual std::vector<int64_t> sample_shape() const = 0;

  // The seed to draw from instead of the trial's, if the config pins one.
  virtual std::optional<uint64_t> stream_seed() const { return std::nullopt; }

  // Number of samples, at least 1. Before Prepare, the same, or what is known of it: a smaller number,
  // e.g. 0.
  virtual int64_t size() const = 0;

  // Called once before anything below. A data set that draws random numbers keeps a copy of
  // context.random.
  virtual absl::Status Prepare(const DatasetContext<T>& context) {
    static_cast<void>(context);
    return absl::OkStatus();
  }

  // Writes samples first, first+1, ... to the rows of `inputs` [count, features], which are dense,
  // the features of an image in the order channel, row, column. 0 <= first, first + count <=
  // size().
  virtual absl::Status Read(int64_t first, ArrayView<T> inputs) const = 0;

  // Whether samples have classes.
  virtual bool has_labels() const { return false; }

  // Writes the classes (>= 0) of samples first, first+1, ...; only called if has_labels().
  virtual absl::Status ReadLabels(int64_t first, absl::Span<int64_t> labels) const {
    static_cast<void>(first);
    static_cast<void>(labels);
    return absl::UnimplementedError("this data set has no labels");
  }
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_DATASET_H_
