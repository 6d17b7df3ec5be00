#include "didact/framework/execution/progress.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace didact {
namespace {

void AddLosses(double best, double worst, ProgressShare& share) {
  share.best_loss = std::fmin(share.best_loss, best);
  share.worst_loss = std::fmax(share.worst_loss, worst);
}

void AddLoss(double loss, ProgressShare& share) {
  if (std::isfinite(loss)) AddLosses(loss, loss, share);
}

}  // namespace

void Progress::Begin(int64_t trials, int64_t trials_before, double work, int64_t steps,
                     int64_t epochs) {
  const std::lock_guard<std::mutex> lock(mutex_);
  trials_ = trials;
  trials_before_ = trials_before;
  work_ = work;
  steps_ = steps;
  epochs_ = epochs;
  ended_ = {};
  running_.clear();
  others_.clear();
  last_.Reset();
  teachers_.last.Reset();
  teachers_.seconds = 0;
}

std::shared_ptr<TrialProgress> Progress::BeginTrial(int64_t trial, int64_t steps, double work) {
  auto progress = std::make_shared<TrialProgress>();
  progress->steps = steps;
  progress->last = &last_;
  progress->teachers = &teachers_;
  const std::lock_guard<std::mutex> lock(mutex_);
  running_[trial] = {progress, steps, work};
  return progress;
}

void Progress::EndTrial(int64_t trial, bool wrong, bool counts) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto running = running_.find(trial);
  if (running == running_.end()) return;
  AddSteps(running->second, ended_);
  AddLoss(running->second.progress->eval_loss, ended_);
  if (counts) {
    ProgressShare share;
    AddWork(running->second, share);
    const bool did_nothing = running->second.steps > 0 && running->second.progress->steps_done == 0;
    if (wrong || did_nothing) share.work_gone = running->second.work - share.work_done;
    ended_.work_gone += share.work_gone;
    ended_.work_done += running->second.work - share.work_gone;
    ++ended_.trials_done;
    if (wrong) ++ended_.trials_wrong;
  }
  running_.erase(running);
}

void Progress::AddWork(const Running& running, ProgressShare& share) {
  const TrialProgress& progress = *running.progress;
  const double steps = static_cast<double>(std::max<int64_t>(running.steps, 1));
  const double done = std::min(static_cast<double>(progress.steps_done) / steps, 1.0);
  // A trial that resumes from a checkpoint has fewer steps to do than was expected.
  const double gone = (steps - static_cast<double>(progress.steps)) / steps;
  share.work_done += running.work * done;
  share.work_gone += running.work * (running.steps > 0 ? std::clamp(gone, 0.0, 1.0 - done) : 0.0);
}

void Progress::AddSteps(const Running& running, ProgressShare& share) {
  share.steps_done += running.progress->steps_done;
  share.steps_gone += running.steps - running.progress->steps;
}

ProgressShare Progress::Share() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  ProgressShare share = ended_;
  for (const auto& [trial, running] : running_) {
    AddSteps(running, share);
    AddWork(running, share);
    AddLoss(running.progress->eval_loss, share);
  }
  return share;
}

void Progress::SetShareOf(int process, const ProgressShare& share) {
  const std::lock_guard<std::mutex> lock(mutex_);
  others_[process] = share;
}

ProgressView Progress::View() const {
  ProgressShare sum = Share();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [process, share] : others_) {
    sum.trials_done += share.trials_done;
    sum.trials_wrong += share.trials_wrong;
    sum.steps_done += share.steps_done;
    sum.steps_gone += share.steps_gone;
    sum.work_done += share.work_done;
    sum.work_gone += share.work_gone;
    AddLosses(share.best_loss, share.worst_loss, sum);
  }
  ProgressView view;
  view.trials = trials_;
  view.trials_before = trials_before_;
  view.trials_done = trials_before_ + sum.trials_done;
  view.trials_wrong = sum.trials_wrong;
  view.steps = steps_ - sum.steps_gone;
  view.steps_done = sum.steps_done;
  view.epochs = epochs_;
  view.seed = last_.seed;
  view.epoch = last_.epoch;
  view.step_loss = last_.step_loss;
  view.teacher_trainings = teachers_.trainings;
  view.teacher_epoch = teachers_.last.epoch;
  view.teacher_epochs = teachers_.epochs;
  view.teacher_step_loss = teachers_.last.step_loss;
  view.teacher_seconds = teachers_.seconds;
  const double work = work_ - sum.work_gone;
  view.work_done = work > 0 ? std::min(sum.work_done / work, 1.0) : 1.0;
  view.best_loss = sum.best_loss;
  view.worst_loss = sum.worst_loss;
  return view;
}

}  // namespace didact
