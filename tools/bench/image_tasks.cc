#include "tools/bench/image_tasks.h"

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/batch_norm.h"
#include "didact/framework/network/convolution_layer.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/layer_operation.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/pooling.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/network_view.h"
#include "tools/bench/experiments.h"

namespace didact {
namespace {

constexpr int64_t kBatch = 64;
constexpr int64_t kWindow = 2;

constexpr ConvolutionPlan kConvolution = {.kernel = kConvolutionKernel};

// Small numbers of both signs without a short period.
template <class T>
void Fill(Matrix<T>& matrix) {
  for (int64_t i = 0; i < matrix.rows(); ++i) {
    for (int64_t j = 0; j < matrix.columns(); ++j) {
      matrix(i, j) = static_cast<T>((i * 31 + j * 17) % 101 - 50) / T(64);
    }
  }
}

// What a line measures, with its arrays.
class Measured {
 public:
  virtual ~Measured() = default;
  virtual void Run(const std::string& operation) = 0;
};

template <class T>
class MeasuredConvolution final : public Measured {
 public:
  explicit MeasuredConvolution(const SampleShape& input)
      : reads_samples_(input.channels != kConvolutionChannels),
        layer_(kConvolution, input, kConvolutionChannels, reads_samples_),
        below_({.kernel = 1}, SampleShape(1, input.rows, input.columns), input.channels,
               /*reads_samples=*/true),
        pass_(layer_.MakePass(kBatch, PassScope::kForwardAndBackward)),
        images_(reads_samples_ ? kBatch : kBatch * input.positions(),
                reads_samples_ ? input.features() : input.channels) {
    Fill(images_);
    Fill(layer_.parameters().blocks().front());
    pass_->Forward(Inputs(), PassMode::kTraining, /*workers=*/nullptr);
    Fill(pass_->gradient());
    if (!reads_samples_) pass_below_ = below_.MakePass(kBatch, PassScope::kForwardAndBackward);
  }

  void Run(const std::string& operation) override {
    if (operation == "forward") {
      pass_->Forward(Inputs(), PassMode::kTraining, /*workers=*/nullptr);
    } else if (operation == "backward") {
      pass_->Backward(*pass_below_, /*workers=*/nullptr);
    } else {
      pass_->ParameterGradient(Inputs(), /*factor=*/T(-1e-9), /*accumulate=*/true,
                               layer_.parameters(), /*workers=*/nullptr);
    }
  }

 private:
  SampleRows<T> Inputs() const { return SampleRows<T>(images_, 0, images_.rows()); }

  bool reads_samples_;
  ConvolutionLayer<T> layer_;
  ConvolutionLayer<T> below_;  // of which only the gradient of its outputs is used
  std::unique_ptr<LayerPass<T>> pass_;
  std::unique_ptr<LayerPass<T>> pass_below_;  // null for the first layer
  Matrix<T> images_;
};

template <class T>
class MeasuredOperation final : public Measured {
 public:
  MeasuredOperation(const std::string& layer, const SampleShape& input)
      : coefficients_(4, input.channels),
        images_(kBatch * input.positions(), input.channels),
        below_(images_.rows(), images_.columns()) {
    Fill(images_);
    if (layer == "batch norm") {
      Fill(coefficients_);
      LayerView<T> view;
      view.nodes = input.channels;
      ArrayView<T>* const parts[] = {&view.gain, &view.shift, &view.running_mean,
                                     &view.running_variance};
      for (int64_t i = 0; i < coefficients_.rows(); ++i) {
        *parts[i] = ArrayView<T>(coefficients_.row(i).data(), {input.channels});
      }
      operation_ = std::make_unique<BatchNormOperation<T>>(
          view, images_.rows(), NeighbouringActivations<T>(), /*in_place=*/nullptr);
      above_ = Matrix<T>(images_.rows(), images_.columns());
    } else {
      const PoolingPlan plan = {
          .is_maximum = layer == "max pooling", .kernel = kWindow, .stride = kWindow};
      operation_ = std::make_unique<PoolingOperation<T>>(plan, input, kBatch,
                                                         PassScope::kForwardAndBackward);
      above_ = Matrix<T>(kBatch * PooledShape(plan, input).positions(), input.channels);
    }
    Fill(above_);
    Run("forward");
  }

  void Run(const std::string& operation) override {
    if (operation == "forward") {
      operation_->Forward(SampleRows<T>(images_, 0, images_.rows()), PassMode::kTraining);
    } else {
      operation_->Backward(above_, below_);
    }
  }

 private:
  Matrix<T> coefficients_;
  Matrix<T> images_;
  Matrix<T> above_;
  Matrix<T> below_;
  std::unique_ptr<LayerOperation<T>> operation_;
};

// Holds the arrays of one layer at a time, since those of all would fill a gigabyte.
template <class T>
class Current {
 public:
  Measured& Of(const ImageOperation& operation) {
    const SampleShape& input = operation.input;
    const std::string name = absl::StrCat(operation.layer, " ", input.channels, " ", input.rows);
    if (name != name_) {
      measured_ = nullptr;
      if (operation.layer == "convolution") {
        measured_ = std::make_unique<MeasuredConvolution<T>>(input);
      } else {
        measured_ = std::make_unique<MeasuredOperation<T>>(operation.layer, input);
      }
      name_ = name;
    }
    return *measured_;
  }

 private:
  std::string name_;
  std::unique_ptr<Measured> measured_;
};

double ConvolutionFlop(const SampleShape& input) {
  const SampleShape output = ConvolvedShape(kConvolution, kConvolutionChannels, input);
  return 2.0 * static_cast<double>(kBatch * output.features() * input.channels *
                                   kConvolutionKernel * kConvolutionKernel);
}

// Returns the elements that the operation must read and write.
double Elements(const ImageOperation& operation) {
  const double images = static_cast<double>(kBatch * operation.input.features());
  if (operation.layer != "batch norm") return images * (1 + 1.0 / (kWindow * kWindow));
  return images * (operation.operation == "forward" ? 2 : 3);
}

template <class T>
Task MakeTask(const ImageOperation& operation, const char* precision,
              const std::shared_ptr<Current<T>>& current) {
  const bool is_convolution = operation.layer == "convolution";
  return {.section = operation.section(),
          .label = operation.label(),
          .precision = precision,
          .contender = kOurs,
          .work = is_convolution ? Work::kFlop : Work::kCacheBytes,
          .amount = is_convolution ? ConvolutionFlop(operation.input)
                                   : static_cast<double>(sizeof(T)) * Elements(operation),
          .run = [operation, current](int64_t iterations) -> absl::StatusOr<double> {
            Measured& measured = current->Of(operation);
            const double start = ThreadSeconds();
            for (int64_t i = 0; i < iterations; ++i) measured.Run(operation.operation);
            return ThreadSeconds() - start;
          }};
}

}  // namespace

std::string ImageOperation::label() const {
  return absl::StrCat(layer == "convolution" ? "" : absl::StrCat(layer, " "), operation, " ",
                      input.channels, "x", input.rows, "x", input.columns);
}

std::vector<ImageOperation> ImageOperations() {
  std::vector<ImageOperation> operations;
  for (const SampleShape& input : ConvolutionInputs()) {
    operations.push_back({"convolution", "forward", input});
    if (input.channels == kConvolutionChannels) {
      operations.push_back({"convolution", "backward", input});
    }
    operations.push_back({"convolution", "update", input});
  }
  for (const char* layer : {"batch norm", "max pooling", "average pooling"}) {
    for (const char* operation : {"forward", "backward"}) {
      operations.push_back({layer, operation, ConvolutionInputs()[1]});
    }
  }
  return operations;
}

std::vector<Task> ImageTasks() {
  std::vector<Task> tasks;
  const auto in_double = std::make_shared<Current<double>>();
  const auto in_float = std::make_shared<Current<float>>();
  for (const ImageOperation& operation : ImageOperations()) {
    tasks.push_back(MakeTask(operation, "double", in_double));
    tasks.push_back(MakeTask(operation, "float", in_float));
  }
  return tasks;
}

}  // namespace didact
