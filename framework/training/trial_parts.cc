#include "framework/training/trial_parts.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "framework/base/memory.h"
#include "framework/base/problems.h"
#include "framework/base/status.h"

namespace didact {
namespace {

// Builds the plugins of one trial, collecting problems instead of stopping at the first.
template <class T>
class PartsBuilder {
 public:
  PartsBuilder(const Experiment& experiment, uint64_t seed, const PluginRegistry& registry,
               const FieldPath& path, StopFlag stop)
      : experiment_(experiment), seed_(seed), registry_(registry), path_(path), stop_(stop) {}

  absl::StatusOr<TrialParts<T>> Build() {
    // First everything that the config alone decides, so that all its problems are told at once.
    auto train_data = Create<Dataset<T>>(experiment_.train_data(), path_.Field("train_data"));
    auto eval_data = Create<Dataset<T>>(experiment_.eval_data(), path_.Field("eval_data"));
    auto train_augmentations = CreateAll<Augmentation<T>>(experiment_.train_augmentation(),
                                                          path_.Field("train_augmentation"));
    auto eval_augmentations = CreateAll<Augmentation<T>>(experiment_.eval_augmentation(),
                                                         path_.Field("eval_augmentation"));
    const FieldPath teacher_path = path_.Field("teacher");
    const FieldPath student_path = path_.Field("student");
    auto teacher_layers = CreateHidden(experiment_.teacher().hidden(), 1.0, teacher_path);
    auto student_layers = CreateStudentHidden(student_path);
    auto teacher_initializers = CreateAll<Initializer<T>>(experiment_.teacher().initializer(),
                                                          teacher_path.Field("initializer"));
    auto student_initializers = CreateAll<Initializer<T>>(experiment_.student().initializer(),
                                                          student_path.Field("initializer"));
    auto loss = Create<LossFunction<T>>(experiment_.loss(), path_.Field("loss"));
    auto optimizer = Create<Optimizer<T>>(experiment_.optimizer(), path_.Field("optimizer"));
    auto projections =
        CreateAll<Projection<T>>(experiment_.projection(), path_.Field("projection"));
    auto train_metrics = CreateAll<Metric<T>>(experiment_.metric(), path_.Field("metric"));
    auto eval_metrics = CreateAll<Metric<T>>(experiment_.metric(), path_.Field("metric"));
    DIDACT_RETURN_IF_ERROR(problems_.ToStatus());

    DIDACT_RETURN_IF_ERROR(CheckShapes(*train_data, *eval_data));
    CheckLabels(*loss, *train_data, *eval_data);
    Prepare(train_augmentations, train_data->sample_shape(), path_.Field("train_augmentation"));
    Prepare(eval_augmentations, eval_data->sample_shape(), path_.Field("eval_augmentation"));
    DIDACT_RETURN_IF_ERROR(problems_.ToStatus());

    DIDACT_RETURN_IF_ERROR(CheckMemory(Features(*train_data), teacher_layers, teacher_path));
    DIDACT_RETURN_IF_ERROR(CheckMemory(Features(*train_data), student_layers, student_path));
    TrialParts<T> parts;
    parts.augmentation_random = Stream("augmentation", std::nullopt);
    const int64_t inputs = Features(*train_data);
    const int64_t outputs = experiment_.teacher().outputs();
    parts.teacher = std::make_unique<Network<T>>(inputs, std::move(teacher_layers), outputs);
    parts.student = std::make_unique<Network<T>>(inputs, std::move(student_layers), outputs);
    DIDACT_RETURN_IF_ERROR(Initialize(teacher_initializers,
                                      Stream("teacher", StreamSeed(experiment_.teacher())), {},
                                      *parts.teacher, teacher_path));
    DIDACT_RETURN_IF_ERROR(
        Initialize(student_initializers, Stream("student", StreamSeed(experiment_.student())),
                   std::as_const(*parts.teacher).weights(), *parts.student, student_path));

    DIDACT_ASSIGN_OR_RETURN(parts.train, ReadData(*train_data, {}, "train_data", *parts.teacher));
    DIDACT_ASSIGN_OR_RETURN(parts.eval,
                            ReadData(*eval_data, eval_augmentations, "eval_data", *parts.teacher));

    DIDACT_ASSIGN_OR_RETURN(parts.sampler,
                            CreateSampler(experiment_.training(), parts.train.size(),
                                          Stream("sampling", StreamSeed(experiment_.training())),
                                          path_.Field("training")));
    parts.train_augmentations = std::move(train_augmentations);
    parts.loss = std::move(loss);
    parts.optimizer = std::move(optimizer);
    parts.projections = std::move(projections);
    parts.train_metrics = std::move(train_metrics);
    parts.eval_metrics = std::move(eval_metrics);
    DIDACT_RETURN_IF_ERROR(PrepareTraining(parts));
    return parts;
  }

 private:
  template <class Interface>
  std::unique_ptr<Interface> Create(const google::protobuf::Any& config, const FieldPath& path) {
    absl::StatusOr<std::unique_ptr<Interface>> plugin = registry_.Create<Interface>(config, path);
    if (plugin.ok()) return *std::move(plugin);
    problems_.Add(AnnotateWithPath(plugin.status(), path));
    return nullptr;
  }

  template <class Interface, class Configs>
  std::vector<std::unique_ptr<Interface>> CreateAll(const Configs& configs, const FieldPath& path) {
    std::vector<std::unique_ptr<Interface>> plugins;
    for (int i = 0; i < configs.size(); ++i) {
      plugins.push_back(Create<Interface>(configs[i], path.Index(i)));
    }
    return plugins;
  }

  template <class Layers>
  std::vector<HiddenLayerPlan<T>> CreateHidden(const Layers& hidden, double multiplier,
                                               const FieldPath& network_path) {
    std::vector<HiddenLayerPlan<T>> layers;
    for (int l = 0; l < hidden.size(); ++l) {
      const FieldPath path = network_path.Field("hidden").Index(l);
      HiddenLayerPlan<T>& layer = layers.emplace_back();
      // Widths beyond all memory stay so, and become no integer that wraps around.
      layer.width = static_cast<int64_t>(std::min(hidden[l].width() * multiplier, 1e15));
      if (layer.width < 1) {
        problems_.Add(path.Field("width").Invalid(
            absl::StrCat("must be >= 1 after multiplication by width_multiplier ", multiplier,
                         ", got ", layer.width)));
      }
      layer.activation = Create<Activation<T>>(hidden[l].activation(), path.Field("activation"));
    }
    return layers;
  }

  std::vector<HiddenLayerPlan<T>> CreateStudentHidden(const FieldPath& student_path) {
    const Student& student = experiment_.student();
    if (student.hidden_size() > 0) return CreateHidden(student.hidden(), 1.0, student_path);
    return CreateHidden(experiment_.teacher().hidden(), student.width_multiplier(),
                        path_.Field("teacher"));
  }

  static int64_t Features(const Dataset<T>& dataset) {
    const std::vector<int64_t> shape = dataset.sample_shape();
    return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  }

  absl::Status CheckShapes(const Dataset<T>& train, const Dataset<T>& eval) const {
    if (Features(train) == Features(eval)) return absl::OkStatus();
    return path_.Field("eval_data")
        .Invalid(absl::StrCat("must have inputs of ", Features(train),
                              " features as train_data has, got ", Features(eval)));
  }

  absl::Status CheckMemory(int64_t inputs, const std::vector<HiddenLayerPlan<T>>& hidden,
                           const FieldPath& path) const {
    double parameters = 0;
    double in = static_cast<double>(inputs);
    for (const HiddenLayerPlan<T>& layer : hidden) {
      parameters += (in + 1) * static_cast<double>(layer.width);
      in = static_cast<double>(layer.width);
    }
    parameters += (in + 1) * experiment_.teacher().outputs();
    return CheckFitsInMemory(parameters * sizeof(T), path);
  }

  void CheckLabels(const LossFunction<T>& loss, const Dataset<T>& train, const Dataset<T>& eval) {
    if (!loss.needs_labels()) return;
    const absl::string_view problem = "must have labels, since the loss needs them";
    if (!train.has_labels()) problems_.Add(path_.Field("train_data").Invalid(problem));
    if (!eval.has_labels()) problems_.Add(path_.Field("eval_data").Invalid(problem));
  }

  void Prepare(const std::vector<std::unique_ptr<Augmentation<T>>>& augmentations,
               const std::vector<int64_t>& sample_shape, const FieldPath& path) {
    for (size_t a = 0; a < augmentations.size(); ++a) {
      problems_.Add(AnnotateWithPath(augmentations[a]->Prepare(sample_shape), path.Index(a)));
    }
  }

  template <class Config>
  static std::optional<uint64_t> StreamSeed(const Config& config) {
    return config.has_stream_seed() ? std::optional<uint64_t>(config.stream_seed()) : std::nullopt;
  }

  RandomStream Stream(absl::string_view name, std::optional<uint64_t> pinned_seed) const {
    return RandomStream(pinned_seed.value_or(seed_), name);
  }

  absl::Status Initialize(const std::vector<std::unique_ptr<Initializer<T>>>& initializers,
                          const RandomStream& random, NetworkWeights<const T> teacher,
                          Network<T>& network, const FieldPath& network_path) const {
    for (size_t i = 0; i < initializers.size(); ++i) {
      const InitializerContext<T> context = {random.Split(i), teacher};
      DIDACT_RETURN_IF_ERROR(AnnotateWithPath(initializers[i]->Apply(context, network.weights()),
                                              network_path.Field("initializer").Index(i)));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Samples<T>> ReadData(
      Dataset<T>& dataset, absl::Span<const std::unique_ptr<Augmentation<T>>> augmentations,
      absl::string_view name, const Network<T>& teacher) const {
    const FieldPath path = path_.Field(name);
    const RandomStream random = Stream(name, dataset.stream_seed());
    DIDACT_RETURN_IF_ERROR(AnnotateWithPath(dataset.Prepare({random, teacher.weights()}), path));
    DIDACT_ASSIGN_OR_RETURN(
        Samples<T> samples,
        ReadSamples(dataset, augmentations, random.Split("augmentation"), path, stop_));
    DIDACT_RETURN_IF_ERROR(
        EvaluateTeacher(teacher, experiment_.training().evaluation_batch_size(), samples, stop_));
    return samples;
  }

  absl::Status PrepareTraining(TrialParts<T>& parts) const {
    const Network<T>& student = *parts.student;
    parts.trains.assign(student.layers(), true);
    for (size_t p = 0; p < parts.projections.size(); ++p) {
      Projection<T>& projection = *parts.projections[p];
      DIDACT_RETURN_IF_ERROR(AnnotateWithPath(projection.Prepare(student.weights()),
                                              path_.Field("projection").Index(p)));
      for (int64_t l = 0; l < student.layers(); ++l) {
        parts.trains[l] = parts.trains[l] && projection.Trains(l);
      }
    }
    std::vector<ParameterShape> shapes;
    for (int64_t l = 0; l < student.layers(); ++l) {
      if (parts.trains[l]) {
        shapes.push_back({student.block(l).rows(), student.block(l).columns()});
      }
    }
    return AnnotateWithPath(parts.optimizer->Prepare(shapes), path_.Field("optimizer"));
  }

  const Experiment& experiment_;
  uint64_t seed_;
  const PluginRegistry& registry_;
  FieldPath path_;
  StopFlag stop_;
  Problems problems_;
};

}  // namespace

template <class T>
absl::StatusOr<TrialParts<T>> BuildTrialParts(const Experiment& experiment, uint64_t seed,
                                              const PluginRegistry& registry, const FieldPath& path,
                                              StopFlag stop) {
  return PartsBuilder<T>(experiment, seed, registry, path, stop).Build();
}

template absl::StatusOr<TrialParts<float>> BuildTrialParts(const Experiment&, uint64_t,
                                                           const PluginRegistry&, const FieldPath&,
                                                           StopFlag);
template absl::StatusOr<TrialParts<double>> BuildTrialParts(const Experiment&, uint64_t,
                                                            const PluginRegistry&, const FieldPath&,
                                                            StopFlag);

}  // namespace didact
