#include "tools/bench/torch_tasks.h"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "didact/framework/base/status.h"
#include "nlohmann/json.hpp"
#include "tools/bench/experiments.h"
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

// What a section measures: the network and the experiment that are compared.
struct Subject {
  std::string section;
  std::string label;
  std::string precision;
  std::string config;
  nlohmann::json request;
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

// The function of a task. The first call checks that both programs compute the same.
class TimedBaseline {
 public:
  TimedBaseline(TorchProcess& torch, const Subject& subject, const Baseline& baseline,
                Agreements& agreements)
      : torch_(torch),
        config_(subject.config),
        precision_(subject.precision),
        request_(subject.request),
        agreements_(agreements) {
    request_.update(baseline.request);
  }

  absl::StatusOr<double> Run(int64_t iterations) {
    if (!agrees_) {
      DIDACT_ASSIGN_OR_RETURN(const double difference, CheckAgreement(torch_, config_, request_));
      agreements_.Add(precision_, difference);
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

// Normals by the generators that users of the two libraries get without asking.
void AddNormals(TorchProcess& torch, const char* precision, std::vector<Task>& tasks) {
  for (const char* library : {"numpy", "torch"}) {
    const nlohmann::json request = {{"do", "time"},
                                    {"work", "normals"},
                                    {"library", library},
                                    {"count", kRandomCount},
                                    {"precision", precision}};
    tasks.push_back({.section = kRandomSection,
                     .label = kNormalsLabel,
                     .precision = precision,
                     .contender = library,
                     .run = [&torch, request](int64_t iterations) -> absl::StatusOr<double> {
                       nlohmann::json counted = request;
                       counted["iterations"] = iterations;
                       DIDACT_ASSIGN_OR_RETURN(const nlohmann::json answer, torch.Ask(counted));
                       return answer.value("seconds", 0.0);
                     }});
  }
}

}  // namespace

const char kTorchBaselines[] =
    "  reference  the operations of the reference's training loops\n"
    "  idiomatic  nn.Sequential, autograd, optim.SGD; the teacher's outputs are computed once\n"
    "  N seeds    gradients by hand, in place, over N seeds at once (baddbmm); the time of one "
    "seed\n"
    "  numpy      default_rng's standard_normal into an array; torch: normal_ of a tensor\n";

void Agreements::Add(const std::string& precision, double difference) {
  Comparisons& comparisons = of_precision_[precision];
  ++comparisons.count;
  comparisons.largest_difference = std::max(comparisons.largest_difference, difference);
}

std::string Agreements::Format() const {
  std::string text;
  for (const auto& [precision, comparisons] : of_precision_) {
    absl::StrAppendFormat(
        &text,
        "  in %s, each of %d agrees with Didact after %d steps: the largest relative "
        "difference is %.0e\n",
        precision, comparisons.count, kComparedSteps, comparisons.largest_difference);
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
    AddNormals(torch, precision, tasks);
  }
  return tasks;
}

}  // namespace didact
