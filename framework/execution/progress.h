// The progress of a run or a sweep. The threads that train write it, and the progress line reads
// it.
//
// 1. The engine calls Begin, then BeginTrial and EndTrial for each trial. A trial updates its
//    TrialProgress.
// 2. In the root of several processes, SetShareOf stores what the others have reported (Share).
// 3. View returns the sum at any time.
//
// Example:
//
//   Progress progress;
//   progress.Begin(/*trials=*/2, /*trials_before=*/0, /*work=*/10.0, /*steps=*/2000);
//   const std::shared_ptr<TrialProgress> trial =
//       progress.BeginTrial(/*trial=*/0, /*steps=*/1000, /*work=*/5.0);
//   trial->steps_done = 500;
//   const double done = progress.View().work_done;  // 0.25

#ifndef DIDACT_FRAMEWORK_EXECUTION_PROGRESS_H_
#define DIDACT_FRAMEWORK_EXECUTION_PROGRESS_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

namespace didact {

// The state of the trial that was evaluated last in this process. All members may be accessed from
// any thread at any time.
struct LastEvaluation {
  std::atomic<uint64_t> seed = 0;
  std::atomic<int64_t> epoch = -1;
  std::atomic<double> step_loss = std::numeric_limits<double>::quiet_NaN();

  void Reset() {
    seed = 0;
    epoch = -1;
    step_loss = std::numeric_limits<double>::quiet_NaN();
  }
};

// The trainings of teachers in this process (teacher_store.h). All members may be accessed from any
// thread at any time.
struct TeacherProgress {
  std::atomic<int> trainings = 0;   // under way
  std::atomic<int64_t> epochs = 0;  // of the training that began last
  LastEvaluation last;              // of the training that was evaluated last
  std::atomic<double> seconds = 0;  // that trials have waited for their teachers, added up
};

// The progress of one trial. All members may be accessed from any thread at any time.
struct TrialProgress {
  std::atomic<int64_t> steps = 0;  // to be done by this process; not positive if unknown
  std::atomic<int64_t> steps_done = 0;
  // The objective's mean over the evaluation set.
  std::atomic<double> eval_loss = std::numeric_limits<double>::quiet_NaN();
  LastEvaluation* last = nullptr;  // shared by all trials; must outlive this object; may be null
  TeacherProgress* teachers = nullptr;  // the same

  // Called when the trial has been evaluated.
  void SetEvaluation(uint64_t seed, int64_t epoch, double step_loss, double loss) {
    eval_loss = loss;
    if (last == nullptr) return;
    last->seed = seed;
    last->epoch = epoch;
    last->step_loss = step_loss;
  }
};

// The progress of all processes at one moment.
struct ProgressView {
  int64_t trials = 0;         // all trials; 0 until the run or sweep has begun
  int64_t trials_done = 0;    // including those that were done before it began
  int64_t trials_wrong = 0;   // those that diverged or failed since it began
  int64_t trials_before = 0;  // done before it began
  // Steps to be done, without those that checkpoints have; not positive if unknown.
  int64_t steps = 0;
  int64_t steps_done = 0;
  int64_t epochs = 0;  // of each trial; 0 if trials differ
  // State of the trial that was evaluated last in this process: its seed, its last epoch and the
  // loss of its last mini-batch; 0, -1 and NaN before the first evaluation.
  uint64_t seed = 0;
  int64_t epoch = -1;
  double step_loss = std::numeric_limits<double>::quiet_NaN();
  // Trainings of teachers that are under way in this process. The training that was evaluated last:
  // its last epoch, its number of epochs, and the loss of its last mini-batch; -1, 0 and NaN before
  // its first evaluation.
  int teacher_trainings = 0;
  int64_t teacher_epoch = -1;
  int64_t teacher_epochs = 0;
  double teacher_step_loss = std::numeric_limits<double>::quiet_NaN();
  double teacher_seconds = 0;  // that trials of this process have waited for teachers, added up
  // Fraction of the work that is done, by estimated cost, from 0 to 1. Work that turns out not to
  // be needed (the rest of a trial that diverged, the steps that a checkpoint has) is not counted.
  double work_done = 0;
  // Best and worst loss of the last evaluation of each trial, over the trials that run or have
  // ended; NaN before the first.
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  double worst_loss = std::numeric_limits<double>::quiet_NaN();
};

// The contribution of one process since it began. Trivially copyable, so it can be sent to another
// process as bytes.
struct ProgressShare {
  int64_t trials_done = 0;
  int64_t trials_wrong = 0;
  int64_t steps_done = 0;
  int64_t steps_gone = 0;  // steps that need not be done, because checkpoints have them
  double work_done = 0;
  double work_gone = 0;  // work that turned out not to be needed
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  double worst_loss = std::numeric_limits<double>::quiet_NaN();
};

// The progress of a run or a sweep. Threads: all methods may be called from any thread at any time.
class Progress {
 public:
  // Forgets all earlier progress. `work`: estimated cost of the trials that are left, in any unit;
  // `steps`: their steps, not positive if unknown; `epochs`: those of each trial, 0 if trials differ.
  void Begin(int64_t trials, int64_t trials_before, double work, int64_t steps = 0,
             int64_t epochs = 0);

  // Called when a trial begins. The trial reports to the returned object until EndTrial.
  std::shared_ptr<TrialProgress> BeginTrial(int64_t trial, int64_t steps, double work);
  // Called when a trial has ended. `wrong`: it diverged or failed. `counts`: it is done, not merely
  // interrupted.
  void EndTrial(int64_t trial, bool wrong, bool counts);

  // Returns the contribution of this process.
  ProgressShare Share() const;
  // Stores the contribution of another process.
  void SetShareOf(int process, const ProgressShare& share);

  // Returns the sum over all processes that have reported.
  ProgressView View() const;

 private:
  struct Running {
    std::shared_ptr<TrialProgress> progress;
    int64_t steps = 0;  // estimate
    double work = 0;
  };

  // Adds the work of a trial that is done so far, and the work that is not needed.
  static void AddWork(const Running& running, ProgressShare& share);
  // Adds the steps of a trial that are done so far, and those that its checkpoint had.
  static void AddSteps(const Running& running, ProgressShare& share);

  mutable std::mutex mutex_;
  int64_t trials_ = 0;
  int64_t trials_before_ = 0;
  double work_ = 0;
  int64_t steps_ = 0;
  int64_t epochs_ = 0;
  ProgressShare ended_;  // only of trials that have ended
  std::map<int64_t, Running> running_;
  std::map<int, ProgressShare> others_;
  LastEvaluation last_;
  TeacherProgress teachers_;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_PROGRESS_H_
