#include "didact/framework/training/sampler.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/io/array_reference.h"
#include "didact/framework/io/npy.h"
#include "didact/framework/kernels/random_numbers.h"

namespace didact {
namespace {

// Yields every sample once per epoch, in a new order (Fisher and Yates).
class ShuffleSampler final : public Sampler {
 public:
  ShuffleSampler(int64_t samples, int64_t batch_size, const RandomStream& random)
      : batch_size_(std::min(batch_size, samples)), random_(random), order_(samples) {}

  int64_t steps_per_epoch() const override {
    return (static_cast<int64_t>(order_.size()) + batch_size_ - 1) / batch_size_;
  }
  int64_t batch_size() const override { return batch_size_; }
  int64_t smallest_batch() const override {
    const int64_t rest = static_cast<int64_t>(order_.size()) % batch_size_;
    return rest > 0 ? rest : batch_size_;
  }

  absl::Span<const int64_t> Batch(int64_t step) override {
    const int64_t epoch = step / steps_per_epoch();
    if (epoch != epoch_) Shuffle(epoch);
    // subspan shortens the last mini-batch of an epoch.
    return absl::MakeConstSpan(order_).subspan((step % steps_per_epoch()) * batch_size_,
                                               batch_size_);
  }

 private:
  void Shuffle(int64_t epoch) {
    const RandomStream random = random_.Split(epoch);
    std::iota(order_.begin(), order_.end(), 0);
    uint64_t bits[256];  // of the places begin to end - 1; place 0 draws no number
    for (uint64_t end = order_.size(); end > 1;) {
      const uint64_t begin = end > std::size(bits) ? end - std::size(bits) : 1;
      FillBits(random, begin, absl::MakeSpan(bits, end - begin));
      for (uint64_t i = end - 1; i >= begin; --i) {
        std::swap(order_[i], order_[UniformIntegerOf(bits[i - begin], i + 1)]);
      }
      end = begin;
    }
    epoch_ = epoch;
  }

  int64_t batch_size_;
  RandomStream random_;
  std::vector<int64_t> order_;
  int64_t epoch_ = -1;  // epoch of order_
};

class WithReplacementSampler final : public Sampler {
 public:
  WithReplacementSampler(int64_t samples, int64_t batch_size, int64_t steps_per_epoch,
                         const RandomStream& random)
      : samples_(samples), steps_per_epoch_(steps_per_epoch), random_(random), batch_(batch_size) {}

  int64_t steps_per_epoch() const override { return steps_per_epoch_; }
  int64_t batch_size() const override { return static_cast<int64_t>(batch_.size()); }

  absl::Span<const int64_t> Batch(int64_t step) override {
    const uint64_t first = static_cast<uint64_t>(step) * batch_.size();
    FillUniformIntegers(random_, first, samples_, absl::MakeSpan(batch_));
    return batch_;
  }

 private:
  int64_t samples_;
  int64_t steps_per_epoch_;
  RandomStream random_;
  std::vector<int64_t> batch_;
};

class FullBatchSampler final : public Sampler {
 public:
  FullBatchSampler(int64_t samples, int64_t steps_per_epoch)
      : steps_per_epoch_(steps_per_epoch), all_(samples) {
    std::iota(all_.begin(), all_.end(), 0);
  }

  int64_t steps_per_epoch() const override { return steps_per_epoch_; }
  int64_t batch_size() const override { return static_cast<int64_t>(all_.size()); }
  absl::Span<const int64_t> Batch(int64_t) override { return all_; }

 private:
  int64_t steps_per_epoch_;
  std::vector<int64_t> all_;
};

class ReplaySampler final : public Sampler {
 public:
  // `rows`: [steps, batch], each row padded at its end with -1. `spreads_steps`: true if
  // `steps_per_epoch` results from spreading all rows over the epochs.
  ReplaySampler(std::vector<int64_t> rows, int64_t batch_size, int64_t steps_per_epoch,
                bool spreads_steps)
      : rows_(std::move(rows)),
        batch_size_(batch_size),
        steps_per_epoch_(steps_per_epoch),
        spreads_steps_(spreads_steps) {}

  int64_t steps_per_epoch() const override { return steps_per_epoch_; }
  bool uses_total_epochs() const override { return spreads_steps_; }
  int64_t batch_size() const override { return batch_size_; }
  int64_t smallest_batch() const override {
    int64_t smallest = batch_size_;
    for (int64_t step = 0; step * batch_size_ < static_cast<int64_t>(rows_.size()); ++step) {
      smallest = std::min(smallest, static_cast<int64_t>(BatchOf(step).size()));
    }
    return smallest;
  }

  absl::Span<const int64_t> Batch(int64_t step) override { return BatchOf(step); }

 private:
  absl::Span<const int64_t> BatchOf(int64_t step) const {
    const auto row = absl::MakeConstSpan(rows_).subspan(step * batch_size_, batch_size_);
    return row.subspan(0, std::find(row.begin(), row.end(), -1) - row.begin());
  }

  std::vector<int64_t> rows_;
  int64_t batch_size_;
  int64_t steps_per_epoch_;
  bool spreads_steps_;
};

// Checks that indices are in range, that each step has at least one, and that none follows padding.
absl::Status CheckReplay(const NpyArray& array, const std::vector<int64_t>& rows, int64_t samples) {
  const int64_t batch_size = array.shape[1];
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t step = static_cast<int64_t>(i) / batch_size;
    const bool first = static_cast<int64_t>(i) % batch_size == 0;
    if (rows[i] < -1 || rows[i] >= samples) {
      return array.Invalid(absl::StrCat("step ", step, ": must be a sample, 0 to ", samples - 1,
                                        ", or -1 for none, got ", rows[i]));
    }
    if (first && rows[i] == -1) {
      return array.Invalid(absl::StrCat("step ", step, ": must have at least 1 sample"));
    }
    if (!first && rows[i] != -1 && rows[i - 1] == -1) {
      return array.Invalid(absl::StrCat("step ", step, ": has a sample after -1"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Sampler>> CreateReplaySampler(const Replay& replay, int64_t epochs,
                                                             int64_t samples,
                                                             const FieldPath& path) {
  const FieldPath batches_path = path.Field("batches");
  DIDACT_ASSIGN_OR_RETURN(const NpyArray array, LoadArray(replay.batches(), batches_path));
  if (array.rank() != 2 || array.size() == 0) {
    return AnnotateWithPath(
        array.Invalid(absl::StrCat("has shape ", array.ShapeString(), ", expected [steps, batch]")),
        batches_path);
  }
  absl::StatusOr<std::vector<int64_t>> rows = array.ReadAs<int64_t>();
  if (!rows.ok()) return AnnotateWithPath(rows.status(), batches_path);
  DIDACT_RETURN_IF_ERROR(AnnotateWithPath(CheckReplay(array, *rows, samples), batches_path));

  const int64_t steps = array.shape[0];
  int64_t steps_per_epoch = replay.steps_per_epoch();
  if (steps_per_epoch == 0) {
    if (epochs > 0 && steps % epochs != 0) {
      return path.Field("steps_per_epoch")
          .Invalid(absl::StrCat("must be given, since the ", steps,
                                " steps of the file are not a "
                                "multiple of ",
                                epochs, " epochs"));
    }
    steps_per_epoch = epochs > 0 ? steps / epochs : steps;
  }
  if (epochs > 0 && steps_per_epoch > steps / epochs) {
    return path.Field("steps_per_epoch")
        .Invalid(absl::StrCat("must be <= ", steps / epochs, " (the file has ", steps,
                              " steps for ", epochs, " epochs), got ", steps_per_epoch));
  }
  return std::make_unique<ReplaySampler>(*std::move(rows), array.shape[1], steps_per_epoch,
                                         /*spreads_steps=*/replay.steps_per_epoch() == 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sampler>> CreateSampler(const Training& training, int64_t samples,
                                                       const RandomStream& random,
                                                       const FieldPath& path) {
  const int64_t batch_size = training.batch_size();
  switch (training.sampler_case()) {
    case Training::kFullBatch:
      return std::make_unique<FullBatchSampler>(samples, training.full_batch().steps_per_epoch());
    case Training::kReplay:
      return CreateReplaySampler(training.replay(), training.epochs(), samples,
                                 path.Field("replay"));
    case Training::kWithReplacement:
    case Training::kShuffle:
    case Training::SAMPLER_NOT_SET:
      break;
  }
  if (training.has_with_replacement()) {
    return std::make_unique<WithReplacementSampler>(
        samples, batch_size, training.with_replacement().steps_per_epoch(), random);
  }
  return std::make_unique<ShuffleSampler>(samples, batch_size, random);
}

}  // namespace didact
