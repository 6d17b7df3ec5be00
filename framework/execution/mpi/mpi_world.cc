#include "didact/framework/execution/mpi/mpi_world.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <limits>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "didact/framework/base/control_groups.h"
#include "didact/framework/base/status.h"

namespace didact {
namespace {

constexpr std::chrono::microseconds kFirstPause(20);
constexpr std::chrono::microseconds kLongestPause(2000);
// Exit code of a process that aborts all others.
constexpr int kAbortCode = 2;

}  // namespace

absl::StatusOr<std::unique_ptr<MpiWorld>> MpiWorld::Start() {
  auto world = std::unique_ptr<MpiWorld>(new MpiWorld());
  int begun = 0;
  int level = MPI_THREAD_SINGLE;
  DIDACT_RETURN_IF_ERROR(world->Check(MPI_Initialized(&begun), "MPI_Initialized"));
  if (begun != 0) {
    DIDACT_RETURN_IF_ERROR(world->Check(MPI_Query_thread(&level), "MPI_Query_thread"));
  } else {
    DIDACT_RETURN_IF_ERROR(world->Check(
        MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level), "MPI_Init_thread"));
    world->owns_mpi_ = true;
  }
  if (level < MPI_THREAD_SERIALIZED) {
    return absl::UnavailableError("MPI: must be usable from any thread (MPI_THREAD_SERIALIZED)");
  }
  // A communicator of our own keeps messages apart from the program's and returns errors.
  DIDACT_RETURN_IF_ERROR(
      world->Check(MPI_Comm_dup(MPI_COMM_WORLD, &world->communicator_), "MPI_Comm_dup"));
  MPI_Comm_set_errhandler(world->communicator_, MPI_ERRORS_RETURN);
  DIDACT_RETURN_IF_ERROR(
      world->Check(MPI_Comm_rank(world->communicator_, &world->rank_), "MPI_Comm_rank"));
  DIDACT_RETURN_IF_ERROR(
      world->Check(MPI_Comm_size(world->communicator_, &world->size_), "MPI_Comm_size"));
  return world;
}

MpiWorld::~MpiWorld() {
  if (communicator_ == MPI_COMM_NULL) return;
  if (!broken_ && std::uncaught_exceptions() == 0) Barrier().IgnoreError();
  if (!owns_mpi_) {
    MPI_Comm_free(&communicator_);
  } else if (broken_ || std::uncaught_exceptions() > 0) {
    MPI_Abort(communicator_, kAbortCode);
  } else {
    MPI_Comm_free(&communicator_);
    MPI_Finalize();
  }
}

absl::Status MpiWorld::Check(int code, absl::string_view call) {
  if (code == MPI_SUCCESS) return absl::OkStatus();
  broken_ = true;
  std::array<char, MPI_MAX_ERROR_STRING + 1> text = {};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  return absl::UnavailableError(absl::StrCat("MPI: rank ", rank_, ": ", call, ": ", text.data()));
}

absl::Status MpiWorld::Await(MPI_Request& request, absl::string_view call) {
  auto pause = kFirstPause;
  while (true) {
    int done = 0;
    DIDACT_RETURN_IF_ERROR(Check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), call));
    if (done != 0) return absl::OkStatus();
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

absl::Status MpiWorld::Broadcast(void* bytes, int64_t size, int root) {
  constexpr int64_t kLargest = std::numeric_limits<int>::max();
  auto* next = static_cast<char*>(bytes);
  while (size > 0) {
    const int part = static_cast<int>(std::min(size, kLargest));
    MPI_Request request = MPI_REQUEST_NULL;
    DIDACT_RETURN_IF_ERROR(
        Check(MPI_Ibcast(next, part, MPI_BYTE, root, communicator_, &request), "MPI_Ibcast"));
    DIDACT_RETURN_IF_ERROR(Await(request, "MPI_Ibcast"));
    next += part;
    size -= part;
  }
  return absl::OkStatus();
}

absl::Status MpiWorld::Agree(const absl::Status& status) {
  // The lowest rank with an error, or `size_` if there is none.
  int mine = status.ok() ? size_ : rank_;
  int first = size_;
  MPI_Request request = MPI_REQUEST_NULL;
  DIDACT_RETURN_IF_ERROR(
      Check(MPI_Iallreduce(&mine, &first, 1, MPI_INT, MPI_MIN, communicator_, &request),
            "MPI_Iallreduce"));
  DIDACT_RETURN_IF_ERROR(Await(request, "MPI_Iallreduce"));
  if (first == size_) return absl::OkStatus();
  std::string message(status.message());
  std::array<int64_t, 2> header = {static_cast<int64_t>(status.code()),
                                   static_cast<int64_t>(message.size())};
  DIDACT_RETURN_IF_ERROR(Broadcast(header.data(), sizeof(header), first));
  message.resize(header[1]);
  DIDACT_RETURN_IF_ERROR(Broadcast(message.data(), header[1], first));
  return {static_cast<absl::StatusCode>(header[0]), message};
}

absl::Status MpiWorld::Share(std::vector<int64_t>& numbers) {
  auto count = static_cast<int64_t>(numbers.size());
  DIDACT_RETURN_IF_ERROR(Broadcast(&count, sizeof(count), 0));
  numbers.resize(count);
  return Broadcast(numbers.data(), count * static_cast<int64_t>(sizeof(int64_t)), 0);
}

absl::Status MpiWorld::Barrier() {
  MPI_Request request = MPI_REQUEST_NULL;
  DIDACT_RETURN_IF_ERROR(Check(MPI_Ibarrier(communicator_, &request), "MPI_Ibarrier"));
  return Await(request, "MPI_Ibarrier");
}

absl::StatusOr<int> MpiWorld::CoresOfThis() {
  cpu_set_t own;
  CPU_ZERO(&own);
  // The call fails if the machine has more cores than the set can hold; one core is assumed then.
  if (sched_getaffinity(0, sizeof(own), &own) != 0) CPU_SET(0, &own);
  MPI_Comm machine = MPI_COMM_NULL;
  DIDACT_RETURN_IF_ERROR(Check(
      MPI_Comm_split_type(communicator_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine),
      "MPI_Comm_split_type"));
  MPI_Comm_set_errhandler(machine, MPI_ERRORS_RETURN);
  const int cores = std::max(CPU_COUNT(&own), 1);
  cpu_set_t all;
  int sum = 0;
  int processes = 1;
  absl::Status status =
      Check(MPI_Allreduce(&own, &all, sizeof(own), MPI_BYTE, MPI_BOR, machine), "MPI_Allreduce");
  status.Update(Check(MPI_Allreduce(&cores, &sum, 1, MPI_INT, MPI_SUM, machine), "MPI_Allreduce"));
  status.Update(Check(MPI_Comm_size(machine, &processes), "MPI_Comm_size"));
  MPI_Comm_free(&machine);
  DIDACT_RETURN_IF_ERROR(status);
  const int different = CPU_COUNT(&all);
  const int bound = sum <= different ? cores : different / processes;
  const double quota = std::ceil(LimitsOfControlGroups().processors / processes);
  return static_cast<int>(std::max(std::min<double>(bound, quota), 1.0));
}

}  // namespace didact
