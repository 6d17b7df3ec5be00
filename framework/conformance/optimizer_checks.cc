// Checks of optimizers:
//
//   builds          in both precisions
//   descends        decreases the quadratic function 1/2 sum_k a_k w_k^2 at its own learning rate
//   plain_descent   if PlainDescentRate returns a rate, Update makes exactly this step
//   parts           if StartPartialUpdates returns true, updates of parts in any order make the step
//                   of Update, to the last bit
//   deterministic   two optimizers of one config take the same steps, to the last bit
//   concurrent      also if two threads use them at the same time
//   own_blocks      a block does not depend on the gradients of the others
//   state           training continues identically after saving and restoring the state
//   own_rows        Update writes only to its parameters
//   precisions      float and double take nearly the same steps

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/conformance/building.h"
#include "didact/framework/conformance/concurrent_calls.h"
#include "didact/framework/conformance/guarded_matrix.h"
#include "didact/framework/conformance/kind_checks.h"
#include "didact/framework/conformance/state_copy.h"
#include "didact/framework/plugin/optimizer.h"

namespace didact {
namespace {

constexpr int64_t kStepsPerEpoch = 10;
constexpr int64_t kEpochs = 20;

// Two parameter blocks in a quadratic bowl whose curvatures lie between 1/2 and 3/2.
template <class T>
class Bowl {
 public:
  Bowl() {
    for (const auto& [rows, columns] : {std::pair<int64_t, int64_t>(3, 5), {1, 17}}) {
      const RandomStream random = RandomStream(1, "conformance").Split(static_cast<uint64_t>(rows));
      blocks_.emplace_back(rows, columns);
      blocks_.back().Randomize(random);
      parameter_blocks_.push_back(
          ParameterBlock::Whole(absl::StrCat(parameter_blocks_.size(), ".weight"), rows, columns));
    }
  }

  const std::vector<ParameterBlock>& parameter_blocks() const { return parameter_blocks_; }
  const std::vector<GuardedMatrix<T>>& blocks() const { return blocks_; }

  double Height() const {
    double height = 0;
    for (const GuardedMatrix<T>& block : blocks_) {
      for (int64_t i = 0; i < block.rows(); ++i) {
        for (int64_t j = 0; j < block.columns(); ++j) {
          height += 0.5 * Curvature(i, j) * static_cast<double>(block(i, j)) * block(i, j);
        }
      }
    }
    return height;
  }

  GuardedMatrix<T> Gradient(int64_t b) const {
    GuardedMatrix<T> gradient(blocks_[b].rows(), blocks_[b].columns());
    for (int64_t i = 0; i < gradient.rows(); ++i) {
      for (int64_t j = 0; j < gradient.columns(); ++j) {
        gradient(i, j) = static_cast<T>(Curvature(i, j) * blocks_[b](i, j));
      }
    }
    return gradient;
  }

  // Runs steps first, first + 1, ..., last - 1. The gradient of block `changed`, if there is one, is
  // replaced by another.
  void Train(Optimizer<T>& optimizer, int64_t first, int64_t last, int64_t changed = -1) {
    for (int64_t step = first; step < last; ++step) {
      for (int64_t b = 0; b < static_cast<int64_t>(blocks_.size()); ++b) {
        GuardedMatrix<T> gradient = Gradient(b);
        if (b == changed) gradient.Randomize(RandomStream(3, "conformance"));
        optimizer.Update(Time(step), b, blocks_[b].view(), gradient.view());
      }
    }
  }

  // Makes one step by updates of parts, from the last row to the first, each row in two parts.
  void TrainInParts(Optimizer<T>& optimizer) {
    for (size_t b = blocks_.size(); b-- > 0;) {
      const GuardedMatrix<T> gradient = Gradient(static_cast<int64_t>(b));
      const ArrayView<T> parameters = blocks_[b].view();
      for (int64_t i = gradient.rows() - 1; i >= 0; --i) {
        for (const int64_t column : {int64_t{2}, int64_t{0}}) {
          const int64_t end = column == 0 ? 2 : gradient.columns();
          optimizer.UpdatePart(static_cast<int64_t>(b), {i, column},
                               ArrayView<T>(&parameters(i, column), {1, end - column}),
                               ArrayView<const T>(&gradient.view()(i, column), {1, end - column}));
        }
      }
    }
  }

  static TrainingTime Time(int64_t step) {
    return {.step = step,
            .epoch = step / kStepsPerEpoch,
            .steps_per_epoch = kStepsPerEpoch,
            .total_epochs = kEpochs};
  }

 private:
  static double Curvature(int64_t i, int64_t j) {
    return 0.5 + static_cast<double>((3 * i + j) % 9) / 8;
  }

  std::vector<GuardedMatrix<T>> blocks_;
  std::vector<ParameterBlock> parameter_blocks_;
};

// Returns the optimizer, prepared for the bowl.
template <class T>
absl::StatusOr<std::unique_ptr<Optimizer<T>>> Prepared(const Maker<Optimizer>& maker,
                                                       const Bowl<T>& bowl) {
  DIDACT_ASSIGN_OR_RETURN(std::unique_ptr<Optimizer<T>> optimizer, maker.Make<T>());
  DIDACT_RETURN_IF_ERROR(Annotate(
      optimizer->Prepare({RandomStream(1, "optimizer"), bowl.parameter_blocks()}), "Prepare"));
  return optimizer;
}

template <class T>
absl::Status SameBits(const Bowl<T>& expected, const Bowl<T>& actual, absl::string_view what) {
  for (size_t b = 0; b < expected.blocks().size(); ++b) {
    DIDACT_RETURN_IF_ERROR(CheckSameBits(expected.blocks()[b], actual.blocks()[b], what));
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Descends(const Maker<Optimizer>& maker) {
  Bowl<T> bowl;
  DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, bowl));
  const double before = bowl.Height();
  bowl.Train(*optimizer, 0, kStepsPerEpoch * kEpochs);
  const double after = bowl.Height();
  if (after < before) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("must come down from a height of ", before, " in ",
                                          kStepsPerEpoch * kEpochs, " steps, is at ", after));
}

template <class T>
absl::Status PlainDescent(const Maker<Optimizer>& maker) {
  Bowl<T> bowl;
  DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, bowl));
  for (int64_t step = 0; step < kStepsPerEpoch * kEpochs; ++step) {
    const std::optional<double> rate = optimizer->PlainDescentRate(Bowl<T>::Time(step));
    const Bowl<T> before = bowl;
    bowl.Train(*optimizer, step, step + 1);
    if (!rate.has_value()) continue;
    for (size_t b = 0; b < bowl.blocks().size(); ++b) {
      GuardedMatrix<double> expected(before.blocks()[b].rows(), before.blocks()[b].columns());
      const GuardedMatrix<T> gradient = before.Gradient(static_cast<int64_t>(b));
      for (int64_t i = 0; i < expected.rows(); ++i) {
        for (int64_t j = 0; j < expected.columns(); ++j) {
          expected(i, j) = before.blocks()[b](i, j) - *rate * gradient(i, j);
        }
      }
      DIDACT_RETURN_IF_ERROR(
          CheckClose(expected, bowl.blocks()[b], 4 * std::numeric_limits<T>::epsilon(),
                     absl::StrCat("step ", step, " at PlainDescentRate ", *rate)));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status Parts(const Maker<Optimizer>& maker) {
  Bowl<T> whole;
  Bowl<T> in_parts;
  DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, whole));
  DIDACT_ASSIGN_OR_RETURN(const auto other, Prepared(maker, in_parts));
  for (int64_t step = 0; step < 30; ++step) {
    whole.Train(*optimizer, step, step + 1);
    const TrainingTime time = Bowl<T>::Time(step);
    if (!other->PlainDescentRate(time) && other->StartPartialUpdates(time)) {
      in_parts.TrainInParts(*other);
    } else {
      in_parts.Train(*other, step, step + 1);
    }
  }
  return SameBits(whole, in_parts, "blocks updated as a whole and in parts");
}

template <class T>
absl::Status Deterministic(const Maker<Optimizer>& maker) {
  Bowl<T> first;
  Bowl<T> second;
  DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, first));
  DIDACT_ASSIGN_OR_RETURN(const auto other, Prepared(maker, second));
  // Alternates between the two, to detect shared state.
  for (int64_t step = 0; step < 30; ++step) {
    first.Train(*optimizer, step, step + 1);
    second.Train(*other, step, step + 1);
  }
  return SameBits(first, second, "two optimizers of one config");
}

template <class T>
absl::Status Concurrent(const Maker<Optimizer>& maker) {
  const Bowl<T> start;
  const auto train = [&]() -> absl::StatusOr<Bowl<T>> {
    Bowl<T> bowl = start;
    DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, bowl));
    bowl.Train(*optimizer, 0, 5);
    return bowl;
  };
  DIDACT_ASSIGN_OR_RETURN(const Bowl<T> expected, train());
  const auto train_again = [&]() -> absl::Status {
    DIDACT_ASSIGN_OR_RETURN(const Bowl<T> again, train());
    return SameBits(expected, again, "blocks updated while another thread uses another optimizer");
  };
  return CallConcurrently(train_again, train_again);
}

template <class T>
absl::Status OwnBlocks(const Maker<Optimizer>& maker) {
  Bowl<T> expected;
  DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, expected));
  expected.Train(*optimizer, 0, 5);
  for (size_t changed = 0; changed < expected.blocks().size(); ++changed) {
    Bowl<T> bowl;
    DIDACT_ASSIGN_OR_RETURN(const auto other, Prepared(maker, bowl));
    bowl.Train(*other, 0, 5, static_cast<int64_t>(changed));
    for (size_t b = 0; b < bowl.blocks().size(); ++b) {
      if (b == changed) continue;
      DIDACT_RETURN_IF_ERROR(
          CheckSameBits(expected.blocks()[b], bowl.blocks()[b],
                        absl::StrCat("block ", b, " after another gradient of block ", changed)));
    }
  }
  return absl::OkStatus();
}

template <class T>
absl::Status State(const Maker<Optimizer>& maker) {
  constexpr int64_t kMiddle = kStepsPerEpoch + 3;
  Bowl<T> straight;
  DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, straight));
  straight.Train(*optimizer, 0, kMiddle);
  Bowl<T> resumed = straight;
  StateCopy state;
  DIDACT_RETURN_IF_ERROR(state.Save(*optimizer));
  straight.Train(*optimizer, kMiddle, 3 * kMiddle);

  DIDACT_ASSIGN_OR_RETURN(const auto other, Prepared(maker, resumed));
  DIDACT_RETURN_IF_ERROR(state.Restore(*other));
  resumed.Train(*other, kMiddle, 3 * kMiddle);
  return SameBits(straight, resumed, "a training whose state was saved and restored");
}

template <class T>
absl::Status OwnRows(const Maker<Optimizer>& maker) {
  Bowl<T> bowl;
  DIDACT_ASSIGN_OR_RETURN(const auto optimizer, Prepared(maker, bowl));
  bowl.Train(*optimizer, 0, 3);
  for (const GuardedMatrix<T>& block : bowl.blocks()) {
    DIDACT_RETURN_IF_ERROR(block.CheckGuards());
    DIDACT_RETURN_IF_ERROR(block.CheckFinite());
  }
  return absl::OkStatus();
}

absl::Status Precisions(const Maker<Optimizer>& maker) {
  Bowl<float> in_float;
  Bowl<double> in_double;
  DIDACT_ASSIGN_OR_RETURN(const auto float_optimizer, Prepared(maker, in_float));
  DIDACT_ASSIGN_OR_RETURN(const auto double_optimizer, Prepared(maker, in_double));
  in_float.Train(*float_optimizer, 0, 10);
  in_double.Train(*double_optimizer, 0, 10);
  for (size_t b = 0; b < in_float.blocks().size(); ++b) {
    DIDACT_RETURN_IF_ERROR(CheckClose(in_double.blocks()[b], in_float.blocks()[b], 1e-4,
                                      "parameters in float and double after 10 steps"));
  }
  return absl::OkStatus();
}

}  // namespace

void CheckOptimizer(const PluginRegistry& registry, const google::protobuf::Any& config,
                    CheckList& checks) {
  const Maker<Optimizer> maker(registry, config);
  if (!Builds(maker, checks)) return;
  const auto both = [&](absl::string_view name, auto check) {
    checks.Run(name, [&] { return InBothPrecisions(check); });
  };
  both("descends", [&](auto tag) { return Descends<decltype(tag)>(maker); });
  both("plain_descent", [&](auto tag) { return PlainDescent<decltype(tag)>(maker); });
  both("parts", [&](auto tag) { return Parts<decltype(tag)>(maker); });
  both("deterministic", [&](auto tag) { return Deterministic<decltype(tag)>(maker); });
  if (!checks.last_failed()) {
    both("concurrent", [&](auto tag) { return Concurrent<decltype(tag)>(maker); });
  }
  both("own_blocks", [&](auto tag) { return OwnBlocks<decltype(tag)>(maker); });
  both("state", [&](auto tag) { return State<decltype(tag)>(maker); });
  both("own_rows", [&](auto tag) { return OwnRows<decltype(tag)>(maker); });
  checks.Run("precisions", [&] { return Precisions(maker); });
}

}  // namespace didact
