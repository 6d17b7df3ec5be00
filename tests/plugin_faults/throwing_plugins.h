// Correct plugins of every kind, in which a method throws an exception or returns an error if the
// config says so.

#ifndef DIDACT_TESTS_PLUGIN_FAULTS_THROWING_PLUGINS_H_
#define DIDACT_TESTS_PLUGIN_FAULTS_THROWING_PLUGINS_H_

#include <cmath>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/augmentation.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/loss.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/optimizer.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/plugin/registry.h"
#include "didact/framework/plugin/schedule.h"
#include "tests/plugin_faults/faulty.pb.h"

namespace didact::faulty {

// An exception whose what() is the given text, which may be null.
class Worded final : public std::exception {
 public:
  explicit Worded(const char* words) : words_(words) {}
  const char* what() const noexcept override { return words_; }

 private:
  const char* words_;
};

class Thrower {
 public:
  explicit Thrower(const Throwing& config) : config_(config) {}

  // Must be called at the beginning of every method. `number`: a random number, if the method has
  // any.
  void Enter(absl::string_view method, double number = -1) const {
    if (config_.code() == 0 && IsDue(method, number)) Throw();
  }

  // The same for methods that return a status.
  absl::Status EnterOrReturn(absl::string_view method, double number = -1) const {
    Enter(method, number);
    if (config_.code() == 0 || !IsDue(method, number)) return absl::OkStatus();
    return absl::Status(static_cast<absl::StatusCode>(config_.code()), config_.message());
  }

 private:
  bool IsDue(absl::string_view method, double number) const {
    if (method != config_.method() || (config_.sometimes() && number >= 0)) return false;
    return calls_++ >= config_.after();
  }

  [[noreturn]] void Throw() const {
    switch (config_.what()) {
      case Throwing::INT:
        throw 7;
      case Throwing::BAD_ALLOC:
        throw std::bad_alloc();
      case Throwing::NULL_WORDS:
        throw Worded(nullptr);
      case Throwing::NO_WORDS:
        throw Worded("");
      case Throwing::RAW_WORDS:
        throw Worded("a\nb\tc\x01 \"d\" \xff");
      case Throwing::LONG_WORDS:
        // The first 1000 bytes end within the last letter.
        throw std::runtime_error(std::string(999, 'x') + "\u00e9" + std::string(1000000, 'y'));
      default:
        throw std::runtime_error("the disk is full");
    }
  }

  Throwing config_;
  mutable int64_t calls_ = 0;  // plugins of one trial are called by one thread
};

// Base class of all of them, which builds them.
template <class Interface, class Plugin>
class Faulty : public Interface {
 public:
  static absl::StatusOr<std::unique_ptr<Interface>> Build(const Throwing& config,
                                                          const BuildContext&) {
    DIDACT_RETURN_IF_ERROR(Thrower(config).EnterOrReturn("Build"));
    if (config.null()) return std::unique_ptr<Interface>();
    auto plugin = std::make_unique<Plugin>();
    plugin->thrower_ = std::make_unique<Thrower>(config);
    return plugin;
  }

 protected:
  void Enter(absl::string_view method, double number = -1) const {
    thrower_->Enter(method, number);
  }
  absl::Status EnterOrReturn(absl::string_view method, double number = -1) const {
    return thrower_->EnterOrReturn(method, number);
  }

 private:
  std::unique_ptr<Thrower> thrower_;
};

template <class T>
class ThrowingActivation final : public Faulty<Activation<T>, ThrowingActivation<T>> {
 public:
  void Apply(absl::Span<const T> x, absl::Span<T> y) const override {
    this->Enter("Apply", x.empty() ? -1 : x[0]);
    for (size_t i = 0; i < x.size(); ++i) y[i] = std::tanh(x[i]);
  }
  void MultiplyByDerivative(absl::Span<const T> x, absl::Span<const T> y,
                            absl::Span<T> gradient) const override {
    this->Enter("MultiplyByDerivative", x.empty() ? -1 : x[0]);
    for (size_t i = 0; i < y.size(); ++i) gradient[i] *= 1 - y[i] * y[i];
  }
  std::optional<T> negative_slope() const override {
    this->Enter("negative_slope");
    return std::nullopt;
  }
  bool is_odd() const override {
    this->Enter("is_odd");
    return true;
  }
};

template <class T>
class ThrowingAugmentation final : public Faulty<Augmentation<T>, ThrowingAugmentation<T>> {
 public:
  absl::Status Prepare(absl::Span<const int64_t>) override {
    return this->EnterOrReturn("Prepare");
  }
  void Apply(const RandomStream& random, ArrayView<T>) const override {
    this->Enter("Apply", random.Normal(0));
  }
};

// A data set of 60 samples of 6 normal numbers, with labels and targets.
template <class T>
class ThrowingDataset final : public Faulty<Dataset<T>, ThrowingDataset<T>> {
 public:
  std::vector<int64_t> sample_shape() const override {
    this->Enter("sample_shape");
    return {6};
  }
  std::optional<uint64_t> stream_seed() const override {
    this->Enter("stream_seed");
    return std::nullopt;
  }
  absl::Status Prepare(const DatasetContext<T>& context) override {
    random_ = context.random;
    is_prepared_ = true;
    return this->EnterOrReturn("Prepare", random_.Normal(0));
  }
  int64_t size() const override {
    this->Enter("size", is_prepared_ ? random_.Normal(0) : 0);
    return 60;
  }
  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    DIDACT_RETURN_IF_ERROR(this->EnterOrReturn("Read", random_.Normal(0)));
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      for (int64_t j = 0; j < 6; ++j) {
        inputs(i, j) = static_cast<T>(random_.Normal((first + i) * 6 + j));
      }
    }
    return absl::OkStatus();
  }
  bool has_labels() const override {
    this->Enter("has_labels");
    return true;
  }
  absl::Status ReadLabels(int64_t, absl::Span<int64_t> labels) const override {
    DIDACT_RETURN_IF_ERROR(this->EnterOrReturn("ReadLabels", random_.Normal(0)));
    for (int64_t& label : labels) label = 0;
    return absl::OkStatus();
  }
  int64_t target_size() const override {
    this->Enter("target_size");
    return 1;
  }
  absl::Status ReadTargets(int64_t, ArrayView<T> targets) const override {
    DIDACT_RETURN_IF_ERROR(this->EnterOrReturn("ReadTargets", random_.Normal(0)));
    for (int64_t i = 0; i < targets.shape(0); ++i) targets(i, 0) = 0;
    return absl::OkStatus();
  }

 private:
  RandomStream random_ = RandomStream(0, "unknown");
  bool is_prepared_ = false;
};

template <class T>
class ThrowingInitializer final : public Faulty<Initializer<T>, ThrowingInitializer<T>> {
 public:
  absl::Status Apply(const InitializerContext<T>& context, NetworkView<T>) const override {
    return this->EnterOrReturn("Apply", context.random.Normal(0));
  }
};

// Half the squared error.
template <class T>
class ThrowingLoss final : public Faulty<LossFunction<T>, ThrowingLoss<T>> {
 public:
  std::vector<LossTargets> targets() const override {
    this->Enter("targets");
    return {{.teacher = true}};
  }
  int64_t least_outputs() const override {
    this->Enter("least_outputs");
    return 1;
  }
  std::optional<double> SquaredErrorFactor(int64_t) const override {
    this->Enter("SquaredErrorFactor");
    return 0.5;
  }
  double Sum(const LossBatch<T>& batch) const override {
    this->Enter("Sum", batch.targets(0, 0));
    return SumOf(batch);
  }
  double SumAndGradient(const LossBatch<T>& batch, ArrayView<T> gradient) const override {
    this->Enter("SumAndGradient", batch.targets(0, 0));
    for (int64_t i = 0; i < gradient.shape(0); ++i) {
      for (int64_t j = 0; j < gradient.shape(1); ++j) {
        gradient(i, j) =
            (batch.student_outputs(i, j) - batch.targets(i, j)) / static_cast<T>(gradient.shape(0));
      }
    }
    return SumOf(batch);
  }

 private:
  static double SumOf(const LossBatch<T>& batch) {
    double sum = 0;
    for (int64_t i = 0; i < batch.student_outputs.shape(0); ++i) {
      for (int64_t j = 0; j < batch.student_outputs.shape(1); ++j) {
        const double error = batch.student_outputs(i, j) - batch.targets(i, j);
        sum += error * error / 2;
      }
    }
    return sum;
  }
};

// A metric: the number of samples.
template <class T>
class ThrowingMetric final : public Faulty<Metric<T>, ThrowingMetric<T>> {
 public:
  std::vector<MetricKey> keys() const override {
    this->Enter("keys");
    return {{"throwing.samples", {}, "samples"}};
  }
  bool depends_on_data() const override {
    this->Enter("depends_on_data");
    return true;
  }
  bool needs_gradients() const override {
    this->Enter("needs_gradients");
    return false;
  }
  absl::Status Prepare(const MetricContext<T>& context) override {
    number_ = context.student[0].weight(0, 0);
    return this->EnterOrReturn("Prepare", number_);
  }
  void Begin() override { this->Enter("Begin", number_); }
  void Add(const EvaluationBatch<T>&) override { this->Enter("Add", number_); }
  void Finish(const EvaluationSummary<T>& summary, Record& record) override {
    this->Enter("Finish", number_);
    record.Add("throwing.samples", summary.samples);
  }
  void VisitState(StateVisitor&) override { this->Enter("VisitState", number_); }

 private:
  double number_ = -1;  // random number of the student before it is trained
};

// Gradient descent.
template <class T>
class ThrowingOptimizer final : public Faulty<Optimizer<T>, ThrowingOptimizer<T>> {
 public:
  absl::Status Prepare(const OptimizerContext&) override { return this->EnterOrReturn("Prepare"); }
  std::optional<double> PlainDescentRate(const TrainingTime&) const override {
    this->Enter("PlainDescentRate");
    return std::nullopt;
  }
  void Update(const TrainingTime&, int64_t, ArrayView<T> parameters,
              ArrayView<const T> gradient) override {
    this->Enter("Update", parameters(0, 0));
    for (int64_t i = 0; i < parameters.shape(0); ++i) {
      for (int64_t j = 0; j < parameters.shape(1); ++j) {
        parameters(i, j) -= T(0.05) * gradient(i, j);
      }
    }
  }
  // Every other step is made in parts.
  bool StartPartialUpdates(const TrainingTime& time) override {
    this->Enter("StartPartialUpdates");
    return time.step % 2 == 1;
  }
  void UpdatePart(int64_t, BlockPosition, ArrayView<T> parameters,
                  ArrayView<const T> gradient) override {
    this->Enter("UpdatePart", parameters(0, 0));
    for (int64_t i = 0; i < parameters.shape(0); ++i) {
      for (int64_t j = 0; j < parameters.shape(1); ++j) {
        parameters(i, j) -= T(0.05) * gradient(i, j);
      }
    }
  }
  void VisitState(StateVisitor&) override { this->Enter("VisitState"); }
};

template <class T>
class ThrowingProjection final : public Faulty<Projection<T>, ThrowingProjection<T>> {
 public:
  absl::Status Prepare(const ProjectionContext<T>& context) override {
    return this->EnterOrReturn("Prepare", context.student[0].weight(0, 0));
  }
  void Apply(const RandomStream&, NetworkView<T> student) const override {
    this->Enter("Apply", student[0].weight(0, 0));
  }
};

class ThrowingSchedule final : public Faulty<Schedule, ThrowingSchedule> {
 public:
  double Value(const TrainingTime&) const override {
    this->Enter("Value");
    return 0.05;
  }
};

inline absl::Status RegisterThrowing(PluginRegistry& registry) {
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingActivation>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingAugmentation>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingDataset>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingInitializer>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingLoss>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingMetric>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingOptimizer>()));
  DIDACT_RETURN_IF_ERROR((registry.Add<Throwing, ThrowingProjection>()));
  return registry.Add<Throwing, ThrowingSchedule>();
}

}  // namespace didact::faulty

#endif  // DIDACT_TESTS_PLUGIN_FAULTS_THROWING_PLUGINS_H_
