#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "didact/framework/plugin/training_time.h"
#include "didact/protos/plugins/schedule.pb.h"

namespace didact {
namespace {

// A piecewise constant value: that of the last point whose epoch has begun.
//
// Config:   didact.Piecewise; point { epoch value }: epochs strictly increasing from 0, values >= 0
//           (required).
// Shapes:   a number, in the unit that its user expects.
// Gradient: does not apply.
// Errors:   building fails with INVALID_ARGUMENT and names every point that is out of order.
// Threads:  immutable once built; may be called concurrently.
// Numerics: exact.
// Source:   the `lr` table of the multi-layer reference of Tian, ICML 2020.
// Example:  learning_rate {
//             [didact/Piecewise] { point { value: 0.1 } point { epoch: 50 value: 0.01 } }
//           }
class PiecewiseSchedule final : public Schedule {
 public:
  static absl::StatusOr<std::unique_ptr<Schedule>> Build(const Piecewise& config,
                                                         const BuildContext& context) {
    Problems problems;
    std::vector<Point> points;
    for (int i = 0; i < config.point_size(); ++i) {
      const FieldPath path = context.path.Field("point").Index(i).Field("epoch");
      const int64_t epoch = config.point(i).epoch();
      if (i == 0 && epoch != 0) {
        problems.Add(path.Invalid(absl::StrCat("must be 0 at the first point, got ", epoch)));
      }
      if (i > 0 && epoch <= points.back().epoch) {
        problems.Add(path.Invalid(absl::StrCat("must be > ", points.back().epoch,
                                               ", the epoch of the point before, got ", epoch)));
      }
      points.push_back({epoch, config.point(i).value()});
    }
    DIDACT_RETURN_IF_ERROR(problems.ToStatus());
    return std::make_unique<PiecewiseSchedule>(std::move(points));
  }

  struct Point {
    int64_t epoch;  // first epoch of this value
    double value;
  };

  explicit PiecewiseSchedule(std::vector<Point> points) : points_(std::move(points)) {}

  double Value(const TrainingTime& time) const override {
    const auto next =
        std::upper_bound(points_.begin() + 1, points_.end(), time.epoch,
                         [](int64_t epoch, const Point& point) { return epoch < point.epoch; });
    return (next - 1)->value;
  }

 private:
  std::vector<Point> points_;  // at least one
};

}  // namespace

absl::Status RegisterPiecewise(PluginRegistry& registry) {
  return registry.Add<Piecewise, PiecewiseSchedule>();
}

}  // namespace didact
