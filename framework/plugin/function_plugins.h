// Plugins that are functions: a program or a plugin library registers an activation, a data set or
// a metric by a name and a function, without a .proto file.
//
//   absl::Status RegisterMyStudy(didact::PluginRegistry& registry) {
//     return didact::AddActivation(
//         registry, {"my_study.Square", "y = x^2."},
//         [](auto x) { return x * x; }, [](auto x) { return 2 * x; });
//   }
//
// Configs name it like any other plugin, `activation { [my_study/Square] {} }`, and so do the
// manual, the conformance suite and all errors. A function reads no config fields of its own; a
// plugin with fields needs a .proto.
//
// A run with such plugins needs the program or the library that registers them: its
// experiment.textproto names the file in plugin_library, and provenance.json and checkpoints
// contain its SHA-256, so that a rebuilt program continues a run only with allow_changed_plugins.
// The tool reports this when it is given that config. Plugins that a program registers with a
// compiled message are not recorded in this way.
//
// The config message of a function is made at its registration and is in no pool but its own; code
// that needs a new config asks the factory (PluginFactory::NewConfig).
//
// Functions may be called concurrently and must not change anything.

#ifndef DIDACT_FRAMEWORK_PLUGIN_FUNCTION_PLUGINS_H_
#define DIDACT_FRAMEWORK_PLUGIN_FUNCTION_PLUGINS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/array_view.h"
#include "didact/framework/base/random.h"
#include "didact/framework/base/status.h"
#include "didact/framework/plugin/activation.h"
#include "didact/framework/plugin/dataset.h"
#include "didact/framework/plugin/dataset_size.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/function_config.h"
#include "didact/framework/plugin/generated_dataset.h"
#include "didact/framework/plugin/metric.h"
#include "didact/framework/plugin/metric_key.h"
#include "didact/framework/plugin/record.h"
#include "didact/framework/plugin/registry.h"
#include "didact/protos/function_inputs.pb.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/message.h"

namespace didact {

// Name of a plugin in configs, PACKAGE.NAME, and its description in the manual.
struct FunctionName {
  std::string name;
  std::string comment;
};

// Properties of an activation's function (Activation::is_odd, Activation::kinks).
struct ActivationProperties {
  bool is_odd = false;
  std::vector<double> kinks = {};
};

// The activation y = value(x), for AddActivation.
template <class T, class Value, class Derivative>
class FunctionActivation final : public Activation<T> {
 public:
  FunctionActivation(const Value& value, const Derivative& derivative,
                     const ActivationProperties& properties)
      : value_(value), derivative_(derivative), properties_(properties) {}

  void Apply(absl::Span<const T> pre_activation, absl::Span<T> activation) const override {
    for (size_t i = 0; i < activation.size(); ++i) {
      activation[i] = static_cast<T>(value_(pre_activation[i]));
    }
  }

  void MultiplyByDerivative(absl::Span<const T> pre_activation, absl::Span<const T>,
                            absl::Span<T> gradient) const override {
    for (size_t i = 0; i < gradient.size(); ++i) {
      gradient[i] *= static_cast<T>(derivative_(pre_activation[i]));
    }
  }

  bool is_odd() const override { return properties_.is_odd; }
  std::vector<double> kinks() const override { return properties_.kinks; }

 private:
  Value value_;
  Derivative derivative_;
  ActivationProperties properties_;
};

// Inputs that are drawn one by one in double, for AddDataset.
template <class T, class Draw>
class FunctionDataset final : public GeneratedDataset<T, FunctionInputs> {
 public:
  FunctionDataset(const FunctionInputs& config, const Draw& draw)
      : GeneratedDataset<T, FunctionInputs>(config), draw_(draw) {}

  absl::Status Read(int64_t first, ArrayView<T> inputs) const override {
    std::vector<double> input(this->config().dimension());
    for (int64_t i = 0; i < inputs.shape(0); ++i) {
      std::fill(input.begin(), input.end(), 0.0);
      draw_(this->random().Split(static_cast<uint64_t>(first + i)), absl::MakeSpan(input));
      const absl::Span<T> row = inputs.row(i);
      for (size_t k = 0; k < input.size(); ++k) row[k] = static_cast<T>(input[k]);
    }
    return absl::OkStatus();
  }

 private:
  Draw draw_;
};

// The mean over samples of a number whose sum is accumulated in double, for AddMetric.
template <class T, class Sum>
class FunctionMetric final : public Metric<T> {
 public:
  FunctionMetric(std::string key, const Sum& sum) : key_(std::move(key)), sum_of_batch_(sum) {}

  std::vector<MetricKey> keys() const override { return {{key_, {}, ""}}; }

  void Begin() override { sum_ = 0; }

  void Add(const EvaluationBatch<T>& batch) override {
    sum_ += static_cast<double>(sum_of_batch_(batch));
  }

  void Finish(const EvaluationSummary<T>& summary, Record& record) override {
    record.Add(key_, sum_ / static_cast<double>(summary.samples));
  }

 private:
  std::string key_;
  Sum sum_of_batch_;
  double sum_ = 0;
};

// A plugin whose config is a FunctionConfig with the fields of `Fields`, a generated message.
// `Make` is a function object: make(std::type_identity<T>(), const Fields&) returns a
// std::unique_ptr<Interface<T>>.
template <template <class> class Interface, class Fields, class Make>
class FunctionFactory final : public PluginFactory {
 public:
  FunctionFactory(std::unique_ptr<const FunctionConfig> config, Make make)
      : config_(std::move(config)), make_(std::move(make)) {}

  absl::string_view kind() const override { return Interface<double>::kKind; }
  const google::protobuf::Descriptor& config() const override { return config_->descriptor(); }
  std::unique_ptr<google::protobuf::Message> NewConfig() const override { return config_->New(); }
  const void* creator(int precision_index) const override {
    if (precision_index == 0) return static_cast<const Creator<Interface<float>>*>(&float_creator_);
    return static_cast<const Creator<Interface<double>>*>(&double_creator_);
  }
  DatasetSize SizeFromConfig(const google::protobuf::Any& any,
                             const BuildContext& context) const override {
    if constexpr (std::is_same_v<Fields, FunctionInputs>) {
      const absl::StatusOr<Fields> fields = Unpack(any, context);
      if (fields.ok()) return {.samples = fields->size(), .features = fields->dimension()};
    }
    return {};
  }

 private:
  absl::StatusOr<Fields> Unpack(const google::protobuf::Any& any,
                                const BuildContext& context) const {
    const std::unique_ptr<google::protobuf::Message> config = NewConfig();
    DIDACT_RETURN_IF_ERROR(UnpackConfig(any, context, *config));
    Fields fields;
    fields.ParseFromString(config->SerializeAsString());
    return fields;
  }

  template <class T>
  class FunctionCreator final : public Creator<Interface<T>> {
   public:
    explicit FunctionCreator(const FunctionFactory& factory) : factory_(factory) {}

    absl::StatusOr<std::unique_ptr<Interface<T>>> Create(
        const google::protobuf::Any& any, const BuildContext& context) const override {
      DIDACT_ASSIGN_OR_RETURN(const Fields fields, factory_.Unpack(any, context));
      return factory_.make_(std::type_identity<T>(), fields);
    }

   private:
    const FunctionFactory& factory_;
  };

  const std::unique_ptr<const FunctionConfig> config_;
  const Make make_;
  const FunctionCreator<float> float_creator_{*this};
  const FunctionCreator<double> double_creator_{*this};
};

// Adds a plugin of an interface, with its comment. Errors: those of AddActivation.
template <template <class> class Interface, class Fields, class Make>
absl::Status AddFunction(PluginRegistry& registry, const FunctionName& name, Make make) {
  DIDACT_ASSIGN_OR_RETURN(std::unique_ptr<const FunctionConfig> config,
                          FunctionConfig::Create(name.name, name.comment, *Fields::descriptor()));
  const std::string documentation = config->Documentation();
  DIDACT_RETURN_IF_ERROR(registry.Add(std::make_unique<FunctionFactory<Interface, Fields, Make>>(
      std::move(config), std::move(make))));
  return registry.AddDocumentation(documentation);
}

// Adds the activation y = value(x) with the derivative dy/dx = derivative(x). Both take a float or
// a double and return a number, which is rounded to the type of the argument.
// Errors: INVALID_ARGUMENT for a name that is not PACKAGE.NAME; ALREADY_EXISTS. The registry is
// then unchanged.
template <class Value, class Derivative>
absl::Status AddActivation(PluginRegistry& registry, const FunctionName& name, Value value,
                           Derivative derivative, const ActivationProperties& properties = {}) {
  const auto make = [value, derivative, properties]<class T>(std::type_identity<T>,
                                                             const google::protobuf::Empty&) {
    return std::make_unique<FunctionActivation<T, Value, Derivative>>(value, derivative,
                                                                      properties);
  };
  return AddFunction<Activation, google::protobuf::Empty>(registry, name, make);
}

// Adds a data set of inputs [dimension], whose config has the fields dimension, size and
// stream_seed. draw(const RandomStream& random, absl::Span<double> input) writes one input,
// initially 0; `random` is a stream for this sample alone. Inputs are rounded to the precision of
// the experiment. Errors: those of AddActivation.
template <class Draw>
absl::Status AddDataset(PluginRegistry& registry, const FunctionName& name, Draw draw) {
  const auto make = [draw]<class T>(std::type_identity<T>, const FunctionInputs& config) {
    return std::make_unique<FunctionDataset<T, Draw>>(config, draw);
  };
  return AddFunction<Dataset, FunctionInputs>(registry, name, make);
}

// Adds a metric that is the mean over samples of a number, recorded under the plugin's name:
// `eval.my_study.MeanOutput`. sum(const EvaluationBatch<T>& batch) returns the number's sum over
// the samples of a batch; T is float or double. Errors: those of AddActivation.
template <class Sum>
absl::Status AddMetric(PluginRegistry& registry, const FunctionName& name, Sum sum) {
  const auto make = [key = name.name, sum]<class T>(std::type_identity<T>,
                                                    const google::protobuf::Empty&) {
    return std::make_unique<FunctionMetric<T, Sum>>(key, sum);
  };
  return AddFunction<Metric, google::protobuf::Empty>(registry, name, make);
}

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_PLUGIN_FUNCTION_PLUGINS_H_
