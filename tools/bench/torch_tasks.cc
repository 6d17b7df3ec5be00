#include "tools/bench/torch_tasks.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "didact/framework/base/status.h"
#include "didact/framework/network/sample_shape.h"
#include "nlohmann/json.hpp"
#include "tools/bench/experiments.h"
#include "tools/bench/image_tasks.h"
#include "tools/bench/random_tasks.h"
#include "tools/bench/step_tasks.h"
#include "tools/bench/torch_agreement.h"

namespace didact {
namespace {

struct Baseline {
  std::string contender;
  nlohmann::json request;
};

// `seed_counts`: numbers of seeds of the baseline with gradients by hand, the largest first; the
// others use the same data. With more seeds the cost of a call is shared by more, with fewer the
// data stay in the caches: the fastest number depends on the network and the processor.
std::vector<Baseline> Baselines(const std::vector<int>& seed_counts) {
  std::vector<Baseline> baselines = {{"reference", {{"baseline", "reference"}}},
                                     {"idiomatic", {{"baseline", "idiomatic"}}}};
  for (const int seeds : seed_counts) {
    baselines.push_back(
        {absl::StrCat(seeds, " seeds"), {{"baseline", "batched"}, {"seeds", seeds}}});
  }
  return baselines;
}

const std::vector<Baseline>& TwoLayerStepBaselines() {
  static const auto& baselines = *new std::vector<Baseline>(Baselines({32, 8, 4}));
  return baselines;
}

// The cost of calls is negligible for these.
const std::vector<Baseline>& OtherBaselines() {
  static const auto& baselines = *new std::vector<Baseline>(Baselines({4}));
  return baselines;
}

// Baselines of deep networks; images in both memory formats.
std::vector<Baseline> DeepBaselines(bool has_images) {
  std::vector<Baseline> baselines;
  const auto add = [&](const char* contender, const char* baseline, const char* format) {
    baselines.push_back({contender, {{"baseline", baseline}, {"memory_format", format}}});
  };
  add("reference", "reference", "contiguous");
  add("idiomatic", "idiomatic", "contiguous");
  add("by hand", "by_hand", "contiguous");
  if (has_images) {
    add("idiomatic, channels_last", "idiomatic", "channels_last");
    add("by hand, channels_last", "by_hand", "channels_last");
  }
  return baselines;
}

constexpr int64_t kComparedSteps = 100;
// Fewer for networks whose steps take most of a second.
constexpr int64_t kComparedConvolutionalSteps = 4;

// What a section measures: the network and the experiment that are compared.
struct Subject {
  std::string section;
  std::string label;
  std::string precision;
  std::string config;
  nlohmann::json request;
  int64_t compared_steps = kComparedSteps;
};

Subject TwoLayerSubject(const char* section, const char* work, const TwoLayer& setting,
                        const char* precision) {
  return {section,
          StudentNodes(setting),
          precision,
          TwoLayerConfig(setting, precision),
          {{"problem", "two_layer"},
           {"work", work},
           {"precision", precision},
           {"teacher_nodes", setting.teacher_nodes},
           {"multiplier", setting.multiplier}}};
}

Subject MultiLayerSubject(const char* precision) {
  return {kMultiLayerSection,
          kMultiLayerLabel,
          precision,
          MultiLayerConfig(precision),
          {{"problem", "multi_layer"},
           {"work", "step"},
           {"precision", precision},
           {"multiplier", kMultiLayerMultiplier}}};
}

Subject NormalizedSubject(const char* precision) {
  Subject subject = MultiLayerSubject(precision);
  subject.section = kNormalizedSection;
  subject.config = NormalizedConfig(precision);
  subject.request["problem"] = "normalized";
  return subject;
}

Subject ConvolutionalSubject(bool batch_norm, const char* precision) {
  // The agreement check replaces the images.
  return {kConvolutionalSection,
          ConvolutionalLabel(batch_norm),
          precision,
          ConvolutionalConfig(precision, batch_norm, "images.npz:x"),
          {{"problem", "convolutional"},
           {"work", "step"},
           {"precision", precision},
           {"batch_norm", batch_norm},
           {"multiplier", 1}},
          kComparedConvolutionalSteps};
}

// The function of a task. The first call checks that both programs compute the same.
class TimedBaseline {
 public:
  TimedBaseline(TorchProcess& torch, const Subject& subject, const Baseline& baseline,
                Agreements& agreements)
      : torch_(torch),
        config_(subject.config),
        precision_(subject.precision),
        request_(subject.request),
        compared_steps_(subject.compared_steps),
        agreements_(agreements) {
    request_.update(baseline.request);
  }

  absl::StatusOr<double> Run(int64_t iterations) {
    if (!agrees_) {
      DIDACT_ASSIGN_OR_RETURN(const double difference,
                              CheckAgreement(torch_, config_, request_, compared_steps_));
      agreements_.Add(precision_, compared_steps_, difference);
      agrees_ = true;
    }
    nlohmann::json request = request_;
    request["do"] = "time";
    request["iterations"] = iterations;
    DIDACT_ASSIGN_OR_RETURN(const nlohmann::json answer, torch_.Ask(request));
    return answer.value("seconds", 0.0);
  }

 private:
  TorchProcess& torch_;
  std::string config_;
  std::string precision_;
  nlohmann::json request_;
  int64_t compared_steps_;
  Agreements& agreements_;
  bool agrees_ = false;
};

void AddTasks(TorchProcess& torch, const Subject& subject, const std::vector<Baseline>& baselines,
              Agreements& agreements, std::vector<Task>& tasks) {
  for (const Baseline& baseline : baselines) {
    const auto timed = std::make_shared<TimedBaseline>(torch, subject, baseline, agreements);
    tasks.push_back({.section = subject.section,
                     .label = subject.label,
                     .precision = subject.precision,
                     .contender = baseline.contender,
                     .run = [timed](int64_t iterations) { return timed->Run(iterations); }});
  }
}

// Returns the function of a task that sends one request.
std::function<absl::StatusOr<double>(int64_t)> Asking(TorchProcess& torch,
                                                      const nlohmann::json& request) {
  return [&torch, request](int64_t iterations) -> absl::StatusOr<double> {
    nlohmann::json counted = request;
    counted["do"] = "time";
    counted["iterations"] = iterations;
    DIDACT_ASSIGN_OR_RETURN(const nlohmann::json answer, torch.Ask(counted));
    return answer.value("seconds", 0.0);
  };
}

// Normals by the generators that users of the two libraries get without asking.
void AddNormals(TorchProcess& torch, const char* precision, std::vector<Task>& tasks) {
  for (const char* library : {"numpy", "torch"}) {
    const nlohmann::json request = {{"work", "normals"},
                                    {"library", library},
                                    {"count", kRandomCount},
                                    {"precision", precision}};
    tasks.push_back({.section = kRandomSection,
                     .label = kNormalsLabel,
                     .precision = precision,
                     .contender = library,
                     .run = Asking(torch, request)});
  }
}

// `memory_format` is also the name of the contender.
void AddImageOperations(TorchProcess& torch, const char* precision, const char* memory_format,
                        std::vector<Task>& tasks) {
  for (const ImageOperation& operation : ImageOperations()) {
    const SampleShape& input = operation.input;
    const nlohmann::json request = {{"work", "operation"},
                                    {"layer", operation.layer},
                                    {"operation", operation.operation},
                                    {"shape", {input.channels, input.rows, input.columns}},
                                    {"memory_format", memory_format},
                                    {"precision", precision}};
    tasks.push_back({.section = operation.section(),
                     .label = operation.label(),
                     .precision = precision,
                     .contender = memory_format,
                     .run = Asking(torch, request)});
  }
}

}  // namespace

const char kTorchBaselines[] =
    "  reference  the operations of the reference's training loops\n"
    "  idiomatic  nn.Sequential, autograd, optim.SGD; the teacher's outputs are computed once\n"
    "  by hand    gradients by hand, updates in place\n"
    "  N seeds    gradients by hand, in place, over N seeds at once (baddbmm); the time of one "
    "seed\n"
    "  numpy      default_rng's standard_normal into an array; torch: normal_ of a tensor\n"
    "  contiguous, channels_last: the memory formats of images\n";

void Agreements::Add(const std::string& precision, int64_t steps, double difference) {
  Comparisons& comparisons = comparisons_[{precision, steps}];
  ++comparisons.count;
  comparisons.largest_difference = std::max(comparisons.largest_difference, difference);
}

std::string Agreements::Format() const {
  std::string text;
  for (const auto& [key, comparisons] : comparisons_) {
    absl::StrAppendFormat(
        &text,
        "  in %s, each of %d agrees with Didact after %d steps: the largest relative "
        "difference is %.0e\n",
        key.first, comparisons.count, key.second, comparisons.largest_difference);
  }
  return text;
}

std::vector<Task> TorchTasks(TorchProcess& torch, Agreements& agreements) {
  std::vector<Task> tasks;
  for (const char* precision : {"double", "float"}) {
    for (const TwoLayer& setting : StepSettings()) {
      AddTasks(torch, TwoLayerSubject(kTwoLayerStepSection, "step", setting, precision),
               TwoLayerStepBaselines(), agreements, tasks);
    }
    for (const TwoLayer& setting : EvaluationSettings()) {
      AddTasks(torch, TwoLayerSubject(kEvaluationSection, "evaluation", setting, precision),
               OtherBaselines(), agreements, tasks);
    }
    AddTasks(torch, MultiLayerSubject(precision), OtherBaselines(), agreements, tasks);
    AddTasks(torch, NormalizedSubject(precision), DeepBaselines(/*has_images=*/false), agreements,
             tasks);
    for (const bool batch_norm : {false, true}) {
      AddTasks(torch, ConvolutionalSubject(batch_norm, precision),
               DeepBaselines(/*has_images=*/true), agreements, tasks);
    }
    for (const char* format : {"contiguous", "channels_last"}) {
      AddImageOperations(torch, precision, format, tasks);
    }
    AddNormals(torch, precision, tasks);
  }
  return tasks;
}

}  // namespace didact
