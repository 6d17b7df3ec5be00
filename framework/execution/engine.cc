#include "didact/framework/execution/engine.h"

#include <utility>

namespace didact {

Engine::Engine(const PluginRegistry& registry, Executor& executor, const std::atomic<bool>& stop,
               Progress& progress, std::function<void(const std::string& warning)> warn)
    : registry_(registry),
      executor_(executor),
      stop_(stop),
      progress_(progress),
      warnings_(std::move(warn)) {}

absl::Status Engine::Train(const TrialList& list, TrialOwner& owner) {
  std::vector<WorkItem> items;
  items.reserve(list.to_do.size());
  TrialCost all;
  for (const int64_t trial : list.to_do) {
    const TrialCost cost = owner.CostOf(trial);
    items.push_back({trial, cost.seconds});
    all.steps += cost.steps;
    all.seconds += cost.seconds;
  }
  progress_.Begin(list.trials, list.trials - static_cast<int64_t>(list.to_do.size()), all.seconds,
                  all.steps, list.epochs);
  return executor_.Execute(items, stop_, progress_,
                           [this, &owner](int64_t trial, const std::atomic<bool>& stop) {
                             TrainOne(trial, owner, stop);
                           });
}

void Engine::TrainOne(int64_t trial, TrialOwner& owner, const std::atomic<bool>& stop) {
  if (stop) return;
  const TrialCost cost = owner.CostOf(trial);
  const std::shared_ptr<TrialProgress> progress =
      progress_.BeginTrial(trial, cost.steps, cost.seconds);
  const TrialStatus status = owner.End(trial, ResultOf(trial, owner, stop, *progress));
  progress_.EndTrial(trial, IsWrong(status), HasEnded(status));
}

TrialResult Engine::ResultOf(int64_t trial, TrialOwner& owner, const std::atomic<bool>& stop,
                             TrialProgress& progress) {
  absl::StatusOr<BegunTrial> begun = owner.Begin(trial);
  if (!begun.ok()) {
    TrialResult failed;
    failed.provenance.status = TrialStatus::kFailed;
    failed.provenance.message = std::string(begun.status().message());
    return failed;
  }
  begun->task.warn = [this, trial, &owner](const Problem& warning) {
    warnings_.Add(warning, owner.Locate(trial, warning));
  };
  std::optional<StoredTeachers> teachers;
  if (begun->teachers != nullptr) {
    teachers.emplace(*begun->teachers, TeacherReport{begun->task.warn, progress.teachers, {}});
    begun->task.teachers = &*teachers;
  }
  TrialResult result =
      begun->ended ? *std::move(begun->ended)
                   : ExecuteTrial(begun->task, std::move(begun->built), registry_, stop, progress);
  if (teachers && !begun->ended) result.provenance.teachers = teachers->keys();
  std::vector<std::string>& notes = result.provenance.notes;
  notes.insert(notes.begin(), begun->notes.begin(), begun->notes.end());
  return result;
}

}  // namespace didact
