// The processes that an MPI launcher started together, and collective operations among them.

#ifndef DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_WORLD_H_
#define DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_WORLD_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "didact/framework/execution/mpi/mpi_header.h"

namespace didact {

// The communicator of all processes, and the lifetime of MPI. Waiting polls and sleeps in between,
// unlike MPI's own waiting, which keeps a core busy.
//
// Ownership: ends MPI in the destructor if Start has started it.
// Threads:   one call at a time, from any thread (MPI_THREAD_SERIALIZED).
class MpiWorld {
 public:
  // Starts MPI, unless the program has done so. Must be called in all processes. Errors:
  // UNAVAILABLE. If MPI cannot start at all, it ends the process itself, with a message.
  static absl::StatusOr<std::unique_ptr<MpiWorld>> Start();

  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  // Waits until all processes have called it, and ends MPI if Start has started it. After an error
  // of MPI, or while an exception propagates, ends all processes.
  ~MpiWorld();

  int rank() const { return rank_; }
  int size() const { return size_; }
  MPI_Comm communicator() const { return communicator_; }

  // Returns UNAVAILABLE, naming the call, for an MPI error code. After the first error this process
  // no longer waits for others.
  absl::Status Check(int code, absl::string_view call);

  // Waits for the request.
  absl::Status Await(MPI_Request& request, absl::string_view call);

  // See Executor.
  absl::Status Agree(const absl::Status& status);
  absl::Status Share(std::vector<int64_t>& numbers);
  absl::Status Barrier();

  // Returns the number of cores of this machine for this process: those to which it is bound, or an
  // equal share if processes are bound to the same cores or to none; at most an equal share of the
  // quota of its control groups, which the processes of one machine have in common.
  absl::StatusOr<int> CoresOfThis();

 private:
  MpiWorld() = default;

  absl::Status Broadcast(void* bytes, int64_t size, int root);

  MPI_Comm communicator_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  bool owns_mpi_ = false;
  bool broken_ = false;
};

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_WORLD_H_
