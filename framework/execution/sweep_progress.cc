#include "framework/execution/sweep_progress.h"

#include <algorithm>
#include <cmath>

namespace didact {
namespace {

void AddLoss(double loss, SweepProgressView& view) {
  if (!std::isfinite(loss)) return;
  view.best_loss = std::fmin(view.best_loss, loss);
  view.worst_loss = std::fmax(view.worst_loss, loss);
}

}  // namespace

void SweepProgress::Begin(int64_t trials, int64_t trials_before, double work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  work_ = work;
  ended_.trials_done = ended_.trials_before = trials_before;
  ended_.trials = trials;
}

std::shared_ptr<RunProgress> SweepProgress::BeginTrial(int64_t trial, int64_t steps, double work) {
  auto progress = std::make_shared<RunProgress>();
  progress->steps = steps;
  const std::lock_guard<std::mutex> lock(mutex_);
  running_[trial] = {progress, work};
  return progress;
}

void SweepProgress::EndTrial(int64_t trial, bool wrong, bool counts) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto running = running_.find(trial);
  if (running == running_.end()) return;
  ended_.steps_done += running->second.progress->steps_done;
  AddLoss(running->second.progress->eval_loss, ended_);
  if (counts) {
    work_ended_ += running->second.work;
    ++ended_.trials_done;
    if (wrong) ++ended_.trials_wrong;
  }
  running_.erase(running);
}

SweepProgressView SweepProgress::View() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  SweepProgressView view = ended_;
  double work = work_ended_;
  for (const auto& [trial, running] : running_) {
    const RunProgress& progress = *running.progress;
    const double done = static_cast<double>(progress.steps_done);
    view.steps_done += progress.steps_done;
    work += running.work *
            std::min(done / static_cast<double>(std::max<int64_t>(progress.steps, 1)), 1.0);
    AddLoss(progress.eval_loss, view);
  }
  view.work_done = work_ > 0 ? std::min(work / work_, 1.0) : 1.0;
  return view;
}

}  // namespace didact
