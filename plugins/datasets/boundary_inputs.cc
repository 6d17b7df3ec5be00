#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/field_path.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/random_numbers.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/generated_dataset.h"
#include "didact/framework/plugin/needs_teacher.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/plugins/dataset.pb.h"

namespace didact {
namespace {

// Inputs on and beside the hyperplanes w.x + b = 0 of the teacher's first hidden layer, the
// boundaries at which its nodes become active.
//
// Samples come node by node: L points p of the node's hyperplane, then p + a w of the same points,
// then p - a w; at last each is rescaled to norm stddev * sqrt(dimension). A point p comes from a
// normal x by projecting the homogeneous vector (x, 1) on the hyperplane orthogonal to (w, b) and
// dividing by its last coordinate:
//
//   p = (x - s w) / (1 - s b),   s = (w.x + b) / (|w|^2 + b^2)
//
// Config:   didact.BoundaryInputs, e.g. `[didact/BoundaryInputs] { dimension: 100 size: 10000
//           offset_mean: 0.75 offset_width: 0.5 }`.
// Shapes:   a sample is [dimension], the teacher's number of inputs; size() is 3 m L, m the
//           teacher's first width and L = ceil(size / 3m).
// Units:    stddev: those of inputs; offsets a: of inputs divided by weights.
// Errors:   Prepare: INVALID_ARGUMENT when there is no teacher with a hidden layer, when its number
//           of inputs differs, or when one of its nodes has no hyperplane because its fan-in
//           weights are 0 or not finite. Read: the same for a point that cannot be drawn or
//           rescaled, such as the only one of a hyperplane through 0 in one dimension.
// Threads:  immutable after Prepare.
// Numerics: in double, then rounded to T. A point that is lost to cancellation is drawn again:
//           about one of 1e8.
// Source:   the reference code's `theory_suggest_train`, for Tian, "Student Specialization in Deep
//           Rectified Networks With Finite Width and Input Dimension", ICML 2020; it does not guard
//           the division.
template <class T>
class BoundaryInputsDataset final : public GeneratedDataset<T, BoundaryInputs> {
 public:
  BoundaryInputsDataset(const BoundaryInputs& config, const BuildContext& context)
      : Base(config),
        path_(context.path),
        norm_(config.stddev() * std::sqrt(static_cast<double>(config.dimension()))) {}

  absl::Status Prepare(const DatasetContext<T>& context) override {
    DIDACT_RETURN_IF_ERROR(Base::Prepare(context));
    if (context.teacher.empty()) return NeedsTeacherError(path_);
    // The last layer is linear: a network without another layer has no boundaries.
    if (context.teacher.size() < 2) {
      return path_.Invalid("needs a teacher with a hidden layer, got none");
    }
    const LayerView<const T>& layer = context.teacher.front();
    if (layer.kernel.rank() > 0) {
      return path_.Invalid("needs a teacher whose first layer is fully connected");
    }
    if (layer.weight.shape(1) != config().dimension()) {
      return path_.Field("dimension")
          .Invalid(absl::StrCat("must be the teacher's number of inputs, ", layer.weight.shape(1),
                                ", got ", config().dimension()));
    }
    planes_.clear();
    for (int64_t node = 0; node < layer.weight.shape(0); ++node) {
      Plane plane;
      for (int64_t c = 0; c < config().dimension(); ++c) {
        const double w = layer.weight(node, c);
        plane.w.push_back(w);
        plane.square += w * w;
      }
      plane.b = layer.bias.empty() ? 0 : static_cast<double>(layer.bias(node));
      if (!(plane.square > 0 && std::isfinite(plane.square) && std::isfinite(plane.b))) {
        return path_.Invalid(
            absl::StrCat("needs a boundary of every teacher node, but the fan-in weights of node ",
                         node, " of the first hidden layer are 0 or not finite"));
      }
      planes_.push_back(std::move(plane));
    }
    const int64_t thirds = 3 * static_cast<int64_t>(planes_.size());
    points_ = (config().size() + thirds - 1) / thirds;
    return absl::OkStatus();
  }

  // The size in the config is rounded up to whole boundaries once the teacher is known.
  int64_t size() const override {
    return planes_.empty() ? config().size() : 3 * points_ * static_cast<int64_t>(planes_.size());
  }

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    std::vector<double> x(config().dimension());
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      const int64_t sample = first + i;
      const int64_t node = sample / (3 * points_);
      const int64_t third = sample / points_ % 3;
      const Plane& plane = planes_[node];
      // The three samples of one point must draw the same numbers.
      const int64_t point = node * points_ + sample % points_;

      bool drawn = DrawPoint(plane, point, absl::MakeSpan(x));
      const double offset = Offset(point) * (third == 0 ? 0 : third == 1 ? 1 : -1);
      double square = 0;
      for (size_t c = 0; c < x.size(); ++c) {
        x[c] += offset * plane.w[c];
        square += x[c] * x[c];
      }
      drawn = drawn && square > 0 && std::isfinite(square);
      if (!drawn) {
        return path_.Invalid(
            absl::StrCat("sample ", sample, ": no point of the boundary of node ", node,
                         " of the teacher's first hidden layer can be drawn and rescaled"));
      }
      const double scale = norm_ / std::sqrt(square);
      const absl::Span<T> row = inputs.row(i);
      for (size_t c = 0; c < x.size(); ++c) row[c] = static_cast<T>(scale * x[c]);
    }
    return absl::OkStatus();
  }

 private:
  using Base = GeneratedDataset<T, BoundaryInputs>;
  using Base::config;
  using Base::random;

  // The hyperplane w.x + b = 0.
  struct Plane {
    std::vector<double> w;
    double b = 0;
    double square = 0;  // |w|^2
  };

  double Offset(int64_t point) const {
    return config().offset_mean() +
           config().offset_width() * random().Split("offset").Uniform(static_cast<uint64_t>(point));
  }

  // Writes point `point` to x; returns false if it cannot be drawn.
  bool DrawPoint(const Plane& plane, int64_t point, absl::Span<double> x) const {
    constexpr uint64_t kAttempts = 20;
    for (uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
      FillNormals(random().Split("point").Split(attempt),
                  NormalsOfSamples(point, 1, config().dimension()).first, x);
      double product = 0;
      double drawn_square = 0;
      for (size_t c = 0; c < x.size(); ++c) {
        x[c] *= config().stddev();
        product += plane.w[c] * x[c];
        drawn_square += x[c] * x[c];
      }
      // 1 - s b = last / (|w|^2 + b^2).
      const double last = plane.square - plane.b * product;
      const double stretch = (plane.square + plane.b * plane.b) / last;
      const double shift = (product + plane.b) / last;
      double square = 0;
      for (size_t c = 0; c < x.size(); ++c) {
        x[c] = stretch * x[c] - shift * plane.w[c];
        square += x[c] * x[c];
      }
      // Both numbers are differences that may cancel. The comparisons are false for NaN, so that
      // such a point is drawn again too.
      constexpr double kCancelled = 1e-8;
      const bool kept =
          std::abs(last) > kCancelled * (plane.square + std::abs(plane.b * product)) &&
          std::sqrt(square) > kCancelled * std::abs(stretch) * std::sqrt(drawn_square);
      if (kept) return true;
    }
    return false;
  }

  const FieldPath path_;
  const double norm_;  // norm of every sample
  std::vector<Plane> planes_;
  int64_t points_ = 0;  // L, points per hyperplane
};

}  // namespace

absl::Status RegisterBoundaryInputs(PluginRegistry& registry) {
  return registry.Add<BoundaryInputs, BoundaryInputsDataset>();
}

}  // namespace didact
