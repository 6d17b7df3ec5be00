#include "didact/framework/export/experiment_stack.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

// The members that every archive has.
enum Member : size_t { kSeed, kStatus, kEvaluations, kEpoch, kStep, kFirstMetric };

template <class T>
absl::string_view Bytes(const T& number) {
  return absl::string_view(reinterpret_cast<const char*>(&number), sizeof(T));
}

// Appends a number as an element of its metric's array.
absl::Status AppendNumber(const MetricValue& value, const StreamedArray& array, size_t member,
                          NpzStreamWriter& writer) {
  if (array.element == NpyElement::kInt64) {
    const int64_t* const number = std::get_if<int64_t>(&value.number);
    return writer.Append(member,
                         number != nullptr ? Bytes(*number) : FillElement(NpyElement::kInt64));
  }
  const double number = std::visit([](auto of) { return static_cast<double>(of); }, value.number);
  return writer.Append(member, Bytes(number));
}

}  // namespace

absl::StatusOr<ExperimentStack> ExperimentStack::Look(const ResultDirectory& directory,
                                                      ResultExperiment experiment,
                                                      MetricFilter& filter,
                                                      const std::atomic<bool>& stop,
                                                      Damage& damage) {
  ExperimentStack stack(std::move(experiment));
  DIDACT_ASSIGN_OR_RETURN(stack.survey_, SurveyExperiment(directory, stack.experiment_,
                                                          /*last=*/false, filter, stop, damage));
  for (int64_t trial = 0; trial < stack.experiment_.trials; ++trial) {
    DIDACT_RETURN_IF_ERROR(CheckStop(stop));
    TrialStatus& status = stack.survey_.statuses[trial];
    if (status == TrialStatus::kPending) continue;
    const absl::Status looked = stack.arrays_.Look(stack.experiment_, trial, filter);
    if (looked.ok()) continue;
    status = TrialStatus::kDamaged;
    damage.Add(looked);
  }
  stack.Plan();
  return stack;
}

void ExperimentStack::Plan() {
  for (const int64_t epoch : survey_.epochs) epoch_places_.emplace(epoch, epoch_places_.size());
  const int64_t trials =
      std::count_if(survey_.statuses.begin(), survey_.statuses.end(),
                    [](TrialStatus status) { return status != TrialStatus::kPending; });
  const int64_t epochs = static_cast<int64_t>(survey_.epochs.size());
  members_.push_back({"seed", NpyElement::kUint64, 0, {trials}});
  members_.push_back({"status", NpyElement::kUint64, kResultStatusCharacters, {trials}});
  members_.push_back({"evaluations", NpyElement::kInt64, 0, {trials}});
  members_.push_back({"epoch", NpyElement::kInt64, 0, {epochs}});
  members_.push_back({"step", NpyElement::kInt64, 0, {trials, epochs}});
  for (const MetricColumn& metric : survey_.metrics.list()) {
    members_.push_back({metric.name,
                        metric.is_integer ? NpyElement::kInt64 : NpyElement::kFloat64,
                        0,
                        {trials, epochs}});
  }
  first_array_ = members_.size();
  if (arrays_.arrays().empty()) return;
  const int64_t array_epochs = static_cast<int64_t>(arrays_.epochs().size());
  members_.push_back({"array_epoch", NpyElement::kInt64, 0, {array_epochs}});
  ++first_array_;
  for (const SharedArray& array : arrays_.arrays()) {
    std::vector<int64_t> shape = {trials, array_epochs};
    shape.insert(shape.end(), array.extents.begin(), array.extents.end());
    members_.push_back({array.name, array.element, 0, std::move(shape)});
  }
}

absl::Status ExperimentStack::Write(const std::string& path, const std::atomic<bool>& stop) const {
  DIDACT_ASSIGN_OR_RETURN(NpzStreamWriter writer, NpzStreamWriter::Create(path, members_));
  for (const int64_t epoch : survey_.epochs) {
    DIDACT_RETURN_IF_ERROR(writer.Append(kEpoch, Bytes(epoch)));
  }
  if (!arrays_.arrays().empty()) {
    for (const int64_t epoch : arrays_.epochs()) {
      DIDACT_RETURN_IF_ERROR(writer.Append(first_array_ - 1, Bytes(epoch)));
    }
  }
  for (int64_t trial = 0; trial < experiment_.trials; ++trial) {
    DIDACT_RETURN_IF_ERROR(CheckStop(stop));
    if (survey_.statuses[trial] == TrialStatus::kPending) continue;
    DIDACT_RETURN_IF_ERROR(WriteTrial(trial, writer));
  }
  return writer.Finish();
}

absl::Status ExperimentStack::WriteTrial(int64_t trial, NpzStreamWriter& writer) const {
  const uint64_t seed = experiment_.first_seed + static_cast<uint64_t>(trial);
  const TrialStatus status = survey_.statuses[trial];
  DIDACT_RETURN_IF_ERROR(writer.Append(kSeed, Bytes(seed)));
  DIDACT_RETURN_IF_ERROR(
      writer.Append(kStatus, NpyText(TrialStatusName(status), kResultStatusCharacters)));
  DIDACT_RETURN_IF_ERROR(WriteEvaluations(trial, writer));
  return arrays_.Read(experiment_, trial, status != TrialStatus::kDamaged,
                      [&](size_t array, absl::string_view elements) {
                        return writer.Append(first_array_ + array, elements);
                      });
}

absl::Status ExperimentStack::WriteEvaluations(int64_t trial, NpzStreamWriter& writer) const {
  const std::vector<MetricColumn>& metrics = survey_.metrics.list();
  std::vector<const MetricValue*> cells(metrics.size());
  size_t place = 0;  // index of the next epoch to write
  const auto fill = [&](size_t end) {
    for (; place < end; ++place) {
      for (size_t member = kStep; member < kFirstMetric + metrics.size(); ++member) {
        DIDACT_RETURN_IF_ERROR(writer.Append(member, FillElement(members_[member].element)));
      }
    }
    return absl::OkStatus();
  };
  int64_t evaluations = 0;
  const auto write = [&](const RecordedEvaluation& evaluation) -> absl::Status {
    const auto found = epoch_places_.find(evaluation.epoch);
    // The trial has continued since the first pass.
    if (found == epoch_places_.end()) return absl::OkStatus();
    DIDACT_RETURN_IF_ERROR(fill(found->second));
    ++place;
    ++evaluations;
    cells.assign(metrics.size(), nullptr);
    for (const MetricValue& value : evaluation.values) {
      const int column = survey_.metrics.Find(value.key);
      if (column >= 0) cells[static_cast<size_t>(column)] = &value;
    }
    DIDACT_RETURN_IF_ERROR(writer.Append(kStep, Bytes(evaluation.step)));
    for (size_t c = 0; c < cells.size(); ++c) {
      const size_t member = kFirstMetric + c;
      const StreamedArray& array = members_[member];
      DIDACT_RETURN_IF_ERROR(cells[c] == nullptr ? writer.Append(member, FillElement(array.element))
                                                 : AppendNumber(*cells[c], array, member, writer));
    }
    return absl::OkStatus();
  };
  DIDACT_RETURN_IF_ERROR(VisitEvaluations(experiment_, trial, survey_.statuses[trial],
                                          /*last=*/false, survey_.metrics, write)
                             .status());
  DIDACT_RETURN_IF_ERROR(fill(epoch_places_.size()));
  return writer.Append(kEvaluations, Bytes(evaluations));
}

}  // namespace didact
