#include "didact/framework/execution/mpi/mpi_executor.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/status.h"
#include "didact/framework/execution/item_counter.h"
#include "didact/framework/execution/item_queue.h"
#include "didact/framework/execution/mpi/mpi_header.h"
#include "didact/framework/execution/mpi/mpi_world.h"
#include "didact/framework/execution/progress.h"
#include "didact/framework/execution/thread_arena.h"

namespace didact {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReportTag = 1;
constexpr int kGrantTag = 2;

// Polling intervals of rank 0 (for messages) and of the other ranks (for a request to stop). Both
// poll at once when one of their own threads needs work.
constexpr std::chrono::microseconds kLeaderPause(1000);
constexpr std::chrono::microseconds kPause(5000);
// Polling interval of the other ranks while a draw is in progress and threads wait.
constexpr std::chrono::microseconds kShortPause(100);
constexpr std::chrono::milliseconds kReportPause(500);

// Message from another rank to rank 0.
struct Report {
  int64_t draws = 0;  // 1 if the rank asks for items
  int64_t idle = 0;   // see ItemCounter::Draw
  int64_t threads = 0;
  int64_t stops = 0;  // 1 if the rank's user wants to stop
  int64_t ended = 0;  // 1 if all threads of the rank have ended
  ProgressShare share;
};
static_assert(std::is_trivially_copyable_v<Report>);

// First number of a message from rank 0 to another rank. The numbers of items follow.
enum GrantKind : int64_t {
  kItems,  // the answer to a report that draws
  kLast,   // the answer when there are no more items
  kStop,   // end as soon as possible; there are no more items
  kLeave,  // all ranks have ended
};

// One call of Execute in one process.
class Execution {
 public:
  Execution(MpiWorld& world, int threads, const std::atomic<bool>& stop, Progress& progress,
            Executor::Work work)
      : world_(world), threads_(threads), user_stop_(stop), progress_(progress), work_(work) {}

  absl::Status Run(absl::Span<const WorkItem> items) {
    std::thread workers([this] {
      RunTasks(threads_, threads_, [this](int64_t) {
        while (const std::optional<int64_t> number = queue_.Next()) work_(*number, stop_);
      });
      ended_ = true;
      queue_.Wake();
    });
    absl::Status status = world_.rank() == 0 ? Lead(items) : Follow();
    if (!status.ok()) {
      // Other ranks cannot reach this rank any more. Running trials are stopped in an orderly way.
      stop_ = true;
      queue_.Close();
    }
    workers.join();
    return status;
  }

 private:
  // --- Rank 0 ---

  absl::Status Lead(absl::Span<const WorkItem> items) {
    ItemCounter counter(items, world_.size());
    int working = world_.size() - 1;
    bool stopping = false;
    while (true) {
      bool heard = false;
      while (true) {
        int there = 0;
        MPI_Status envelope;
        DIDACT_RETURN_IF_ERROR(world_.Check(
            MPI_Iprobe(MPI_ANY_SOURCE, kReportTag, world_.communicator(), &there, &envelope),
            "MPI_Iprobe"));
        if (there == 0) break;
        heard = true;
        Report report;
        DIDACT_RETURN_IF_ERROR(
            world_.Check(MPI_Recv(&report, sizeof(report), MPI_BYTE, envelope.MPI_SOURCE,
                                  kReportTag, world_.communicator(), MPI_STATUS_IGNORE),
                         "MPI_Recv"));
        progress_.SetShareOf(envelope.MPI_SOURCE, report.share);
        if (report.stops != 0) stop_ = true;
        if (report.ended != 0) --working;
        if (report.draws != 0) {
          std::vector<int64_t> drawn = counter.Draw(report.idle, report.threads);
          const GrantKind kind = drawn.empty() && counter.exhausted() ? kLast : kItems;
          DIDACT_RETURN_IF_ERROR(Grant(envelope.MPI_SOURCE, kind, drawn));
        }
      }
      if (user_stop_) stop_ = true;
      if (stop_ && !stopping) {
        stopping = true;
        counter.Close();
        for (int rank = 1; rank < world_.size(); ++rank) {
          DIDACT_RETURN_IF_ERROR(Grant(rank, kStop, {}));
        }
      }
      if (const std::optional<int64_t> idle = queue_.Wanted()) {
        const std::vector<int64_t> drawn = counter.Draw(*idle, threads_);
        queue_.Add(drawn);
        if (drawn.empty() && counter.exhausted()) queue_.Close();
      }
      DIDACT_RETURN_IF_ERROR(ForgetSentGrants());
      if (working == 0 && ended_) break;
      if (!heard) queue_.WaitFor(kLeaderPause);
    }
    for (int rank = 1; rank < world_.size(); ++rank) {
      DIDACT_RETURN_IF_ERROR(Grant(rank, kLeave, {}));
    }
    for (SentGrant& grant : grants_) {
      DIDACT_RETURN_IF_ERROR(world_.Await(grant.request, "MPI_Isend"));
    }
    grants_.clear();
    return absl::OkStatus();
  }

  struct SentGrant {
    std::vector<int64_t> numbers;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  // Does not wait for the rank, which may not be receiving at the moment.
  absl::Status Grant(int rank, GrantKind kind, absl::Span<const int64_t> items) {
    SentGrant& grant = grants_.emplace_back();
    grant.numbers.push_back(kind);
    grant.numbers.insert(grant.numbers.end(), items.begin(), items.end());
    return world_.Check(
        MPI_Isend(grant.numbers.data(), static_cast<int>(grant.numbers.size()), MPI_INT64_T, rank,
                  kGrantTag, world_.communicator(), &grant.request),
        "MPI_Isend");
  }

  absl::Status ForgetSentGrants() {
    for (auto grant = grants_.begin(); grant != grants_.end();) {
      int sent = 0;
      DIDACT_RETURN_IF_ERROR(
          world_.Check(MPI_Test(&grant->request, &sent, MPI_STATUS_IGNORE), "MPI_Isend"));
      grant = sent != 0 ? grants_.erase(grant) : std::next(grant);
    }
    return absl::OkStatus();
  }

  // --- Other ranks ---

  absl::Status Follow() {
    bool drawing = false;
    bool said_stop = false;
    bool said_ended = false;
    Clock::time_point last_report = Clock::now();
    MPI_Request sending = MPI_REQUEST_NULL;
    Report report;
    while (true) {
      int sent = 0;
      DIDACT_RETURN_IF_ERROR(
          world_.Check(MPI_Test(&sending, &sent, MPI_STATUS_IGNORE), "MPI_Isend"));
      if (sent != 0 && !said_ended) {
        if (user_stop_) stop_ = true;
        const bool says_stop = user_stop_ && !said_stop;
        // Read before the share of progress, which is therefore complete if the threads have ended.
        const bool ended = ended_;
        const std::optional<int64_t> idle = queue_.Wanted();
        const Clock::time_point now = Clock::now();
        if (idle || says_stop || ended || now - last_report > kReportPause) {
          report = {idle ? 1 : 0,      idle.value_or(0), threads_,
                    says_stop ? 1 : 0, ended ? 1 : 0,    progress_.Share()};
          DIDACT_RETURN_IF_ERROR(
              world_.Check(MPI_Isend(&report, sizeof(report), MPI_BYTE, 0, kReportTag,
                                     world_.communicator(), &sending),
                           "MPI_Isend"));
          last_report = now;
          drawing = drawing || idle.has_value();
          said_stop = said_stop || says_stop;
          said_ended = ended;
        }
      }
      DIDACT_ASSIGN_OR_RETURN(const std::optional<std::vector<int64_t>> grant, Receive());
      if (!grant) {
        queue_.WaitFor(drawing ? kShortPause : said_ended ? kLeaderPause : kPause);
        continue;
      }
      switch (grant->front()) {
        case kItems:
        case kLast:
          drawing = false;
          queue_.Add(absl::MakeConstSpan(*grant).subspan(1));
          if (grant->front() == kLast) queue_.Close();
          break;
        case kStop:
          stop_ = true;
          queue_.Close();
          break;
        default:
          return world_.Await(sending, "MPI_Isend");
      }
    }
  }

  // Returns a grant if one has arrived.
  absl::StatusOr<std::optional<std::vector<int64_t>>> Receive() {
    int there = 0;
    MPI_Status envelope;
    DIDACT_RETURN_IF_ERROR(world_.Check(
        MPI_Iprobe(0, kGrantTag, world_.communicator(), &there, &envelope), "MPI_Iprobe"));
    if (there == 0) return std::nullopt;
    int count = 0;
    DIDACT_RETURN_IF_ERROR(
        world_.Check(MPI_Get_count(&envelope, MPI_INT64_T, &count), "MPI_Get_count"));
    std::vector<int64_t> numbers(count);
    DIDACT_RETURN_IF_ERROR(world_.Check(MPI_Recv(numbers.data(), count, MPI_INT64_T, 0, kGrantTag,
                                                 world_.communicator(), MPI_STATUS_IGNORE),
                                        "MPI_Recv"));
    return numbers;
  }

  MpiWorld& world_;
  const int threads_;
  const std::atomic<bool>& user_stop_;
  Progress& progress_;
  const Executor::Work work_;

  ItemQueue queue_;
  std::atomic<bool> stop_ = false;   // of any process
  std::atomic<bool> ended_ = false;  // all threads of this process
  std::list<SentGrant> grants_;
};

class MpiExecutor final : public Executor {
 public:
  MpiExecutor(std::unique_ptr<MpiWorld> world, int threads)
      : world_(std::move(world)), threads_(threads) {}

  int threads() const override { return threads_; }
  int processes() const override { return world_->size(); }
  bool leads() const override { return world_->rank() == 0; }
  std::string process_name() const override {
    return leads() ? "" : absl::StrCat("rank-", world_->rank());
  }

  absl::Status Agree(const absl::Status& status) override { return world_->Agree(status); }
  absl::Status Share(std::vector<int64_t>& numbers) override { return world_->Share(numbers); }

  absl::Status Execute(absl::Span<const WorkItem> items, const std::atomic<bool>& stop,
                       Progress& progress, Work work) override {
    return Execution(*world_, threads_, stop, progress, work).Run(items);
  }

 private:
  std::unique_ptr<MpiWorld> world_;
  int threads_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Executor>> MakeMpiExecutor(int threads) {
  DIDACT_ASSIGN_OR_RETURN(std::unique_ptr<MpiWorld> world, MpiWorld::Start());
  if (threads <= 0) {
    DIDACT_ASSIGN_OR_RETURN(threads, world->CoresOfThis());
  }
  return std::make_unique<MpiExecutor>(std::move(world), threads);
}

}  // namespace didact

didact::Executor* DidactMakeMpiExecutor(int threads, std::string* error) {
  absl::StatusOr<std::unique_ptr<didact::Executor>> executor = didact::MakeMpiExecutor(threads);
  if (executor.ok()) return executor->release();
  *error = std::string(executor.status().message());
  return nullptr;
}
