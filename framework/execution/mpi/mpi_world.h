// The processes that an MPI launcher started together: who they are, and what they say to all.

#ifndef DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_WORLD_H_
#define DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_WORLD_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "framework/execution/mpi/mpi_header.h"

namespace didact {

// Waits sleep between looks, unlike MPI's own, which keep a core busy.
//
// Threads: one at a time, any (MPI_THREAD_SERIALIZED).
class MpiWorld {
 public:
  // Starts MPI, unless the program has done so. Called in all processes.
  // Errors: UNAVAILABLE. Where MPI cannot start at all it ends the process itself, with a message.
  static absl::StatusOr<std::unique_ptr<MpiWorld>> Start();

  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  // Waits for all processes to get here, and ends MPI if Start has started it. After an error of
  // MPI, or when an exception is on its way, ends all processes.
  ~MpiWorld();

  int rank() const { return rank_; }
  int size() const { return size_; }
  MPI_Comm communicator() const { return communicator_; }

  // UNAVAILABLE, naming the call, for an MPI error code. After the first error nobody waits for
  // others any more.
  absl::Status Check(int code, absl::string_view call);

  // Waits for the request.
  absl::Status Await(MPI_Request& request, absl::string_view call);

  // As of Executor.
  absl::Status Agree(const absl::Status& status);
  absl::Status Share(std::vector<int64_t>& numbers);
  absl::Status Barrier();

  // The cores of this machine that are this process' part: those that it was bound to, or an equal
  // part where processes were bound to the same ones or to none.
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
