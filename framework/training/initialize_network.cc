#include "didact/framework/training/initialize_network.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/memory.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/kernels/matrix.h"
#include "didact/framework/network/layer.h"
#include "didact/framework/network/sample_rows.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/training/samples.h"

namespace didact {
namespace {

// The pre-activations of a network for samples that it owns.
template <class T>
class SamplePreActivations final : public PreActivations<T> {
 public:
  // `network` must outlive it.
  SamplePreActivations(const Network<T>& network, Matrix<T> samples, int64_t batch, StopFlag stop)
      : network_(network), samples_(std::move(samples)), batch_(batch), stop_(stop) {}

  ArrayView<const T> Compute(int64_t layer) override {
    const int64_t batch = std::min(batch_, samples_.rows());
    std::vector<std::unique_ptr<LayerPass<T>>> passes;
    for (int64_t l = 0; l < layer; ++l) {
      passes.push_back(network_.layer(l).MakePass(batch, PassScope::kForward));
    }
    passes.push_back(
        network_.layer(layer).MakeLinearPass(batch, /*negative_slope=*/T(1), PassScope::kForward));
    const int64_t nodes = network_.view()[layer].nodes;
    const int64_t positions = network_.layer(layer).pre_activations() / nodes;
    results_.Resize(samples_.rows() * positions, nodes);
    for (int64_t first = 0; first < samples_.rows() && !IsSet(stop_); first += batch) {
      SampleRows<T> inputs(samples_, first, std::min(batch, samples_.rows() - first));
      for (const std::unique_ptr<LayerPass<T>>& pass : passes) {
        pass->Forward(inputs, PassMode::kEvaluation, /*workers=*/nullptr);
        inputs = pass->activations();
      }
      const ArrayView<const T> rows = passes.back()->node_activations();
      for (int64_t i = 0; i < rows.shape(0); ++i) {
        absl::c_copy(rows.row(i), results_.row(first * positions + i).begin());
      }
    }
    return std::as_const(results_).view();
  }

 private:
  const Network<T>& network_;
  Matrix<T> samples_;
  int64_t batch_;
  StopFlag stop_;
  Matrix<T> results_;
};

// Refuses samples that, with the pre-activations of the widest layer, exceed the memory.
template <class T>
absl::Status CheckMemory(const ConfiguredPlugin<Dataset<T>>& data, int64_t size,
                         const Network<T>& network) {
  int64_t widest = 0;
  for (int64_t l = 0; l < network.layers(); ++l) {
    widest = std::max(widest, network.layer(l).pre_activations());
  }
  return CheckFitsInMemory(SamplesBytes<T>(size, network.inputs()) + SamplesBytes<T>(size, widest),
                           data.path());
}

// Reads the data set that the initializer with the stream `random` names.
template <class T>
absl::StatusOr<Matrix<T>> ReadInputs(const ConfiguredPlugin<Dataset<T>>& data,
                                     const RandomStream& random, NetworkView<const T> teacher,
                                     StopFlag stop, const Network<T>& network) {
  const int64_t known_size = std::max<int64_t>(data.Call("size", &Dataset<T>::size), 0);
  DIDACT_RETURN_IF_ERROR(CheckMemory(data, known_size, network));
  const std::optional<uint64_t> seed = data.Call("stream_seed", &Dataset<T>::stream_seed);
  const DatasetContext<T> context = {
      seed ? RandomStream(*seed, "initializer_data") : random.Split("data"), teacher};
  DIDACT_ASSIGN_OR_RETURN(const int64_t size,
                          PrepareData(data, context, network.inputs(), known_size));
  DIDACT_RETURN_IF_ERROR(CheckMemory(data, size, network));
  DIDACT_ASSIGN_OR_RETURN(
      Samples<T> samples,
      ReadSamples<T>(data, size, network.inputs(), /*augmentations=*/{}, context.random, stop));
  return std::move(samples.inputs);
}

}  // namespace

template <class T>
absl::Status CheckInitializerData(absl::Span<const ConfiguredPlugin<Initializer<T>>> initializers,
                                  int64_t inputs) {
  Problems problems;
  for (const ConfiguredPlugin<Initializer<T>>& initializer : initializers) {
    const ConfiguredPlugin<Dataset<T>>* const data =
        initializer.Call("data", &Initializer<T>::data);
    if (data == nullptr) continue;
    const absl::StatusOr<int64_t> features =
        FeaturesOf(data->Call("sample_shape", &Dataset<T>::sample_shape), data->path());
    problems.Add(features.status());
    if (!features.ok() || *features == inputs) continue;
    problems.Add(data->path().Invalid(absl::StrCat(
        "must have inputs of ", inputs, " features as train_data has, got ", *features)));
  }
  return problems.ToStatus();
}

template <class T>
absl::Status InitializeNetwork(absl::Span<const ConfiguredPlugin<Initializer<T>>> initializers,
                               const InitializationInputs<T>& inputs, Network<T>& network) {
  for (size_t i = 0; i < initializers.size(); ++i) {
    const ConfiguredPlugin<Initializer<T>>& initializer = initializers[i];
    InitializerContext<T> context = {inputs.random.Split(i), inputs.teacher};
    std::optional<SamplePreActivations<T>> pre_activations;
    const ConfiguredPlugin<Dataset<T>>* const data =
        initializer.Call("data", &Initializer<T>::data);
    if (data != nullptr) {
      DIDACT_ASSIGN_OR_RETURN(
          Matrix<T> samples,
          ReadInputs(*data, context.random, inputs.data_teacher, inputs.stop, network));
      context.pre_activations =
          &pre_activations.emplace(network, std::move(samples), inputs.batch, inputs.stop);
    }
    const absl::Status applied =
        initializer.Call("Apply", &Initializer<T>::Apply, context, network.view());
    // Pre-activations are then incomplete, so that an error may be due to them.
    if (IsSet(inputs.stop)) return StoppedError();
    DIDACT_RETURN_IF_ERROR(applied);
  }
  return absl::OkStatus();
}

template absl::Status CheckInitializerData(absl::Span<const ConfiguredPlugin<Initializer<float>>>,
                                           int64_t);
template absl::Status CheckInitializerData(absl::Span<const ConfiguredPlugin<Initializer<double>>>,
                                           int64_t);
template absl::Status InitializeNetwork(absl::Span<const ConfiguredPlugin<Initializer<float>>>,
                                        const InitializationInputs<float>&, Network<float>&);
template absl::Status InitializeNetwork(absl::Span<const ConfiguredPlugin<Initializer<double>>>,
                                        const InitializationInputs<double>&, Network<double>&);

}  // namespace didact
