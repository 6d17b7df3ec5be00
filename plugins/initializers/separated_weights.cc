#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/layer_initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/initializer.pb.h"

namespace didact {
namespace {

// Returns the number of different rows of `length` values out of `values` distinct ones, or
// `enough` if it is at least that.
int64_t CountRows(int64_t values, int64_t length, int64_t enough) {
  int64_t count = 1;
  for (int64_t j = 0; j < length && values > 1; ++j) {
    if (count >= enough || count > enough / values + 1) return enough;
    count *= values;
  }
  return std::min(count, enough);
}

// A set of rows, which are found by a hash and compared in full.
template <class T>
class SeenRows {
 public:
  explicit SeenRows(const ArrayView<T>& rows) : rows_(rows) {}

  // Adds row i of the matrix; returns false if an equal row is in the set.
  bool Insert(int64_t i) {
    auto& candidates = by_hash_[Hash(i)];
    for (const int64_t candidate : candidates) {
      if (Equal(i, candidate)) return false;
    }
    candidates.push_back(i);
    return true;
  }

 private:
  uint64_t Hash(int64_t i) const {
    uint64_t hash = 0;
    for (int64_t j = 0; j < rows_.shape(1); ++j) {
      // Adding 0 turns -0 into 0, so that equal values have equal bits.
      hash = (hash ^ std::bit_cast<uint64_t>(static_cast<double>(rows_(i, j)) + 0.0)) *
             0x9e3779b97f4a7c15;
      hash ^= hash >> 32;
    }
    return hash;
  }

  bool Equal(int64_t a, int64_t b) const {
    for (int64_t j = 0; j < rows_.shape(1); ++j) {
      if (rows_(a, j) != rows_(b, j)) return false;
    }
    return true;
  }

  ArrayView<T> rows_;
  absl::flat_hash_map<uint64_t, absl::InlinedVector<int64_t, 1>> by_hash_;
};

// Every weight is drawn from a list of values, so that the fan-in weights of no two nodes of a
// layer are equal and none are all 0; biases become 0.
//
// Config:   didact.SeparatedWeights; choice: the values, each as likely as it is often in the list;
//           layer (none: all).
// Shapes:   weight [out, in], bias [out] of each selected layer; what they held is lost.
// Gradient: does not apply.
// Errors:   Apply fails with INVALID_ARGUMENT when the network has no such layer, when a layer
//           has more nodes than there are different fan-in weights other than 0, or when so few
//           are left that chance does not find them.
// Threads:  immutable once built; may run concurrently on different networks.
// Numerics: weight (i, j) of layer l has the random number i * in + j of the stream of l; a row
//           that must be drawn again, those of the streams 1, 2, ... within it. Values are
//           compared as rounded to the network's precision.
// Source:   `init_separate_w` of the multi-layer reference of Tian, ICML 2020, and its two-layer
//           twin.
// Example:  initializer { [didact/SeparatedWeights] { choice: [-1, -0.5, 0, 0.5, 1] } }
template <class T>
class SeparatedWeightsInitializer final : public LayerInitializer<T> {
 public:
  SeparatedWeightsInitializer(const SeparatedWeights& config, const BuildContext& context)
      : LayerInitializer<T>(config, context),
        choice_(config.choice().begin(), config.choice().end()),
        choice_path_(context.path.Field("choice")) {
    std::vector<T> values = choice_;
    std::sort(values.begin(), values.end());
    distinct_values_ = std::unique(values.begin(), values.end()) - values.begin();
    has_zero_ = std::count(choice_.begin(), choice_.end(), T(0)) > 0;
  }

 private:
  absl::Status InitializeLayer(int64_t layer, const RandomStream& random,
                               const LayerView<T>& target) const override {
    const int64_t nodes = target.weight.shape(0);
    DIDACT_RETURN_IF_ERROR(CheckChoice(layer, nodes, target.weight.shape(1)));
    // Drawing until all of N equally likely rows are found takes about N log N draws; this is far
    // more.
    int64_t draws_left = 1000 + 100 * nodes;
    SeenRows<T> seen(target.weight);
    for (int64_t i = 0; i < nodes; ++i) {
      for (uint64_t attempt = 0;; ++attempt) {
        if (draws_left-- == 0) {
          return choice_path_.Invalid(
              absl::StrCat("must make different fan-in weights likely, got only ", i, " for the ",
                           nodes, " nodes of layer ", layer, " in ", 1000 + 100 * nodes, " draws"));
        }
        const bool zero = DrawRow(attempt == 0 ? random : random.Split(attempt), i, target.weight);
        if (!zero && seen.Insert(i)) break;
      }
      if (!target.bias.empty()) target.bias(i) = 0;
    }
    return absl::OkStatus();
  }

  absl::Status CheckChoice(int64_t layer, int64_t nodes, int64_t inputs) const {
    // One row more than nodes may be needed, since the row of zeros is not allowed.
    const int64_t rows = CountRows(distinct_values_, inputs, nodes + 1) - (has_zero_ ? 1 : 0);
    if (rows >= nodes) return absl::OkStatus();
    return choice_path_.Invalid(absl::StrCat(
        "must have values for ", nodes, " different fan-in weights of the nodes of layer ", layer,
        " (", inputs, inputs == 1 ? " input" : " inputs", " each), got values for ", rows,
        has_zero_ ? " besides 0" : ""));
  }

  // Draws row i; returns true if it is all zero.
  bool DrawRow(const RandomStream& random, int64_t i, const ArrayView<T>& weight) const {
    bool zero = true;
    for (int64_t j = 0; j < weight.shape(1); ++j) {
      const uint64_t index = static_cast<uint64_t>(i) * weight.shape(1) + j;
      weight(i, j) = choice_[random.UniformInteger(index, choice_.size())];
      zero = zero && weight(i, j) == 0;
    }
    return zero;
  }

  std::vector<T> choice_;
  int64_t distinct_values_;
  bool has_zero_;
  FieldPath choice_path_;
};

}  // namespace

absl::Status RegisterSeparatedWeights(PluginRegistry& registry) {
  return registry.Add<SeparatedWeights, SeparatedWeightsInitializer>();
}

}  // namespace didact
