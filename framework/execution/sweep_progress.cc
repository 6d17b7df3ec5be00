#include "framework/execution/sweep_progress.h"

#include <algorithm>
#include <cmath>

namespace didact {
namespace {

void AddLosses(double best, double worst, SweepShare& share) {
  share.best_loss = std::fmin(share.best_loss, best);
  share.worst_loss = std::fmax(share.worst_loss, worst);
}

void AddLoss(double loss, SweepShare& share) {
  if (std::isfinite(loss)) AddLosses(loss, loss, share);
}

}  // namespace

void SweepProgress::Begin(int64_t trials, int64_t trials_before, double work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  trials_ = trials;
  trials_before_ = trials_before;
  work_ = work;
}

std::shared_ptr<RunProgress> SweepProgress::BeginTrial(int64_t trial, int64_t steps, double work) {
  auto progress = std::make_shared<RunProgress>();
  progress->steps = steps;
  const std::lock_guard<std::mutex> lock(mutex_);
  running_[trial] = {progress, steps, work};
  return progress;
}

void SweepProgress::EndTrial(int64_t trial, bool wrong, bool counts) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto running = running_.find(trial);
  if (running == running_.end()) return;
  ended_.steps_done += running->second.progress->steps_done;
  AddLoss(running->second.progress->eval_loss, ended_);
  if (counts) {
    SweepShare share;
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

void SweepProgress::AddWork(const Running& running, SweepShare& share) {
  const RunProgress& progress = *running.progress;
  const double steps = static_cast<double>(std::max<int64_t>(running.steps, 1));
  const double done = std::min(static_cast<double>(progress.steps_done) / steps, 1.0);
  // A trial that goes on from a checkpoint has fewer steps than was expected.
  const double gone = (steps - static_cast<double>(progress.steps)) / steps;
  share.work_done += running.work * done;
  share.work_gone += running.work * (running.steps > 0 ? std::clamp(gone, 0.0, 1.0 - done) : 0.0);
}

SweepShare SweepProgress::Share() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  SweepShare share = ended_;
  for (const auto& [trial, running] : running_) {
    const RunProgress& progress = *running.progress;
    share.steps_done += progress.steps_done;
    AddWork(running, share);
    AddLoss(progress.eval_loss, share);
  }
  return share;
}

void SweepProgress::SetShareOf(int process, const SweepShare& share) {
  const std::lock_guard<std::mutex> lock(mutex_);
  others_[process] = share;
}

SweepProgressView SweepProgress::View() const {
  SweepShare sum = Share();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [process, share] : others_) {
    sum.trials_done += share.trials_done;
    sum.trials_wrong += share.trials_wrong;
    sum.steps_done += share.steps_done;
    sum.work_done += share.work_done;
    sum.work_gone += share.work_gone;
    AddLosses(share.best_loss, share.worst_loss, sum);
  }
  SweepProgressView view;
  view.trials = trials_;
  view.trials_before = trials_before_;
  view.trials_done = trials_before_ + sum.trials_done;
  view.trials_wrong = sum.trials_wrong;
  view.steps_done = sum.steps_done;
  const double work = work_ - sum.work_gone;
  view.work_done = work > 0 ? std::min(sum.work_done / work, 1.0) : 1.0;
  view.best_loss = sum.best_loss;
  view.worst_loss = sum.worst_loss;
  return view;
}

}  // namespace didact
