#include "didact/framework/training/trial_parts.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "didact/framework/base/memory.h"
#include "didact/framework/base/problems.h"
#include "didact/framework/base/status.h"
#include "didact/framework/config/scaled_width.h"
#include "didact/framework/config/teacher_preparation.h"
#include "didact/framework/network/layer_plan.h"
#include "didact/framework/network/pass.h"
#include "didact/framework/network/sample_shape.h"
#include "didact/framework/plugin/factory.h"
#include "didact/framework/plugin/initializer.h"
#include "didact/framework/plugin/network_view.h"
#include "didact/framework/plugin/projection.h"
#include "didact/framework/training/evaluation.h"
#include "didact/framework/training/fixed_augmentations.h"
#include "didact/framework/training/hidden_layer_plans.h"
#include "didact/framework/training/initialize_network.h"
#include "didact/framework/training/loss_targets.h"
#include "didact/framework/training/parameter_blocks.h"
#include "didact/framework/training/trial_warnings.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/repeated_field.h"

namespace didact {
namespace {

// Builds the plugins of one trial, collecting problems instead of stopping at the first.
template <class T>
class PartsBuilder {
 public:
  // `context` is that of the experiment. `make_stream(name)` returns the stream of the trial that
  // has this name.
  PartsBuilder(const Experiment& experiment, const BuildContext& context, const TrialFields& fields,
               absl::FunctionRef<RandomStream(absl::string_view name)> make_stream, StopFlag stop,
               bool computes_targets = true)
      : experiment_(experiment),
        context_(context),
        fields_(fields),
        make_stream_(make_stream),
        stop_(stop),
        computes_targets_(computes_targets) {}

  // Called for the teacher, when its initializers have been applied, if it has preparations.
  using PrepareTeacherFunction = absl::FunctionRef<absl::StatusOr<std::unique_ptr<Network<T>>>(
      std::unique_ptr<Network<T>> teacher)>;

  // `student`: if not null, it becomes the student, as it is.
  absl::StatusOr<TrialParts<T>> Build(PrepareTeacherFunction prepare_teacher,
                                      std::unique_ptr<Network<T>> student) {
    // Checks first all that depends on the config alone, so that all its problems are reported
    // together.
    auto train_data = Create<Dataset<T>>(experiment_.train_data(), fields_.train_data);
    auto eval_data = Create<Dataset<T>>(experiment_.eval_data(), fields_.eval_data);
    auto train_augmentations =
        CreateAll<Augmentation<T>>(experiment_.train_augmentation(), fields_.train_augmentation);
    auto eval_augmentations =
        CreateAll<Augmentation<T>>(experiment_.eval_augmentation(), fields_.eval_augmentation);
    const bool has_teacher = experiment_.has_teacher();
    const FieldPath teacher_path = fields_.teacher;
    const FieldPath student_path = fields_.student;
    auto teacher_layers = CreateHidden(experiment_.teacher().hidden(),
                                       WidthsAfter(experiment_.teacher(), 0), teacher_path);
    auto student_layers = CreateStudentHidden();
    auto teacher_initializers = CreateAll<Initializer<T>>(experiment_.teacher().initializer(),
                                                          teacher_path.Field("initializer"));
    auto student_initializers = CreateAll<Initializer<T>>(experiment_.student().initializer(),
                                                          student_path.Field("initializer"));
    auto loss = Create<LossFunction<T>>(experiment_.loss(), fields_.loss);
    auto optimizer = Create<Optimizer<T>>(experiment_.optimizer(), fields_.optimizer);
    auto probe_optimizer = Create<Optimizer<T>>(experiment_.optimizer(), fields_.optimizer);
    auto projections = CreateAll<Projection<T>>(experiment_.projection(), fields_.projection);
    auto train_metrics = CreateAll<Metric<T>>(experiment_.metric(), fields_.metric);
    auto eval_metrics = CreateAll<Metric<T>>(experiment_.metric(), fields_.metric);
    auto probe_metrics = CreateAll<Metric<T>>(experiment_.metric(), fields_.metric);
    DIDACT_RETURN_IF_ERROR(problems_.ToStatus());

    if (student != nullptr) DIDACT_RETURN_IF_ERROR(CheckInputsOf(*student, train_data));
    DIDACT_ASSIGN_OR_RETURN(const SampleShape input_shape, InputShape(train_data, eval_data));
    const int64_t inputs = input_shape.features();
    const int64_t outputs = OutputsOf(experiment_);
    const absl::StatusOr<LossTargets> loss_targets =
        ChooseLossTargets(loss, has_teacher, outputs, train_data, eval_data,
                          /*trains_teacher=*/student != nullptr);
    problems_.Add(loss_targets.status());
    CheckDataOf(teacher_initializers, input_shape, ReadsImages(teacher_layers));
    CheckDataOf(student_initializers, input_shape, ReadsImages(student_layers));
    Prepare(train_augmentations, train_data);
    Prepare(eval_augmentations, eval_data);
    TrialParts<T> parts;
    parts.fixed_train_augmentations = NumbersOfFixed(train_augmentations);
    parts.fixed_eval_augmentations = NumbersOfFixed(eval_augmentations);
    const std::vector<ConfiguredPlugin<Augmentation<T>>> leading_augmentations =
        TakeLeadingFixed(train_augmentations);
    auto train_evaluation_augmentations =
        CreateFixed(train_augmentations, leading_augmentations.size(), train_data);
    problems_.Add(CheckShapes<T>(input_shape, teacher_layers, teacher_path.Field("hidden")));
    if (experiment_.student().hidden_size() > 0) {
      problems_.Add(CheckShapes<T>(input_shape, student_layers, student_path.Field("hidden")));
    }
    if (ReadsImages(teacher_layers) || ReadsImages(student_layers)) {
      problems_.Add(CheckSameImages(input_shape, eval_data));
    }
    DIDACT_RETURN_IF_ERROR(problems_.ToStatus());

    if (has_teacher) {
      DIDACT_RETURN_IF_ERROR(TakeNetworkMemory(input_shape, teacher_layers,
                                               experiment_.teacher().bias(), teacher_path));
    }
    DIDACT_RETURN_IF_ERROR(
        TakeNetworkMemory(input_shape, student_layers, experiment_.student().bias(), student_path));
    const std::vector<SampleShape> teacher_shapes = PreparedShapes(input_shape, teacher_layers);
    DIDACT_ASSIGN_OR_RETURN(const int64_t train_size,
                            TakeDataMemory(train_data, inputs, teacher_shapes));
    DIDACT_ASSIGN_OR_RETURN(const int64_t eval_size,
                            TakeDataMemory(eval_data, inputs, teacher_shapes));
    TrialStageParts<T>& stage = parts.stages.emplace_back();
    stage.training.epochs = experiment_.training().epochs();
    stage.training.augmentation_random = Stream("augmentation", std::nullopt);
    stage.training.augmentations = std::move(train_augmentations);
    stage.training.loss_targets = *loss_targets;
    stage.train_evaluation_augmentations = std::move(train_evaluation_augmentations);
    if (has_teacher) {
      stage.target_set = 0;
      TargetSet<T>& target_set = parts.target_sets.emplace_back();
      target_set.name = "teacher";
      target_set.teacher = std::make_unique<Network<T>>(input_shape, std::move(teacher_layers),
                                                        outputs, experiment_.teacher().bias());
    }
    const bool is_given = student != nullptr;
    parts.student = is_given ? std::move(student)
                             : std::make_unique<Network<T>>(input_shape, std::move(student_layers),
                                                            outputs, experiment_.student().bias());
    // The slow part comes after all checks that can refuse the experiment.
    const bool knows_sizes = train_size > 0 && eval_size > 0;
    if (knows_sizes) {
      DIDACT_RETURN_IF_ERROR(AddSampler(train_size, stage.training));
      DIDACT_RETURN_IF_ERROR(
          TakeBatchMemory(parts, eval_metrics, teacher_shapes, train_size, eval_size));
    }
    // Empty without a teacher.
    NetworkView<const T> teacher;
    if (has_teacher) {
      std::unique_ptr<Network<T>>& network = parts.target_sets.front().teacher;
      DIDACT_RETURN_IF_ERROR(Initialize(teacher_initializers,
                                        Stream("teacher", StreamSeed(experiment_.teacher())),
                                        /*teacher=*/{}, std::as_const(*network).view(), *network));
      if (experiment_.teacher().preparation_size() > 0) {
        DIDACT_ASSIGN_OR_RETURN(network, prepare_teacher(std::move(network)));
      }
      teacher = std::as_const(*network).view();
    }
    if (!is_given) {
      DIDACT_RETURN_IF_ERROR(Initialize(student_initializers,
                                        Stream("student", StreamSeed(experiment_.student())),
                                        teacher, teacher, *parts.student));
    }

    DIDACT_ASSIGN_OR_RETURN(parts.train, ReadData(train_data, leading_augmentations, "train_data",
                                                  train_size, inputs, teacher_shapes, teacher));
    if (loss_targets->labels) {
      DIDACT_RETURN_IF_ERROR(CheckClasses(loss, outputs, parts.train.labels, train_data.path()));
    }
    for (TargetSet<T>& target_set : parts.target_sets) {
      DIDACT_ASSIGN_OR_RETURN(target_set.train, MakeTargets(*target_set.teacher, parts.train,
                                                            stage.train_evaluation_augmentations));
    }
    DIDACT_ASSIGN_OR_RETURN(parts.eval, ReadData(eval_data, eval_augmentations, "eval_data",
                                                 eval_size, inputs, teacher_shapes, teacher));
    if (loss_targets->labels) {
      DIDACT_RETURN_IF_ERROR(CheckClasses(loss, outputs, parts.eval.labels, eval_data.path()));
    }
    for (TargetSet<T>& target_set : parts.target_sets) {
      DIDACT_ASSIGN_OR_RETURN(target_set.eval, MakeTargets(*target_set.teacher, parts.eval, {}));
    }
    if (!knows_sizes || parts.train.size() != train_size) {
      DIDACT_RETURN_IF_ERROR(AddSampler(parts.train.size(), stage.training));
    }
    if (!knows_sizes) {
      DIDACT_RETURN_IF_ERROR(TakeBatchMemory(parts, eval_metrics, teacher_shapes,
                                             parts.train.size(), parts.eval.size()));
    }
    stage.training.loss = std::move(loss);
    stage.training.optimizer = std::move(optimizer);
    const RandomStream projection_random = Stream("projection", std::nullopt);
    for (size_t p = 0; p < projections.size(); ++p) {
      stage.training.projection_random.push_back(projection_random.Split(p));
    }
    stage.training.projections = std::move(projections);
    const RandomStream metric_random = Stream("metric", std::nullopt);
    for (size_t m = 0; m < train_metrics.size(); ++m) {
      stage.eval_metric_random.push_back(metric_random.Split(m).Split("eval"));
      if (!train_metrics[m].Call("depends_on_data", &Metric<T>::depends_on_data)) continue;
      stage.train_metric_random.push_back(metric_random.Split(m).Split("train"));
      stage.train_metrics.push_back(std::move(train_metrics[m]));
    }
    stage.eval_metrics = std::move(eval_metrics);
    stage.probe_metrics = std::move(probe_metrics);
    parts.probe_optimizer = std::move(probe_optimizer);
    DIDACT_RETURN_IF_ERROR(PrepareTraining(*parts.student, stage.training));
    DIDACT_RETURN_IF_ERROR(
        CheckTrainingBatches(*parts.student, *stage.training.sampler, parts.train.size()));
    parts.warnings = TrialWarnings(experiment_, parts, fields_, is_given ? "teacher" : "student");
    parts.probe_optimizer = {};
    return parts;
  }

 private:
  template <class Interface>
  ConfiguredPlugin<Interface> Create(const google::protobuf::Any& config, const FieldPath& path) {
    absl::StatusOr<ConfiguredPlugin<Interface>> plugin = context_.Create<Interface>(config, path);
    if (plugin.ok()) return *std::move(plugin);
    // The plugin itself failed, perhaps only in this trial.
    if (absl::IsUnknown(plugin.status())) throw PluginException(plugin.status());
    problems_.Add(plugin.status());
    return {};
  }

  template <class Interface, class Configs>
  std::vector<ConfiguredPlugin<Interface>> CreateAll(const Configs& configs,
                                                     const FieldPath& path) {
    std::vector<ConfiguredPlugin<Interface>> plugins;
    for (int i = 0; i < configs.size(); ++i) {
      plugins.push_back(Create<Interface>(configs[i], path.Index(i)));
    }
    return plugins;
  }

  std::vector<HiddenLayerPlan<T>> CreateHidden(
      const google::protobuf::RepeatedPtrField<HiddenLayer>& hidden,
      absl::Span<const int64_t> widths, const FieldPath& network_path) {
    return HiddenLayerPlans<T>(hidden, widths, network_path.Field("hidden"),
                               [this](const google::protobuf::Any& config, const FieldPath& path) {
                                 return Create<Activation<T>>(config, path);
                               });
  }

  std::vector<HiddenLayerPlan<T>> CreateStudentHidden() {
    const Student& student = experiment_.student();
    std::vector<int64_t> widths;
    if (student.hidden_size() > 0) {
      for (const HiddenLayer& layer : student.hidden()) widths.push_back(layer.width());
      return CreateHidden(student.hidden(), widths, fields_.student);
    }
    for (const int64_t width : PreparedWidths(experiment_.teacher())) {
      widths.push_back(ScaledWidth(width, student.width_multiplier()));
    }
    return CreateHidden(experiment_.teacher().hidden(), widths, fields_.teacher);
  }

  // Returns the shapes of the outputs of the hidden layers of the teacher when it has been prepared.
  // `layers`: those that it has before.
  std::vector<SampleShape> PreparedShapes(const SampleShape& inputs,
                                          const std::vector<HiddenLayerPlan<T>>& layers) const {
    std::vector<SampleShape> shapes = LayerShapes<T>(inputs, layers);
    const std::vector<int64_t> widths = PreparedWidths(experiment_.teacher());
    for (size_t l = 0; l < shapes.size(); ++l) shapes[l].channels = widths[l];
    return shapes;
  }

  // Checks that the samples of a data set are inputs of a network that is there already.
  static absl::Status CheckInputsOf(const Network<T>& network,
                                    const ConfiguredPlugin<Dataset<T>>& data) {
    DIDACT_RETURN_IF_ERROR(Features(data).status());
    const SampleShape samples = ShapeOf(data);
    const SampleShape& inputs = network.input_shape();
    const bool reads_images = network.view()[0].kernel.rank() > 0;
    const bool fits = reads_images
                          ? samples.is_image && samples.channels == inputs.channels &&
                                samples.rows == inputs.rows && samples.columns == inputs.columns
                          : samples.features() == inputs.features();
    if (fits) return absl::OkStatus();
    return data.path().Invalid(
        absl::StrCat("must have inputs of the shape that train_data of the experiment has, ",
                     inputs.ToString(), ", got ", samples.ToString()));
  }

  // Returns the path of the network whose config describes the student's layers.
  FieldPath StudentLayersOwner() const {
    return experiment_.student().hidden_size() > 0 ? fields_.student : fields_.teacher;
  }

  // Returns the number of elements of an input of a data set.
  static absl::StatusOr<int64_t> Features(const ConfiguredPlugin<Dataset<T>>& dataset) {
    return FeaturesOf(dataset.Call("sample_shape", &Dataset<T>::sample_shape), dataset.path());
  }

  // Returns the shape of an input of the training set. Both data sets must have inputs of as many
  // elements.
  static absl::StatusOr<SampleShape> InputShape(const ConfiguredPlugin<Dataset<T>>& train,
                                                const ConfiguredPlugin<Dataset<T>>& eval) {
    DIDACT_ASSIGN_OR_RETURN(const int64_t train_features, Features(train));
    DIDACT_ASSIGN_OR_RETURN(const int64_t eval_features, Features(eval));
    if (train_features == eval_features) return ShapeOf(train);
    return eval.path().Invalid(absl::StrCat("must have as many features as train_data; this has ",
                                            eval_features, ", and train_data has ", train_features,
                                            "; change one of them"));
  }

  // Returns the shape of an input of a data set, [features] or [channels, rows, columns].
  static SampleShape ShapeOf(const ConfiguredPlugin<Dataset<T>>& dataset) {
    const std::vector<int64_t> shape = dataset.Call("sample_shape", &Dataset<T>::sample_shape);
    return shape.size() == 3 ? SampleShape(shape[0], shape[1], shape[2]) : SampleShape(shape[0]);
  }

  // Returns true if the first layer is a convolution.
  static bool ReadsImages(const std::vector<HiddenLayerPlan<T>>& hidden) {
    return !hidden.empty() && hidden.front().convolution;
  }

  // Checks that another data set has the images of the training set's shape, `train`, which may be
  // no images at all.
  static absl::Status CheckSameImages(const SampleShape& train,
                                      const ConfiguredPlugin<Dataset<T>>& other) {
    const SampleShape shape = ShapeOf(other);
    if (!train.is_image || (shape.channels == train.channels && shape.rows == train.rows &&
                            shape.columns == train.columns)) {
      return absl::OkStatus();
    }
    return other.path().Invalid(
        absl::StrCat("must have images of ", train.ToString(),
                     " [channels, rows, columns] as train_data has, got ",
                     shape.is_image ? shape.ToString()
                                    : absl::StrCat("inputs of ", shape.features(), " features")));
  }

  // Checks the data sets that initializers name, for a network with inputs of shape `inputs`.
  void CheckDataOf(const std::vector<ConfiguredPlugin<Initializer<T>>>& initializers,
                   const SampleShape& inputs, bool reads_images) {
    const absl::Status status = CheckInitializerData<T>(initializers, inputs.features());
    problems_.Add(status);
    if (!status.ok() || !reads_images) return;
    for (const ConfiguredPlugin<Initializer<T>>& initializer : initializers) {
      const ConfiguredPlugin<Dataset<T>>* const data =
          initializer.Call("data", &Initializer<T>::data);
      if (data != nullptr) problems_.Add(CheckSameImages(inputs, *data));
    }
  }

  // Checks that every mini-batch has enough samples for the layers that normalize over it.
  absl::Status CheckTrainingBatches(const Network<T>& student, const Sampler& sampler,
                                    int64_t samples) const {
    const Training& training = experiment_.training();
    for (int64_t l = 0; l < student.layers(); ++l) {
      const int64_t least = student.layer(l).least_training_batch();
      const int64_t smallest = sampler.smallest_batch();
      if (training.epochs() == 0 || !student.layer(l).is_trained() || smallest >= least) continue;
      return fields_.training.Field(BatchSource())
          .Invalid(
              absl::StrCat("must give every mini-batch at least ", least, " samples, over which ",
                           StudentLayersOwner().Field("hidden").Index(l).Field("batch_norm").path(),
                           " normalizes, got ", smallest, " in the smallest, of a training set of ",
                           samples, " samples", BatchSizeAdvice(samples, least)));
    }
    return absl::OkStatus();
  }

  // Suggests the nearest batch size with which every mini-batch has at least `least` samples; empty
  // if there is none.
  std::string BatchSizeAdvice(int64_t samples, int64_t least) const {
    const Training& training = experiment_.training();
    const auto advice = [](int64_t size) {
      return absl::StrCat("; give, for example, batch_size: ", size);
    };
    if (training.has_with_replacement()) return advice(least);
    if (!training.has_shuffle() || samples < least) return "";
    // Ends, since a single mini-batch of all samples is large enough.
    for (int64_t distance = 1;; ++distance) {
      for (const int64_t size :
           {training.batch_size() - distance, training.batch_size() + distance}) {
        if (size < least) continue;
        const int64_t rest = samples % size;
        if (rest == 0 || rest >= least) return advice(size);
      }
    }
  }

  // Returns the field of `training` that determines the sizes of mini-batches.
  absl::string_view BatchSource() const {
    return experiment_.training().has_full_batch() ? "full_batch"
           : experiment_.training().has_replay()   ? "replay"
                                                   : "batch_size";
  }

  absl::Status TakeNetworkMemory(const SampleShape& inputs,
                                 const std::vector<HiddenLayerPlan<T>>& hidden, bool has_bias,
                                 const FieldPath& path) {
    return memory_.Take(NetworkBytes(inputs, hidden, OutputsOf(experiment_), has_bias), path);
  }

  // Accounts for the memory of a data set and its targets, and returns the size as far as it is
  // known before the data set is prepared. `teacher_shapes`: those of the outputs of the teacher's
  // hidden layers; empty without a teacher.
  absl::StatusOr<int64_t> TakeDataMemory(const ConfiguredPlugin<Dataset<T>>& dataset,
                                         int64_t features,
                                         absl::Span<const SampleShape> teacher_shapes) {
    const int64_t size = std::max<int64_t>(dataset.Call("size", &Dataset<T>::size), 0);
    DIDACT_RETURN_IF_ERROR(
        memory_.Take(DataBytes(dataset, size, features, teacher_shapes), dataset.path()));
    return size;
  }

  // Returns the bytes of `size` samples of a data set with their targets.
  double DataBytes(const ConfiguredPlugin<Dataset<T>>& dataset, int64_t size, int64_t features,
                   absl::Span<const SampleShape> teacher_shapes) const {
    double bytes = SamplesBytes<T>(size, features);
    const int64_t target_size = dataset.Call("target_size", &Dataset<T>::target_size);
    if (target_size > 0) bytes += TargetOutputBytes<T>(size, target_size);
    if (!experiment_.has_teacher()) return bytes;
    return bytes + TargetOutputBytes<T>(size, experiment_.teacher().outputs()) +
           (StoresActivations(size, teacher_shapes) ? TargetActivationBytes<T>(size, teacher_shapes)
                                                    : 0);
  }

  // Returns true if the activations of the teacher are kept for a data set of `size` samples.
  bool StoresActivations(int64_t size, absl::Span<const SampleShape> teacher_shapes) const {
    return TargetActivationBytes<T>(size, teacher_shapes) <= ActivationBudget();
  }

  // Returns the largest number of bytes that the activations of the teacher on one data set may
  // take.
  double ActivationBudget() const {
    constexpr double kGibibyte = 1 << 30;
    return experiment_.training().teacher_activation_memory() * kGibibyte;
  }

  absl::StatusOr<Targets<T>> MakeTargets(
      const Network<T>& teacher, const Samples<T>& samples,
      absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations) {
    if (!computes_targets_) {
      Targets<T> targets;
      targets.teacher = &teacher;
      targets.outputs = Matrix<T>(samples.size(), teacher.outputs());
      return targets;
    }
    return ComputeTargets(teacher, samples.inputs, experiment_.training().evaluation_batch_size(),
                          ActivationBudget(), stop_, augmentations);
  }

  absl::Status AddSampler(int64_t train_size, StageParts<T>& stage) const {
    DIDACT_ASSIGN_OR_RETURN(
        stage.sampler,
        CreateSampler(experiment_.training(), train_size,
                      Stream("sampling", StreamSeed(experiment_.training())), fields_.training));
    return absl::OkStatus();
  }

  // Accounts for the memory of mini-batches and evaluations. `metrics`: those of the evaluations.
  absl::Status TakeBatchMemory(const TrialParts<T>& parts,
                               absl::Span<const ConfiguredPlugin<Metric<T>>> metrics,
                               absl::Span<const SampleShape> teacher_shapes, int64_t train_size,
                               int64_t eval_size) {
    const FieldPath training = fields_.training;
    const absl::string_view source = BatchSource();
    const int64_t batch_size = parts.stages.front().training.sampler->batch_size();
    const double batch = static_cast<double>(batch_size);
    DIDACT_RETURN_IF_ERROR(
        memory_.Take(MatrixBytes<T>(batch, static_cast<double>(parts.student->inputs())) +
                         MatrixBytes<T>(batch, static_cast<double>(parts.student->outputs())) +
                         PassBytes(*parts.student, batch_size),
                     training.Field(source)));
    if (!parts.stages.front().training.augmentations.empty()) {
      // A second mini-batch is prepared ahead.
      DIDACT_RETURN_IF_ERROR(
          memory_.Take(MatrixBytes<T>(batch, static_cast<double>(parts.student->inputs())),
                       training.Field(source)));
      if (parts.stages.front().training.loss_targets.teacher) {
        for (const TargetSet<T>& target_set : parts.target_sets) {
          DIDACT_RETURN_IF_ERROR(
              memory_.Take(PassBytes(*target_set.teacher, batch_size, PassScope::kForward),
                           training.Field(source)));
        }
      }
    }
    // All evaluations share these passes.
    const int64_t evaluated = std::min<int64_t>(experiment_.training().evaluation_batch_size(),
                                                std::max(train_size, eval_size));
    const FieldPath evaluation = training.Field("evaluation_batch_size");
    const PassScope scope =
        NeedGradients<T>(metrics) ? PassScope::kForwardAndBackward : PassScope::kForward;
    DIDACT_RETURN_IF_ERROR(memory_.Take(PassBytes(*parts.student, evaluated, scope), evaluation));
    if (StoresActivations(train_size, teacher_shapes) &&
        StoresActivations(eval_size, teacher_shapes)) {
      return absl::OkStatus();
    }
    for (const TargetSet<T>& target_set : parts.target_sets) {
      DIDACT_RETURN_IF_ERROR(
          memory_.Take(PassBytes(*target_set.teacher, evaluated, PassScope::kForward), evaluation));
    }
    return absl::OkStatus();
  }

  void Prepare(const std::vector<ConfiguredPlugin<Augmentation<T>>>& augmentations,
               const ConfiguredPlugin<Dataset<T>>& dataset) {
    const std::vector<int64_t> shape = dataset.Call("sample_shape", &Dataset<T>::sample_shape);
    for (const ConfiguredPlugin<Augmentation<T>>& augmentation : augmentations) {
      problems_.Add(augmentation.Call("Prepare", &Augmentation<T>::Prepare, shape));
    }
  }

  // Builds once more and prepares those of `augmentations` that are not random. `augmentations` are
  // the training set's from number `first` on.
  std::vector<ConfiguredPlugin<Augmentation<T>>> CreateFixed(
      const std::vector<ConfiguredPlugin<Augmentation<T>>>& augmentations, size_t first,
      const ConfiguredPlugin<Dataset<T>>& dataset) {
    std::vector<ConfiguredPlugin<Augmentation<T>>> fixed;
    for (size_t a = 0; a < augmentations.size(); ++a) {
      if (IsRandom(augmentations[a])) continue;
      const int place = static_cast<int>(first + a);
      fixed.push_back(
          Create<Augmentation<T>>(experiment_.train_augmentation(place), augmentations[a].path()));
    }
    Prepare(fixed, dataset);
    return fixed;
  }

  template <class Config>
  static std::optional<uint64_t> StreamSeed(const Config& config) {
    return config.has_stream_seed() ? std::optional<uint64_t>(config.stream_seed()) : std::nullopt;
  }

  RandomStream Stream(absl::string_view name, std::optional<uint64_t> pinned_seed) const {
    return pinned_seed ? RandomStream(*pinned_seed, name) : make_stream_(name);
  }

  // `teacher`, `data_teacher`: as in InitializationInputs.
  absl::Status Initialize(const std::vector<ConfiguredPlugin<Initializer<T>>>& initializers,
                          const RandomStream& random, NetworkView<const T> teacher,
                          NetworkView<const T> data_teacher, Network<T>& network) const {
    return InitializeNetwork<T>(
        initializers,
        {random, teacher, data_teacher, experiment_.training().evaluation_batch_size(), stop_},
        network);
  }

  absl::StatusOr<Samples<T>> ReadData(
      const ConfiguredPlugin<Dataset<T>>& dataset,
      absl::Span<const ConfiguredPlugin<Augmentation<T>>> augmentations, absl::string_view name,
      int64_t known_size, int64_t inputs, absl::Span<const SampleShape> teacher_shapes,
      NetworkView<const T> teacher) {
    const RandomStream random = Stream(name, dataset.Call("stream_seed", &Dataset<T>::stream_seed));
    const DatasetContext<T> context = {random, teacher};
    DIDACT_ASSIGN_OR_RETURN(const int64_t size, PrepareData(dataset, context, inputs, known_size));
    const double more = DataBytes(dataset, size, inputs, teacher_shapes) -
                        DataBytes(dataset, known_size, inputs, teacher_shapes);
    DIDACT_RETURN_IF_ERROR(memory_.Take(std::max(more, 0.0), dataset.path()));
    return ReadSamples(dataset, size, inputs, augmentations, random.Split("augmentation"), stop_);
  }

  absl::Status PrepareTraining(Network<T>& student, const StageParts<T>& stage) {
    absl::InlinedVector<bool, 8> trained(student.layers(), true);
    const ProjectionContext<T> context = {std::as_const(student).view(), absl::MakeSpan(trained)};
    for (const ConfiguredPlugin<Projection<T>>& projection : stage.projections) {
      DIDACT_RETURN_IF_ERROR(projection.Call("Prepare", &Projection<T>::Prepare, context));
    }
    for (int64_t l = 0; l < student.layers(); ++l) student.layer(l).set_trained(trained[l]);
    const std::vector<ParameterBlock> blocks = TrainedBlocks(student);
    double gradient_bytes = 0;
    for (const ParameterBlock& block : blocks) {
      gradient_bytes +=
          MatrixBytes<T>(static_cast<double>(block.rows), static_cast<double>(block.columns));
    }
    DIDACT_RETURN_IF_ERROR(memory_.Take(gradient_bytes, fields_.student));
    const OptimizerContext optimizer = {Stream("optimizer", std::nullopt), blocks};
    return stage.optimizer.Call("Prepare", &Optimizer<T>::Prepare, optimizer);
  }

  const Experiment& experiment_;
  BuildContext context_;
  TrialFields fields_;
  absl::FunctionRef<RandomStream(absl::string_view)> make_stream_;
  StopFlag stop_;
  bool computes_targets_;  // false: they are left at 0
  Problems problems_;
  MemoryBudget memory_;
};

}  // namespace

TrialFields TrialFields::Of(const FieldPath& experiment) {
  TrialFields fields;
  fields.train_data = experiment.Field("train_data");
  fields.eval_data = experiment.Field("eval_data");
  fields.train_augmentation = experiment.Field("train_augmentation");
  fields.eval_augmentation = experiment.Field("eval_augmentation");
  fields.teacher = experiment.Field("teacher");
  fields.student = experiment.Field("student");
  fields.loss = experiment.Field("loss");
  fields.optimizer = experiment.Field("optimizer");
  fields.projection = experiment.Field("projection");
  fields.training = experiment.Field("training");
  fields.metric = experiment.Field("metric");
  return fields;
}

template <class T>
absl::StatusOr<TrialParts<T>> BuildTrialParts(const ResolvedExperiment& experiment, uint64_t seed,
                                              const PluginRegistry& registry, const FieldPath& path,
                                              StopFlag stop, TeacherTrainer* trainer) {
  const auto stream = [seed](absl::string_view name) { return RandomStream(seed, name); };
  const auto prepare = [&](std::unique_ptr<Network<T>> teacher) {
    InMemoryTeacherTrainer in_memory;
    return PrepareTeacher<T>(experiment, seed, registry, path,
                             trainer == nullptr ? in_memory : *trainer, std::move(teacher), stop);
  };
  const bool is_trained = trainer == nullptr || trainer->trains() || !TrainsTeacher(*experiment);
  return PartsBuilder<T>(*experiment, experiment.context(registry, path), TrialFields::Of(path),
                         stream, stop, /*computes_targets=*/is_trained)
      .Build(prepare, /*student=*/nullptr);
}

template <class T>
absl::StatusOr<TrialParts<T>> BuildTeacherTrainingParts(
    const ResolvedExperiment& training, const RandomStream& random, const PluginRegistry& registry,
    const TrialFields& fields, std::unique_ptr<Network<T>> teacher, StopFlag stop) {
  const auto stream = [&random](absl::string_view name) { return random.Split(name); };
  // There is no teacher of the teacher.
  const auto prepare = [](std::unique_ptr<Network<T>> none) {
    return absl::StatusOr<std::unique_ptr<Network<T>>>(std::move(none));
  };
  return PartsBuilder<T>(*training, training.context(registry, fields.training), fields, stream,
                         stop)
      .Build(prepare, std::move(teacher));
}

template absl::StatusOr<TrialParts<float>> BuildTrialParts(const ResolvedExperiment&, uint64_t,
                                                           const PluginRegistry&, const FieldPath&,
                                                           StopFlag, TeacherTrainer*);
template absl::StatusOr<TrialParts<double>> BuildTrialParts(const ResolvedExperiment&, uint64_t,
                                                            const PluginRegistry&, const FieldPath&,
                                                            StopFlag, TeacherTrainer*);
template absl::StatusOr<TrialParts<float>> BuildTeacherTrainingParts(
    const ResolvedExperiment&, const RandomStream&, const PluginRegistry&, const TrialFields&,
    std::unique_ptr<Network<float>>, StopFlag);
template absl::StatusOr<TrialParts<double>> BuildTeacherTrainingParts(
    const ResolvedExperiment&, const RandomStream&, const PluginRegistry&, const TrialFields&,
    std::unique_ptr<Network<double>>, StopFlag);

}  // namespace didact
