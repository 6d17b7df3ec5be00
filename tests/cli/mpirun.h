// The tool as several MPI processes on this machine, for end-to-end tests.

#ifndef DIDACT_TESTS_CLI_MPIRUN_H_
#define DIDACT_TESTS_CLI_MPIRUN_H_

#include <string>
#include <vector>

#include "tests/cli/run_tool.h"

namespace didact {

// Returns the value of RunTool's `launcher` that starts this number of ranks.
inline std::vector<std::string> Mpirun(int ranks) {
  return {"/usr/bin/mpirun", "-n", std::to_string(ranks)};
}

// The same with two ranks. The first gets the additional argument `first`, the second `second`.
// (Two programs of one mpirun, joined by ":", would be simpler, but the mpirun of Open MPI 5.0.7
// crashes on them.)
inline std::vector<std::string> MpirunOfTwo(const std::string& first, const std::string& second) {
  std::vector<std::string> launcher = Mpirun(2);
  launcher.insert(
      launcher.end(),
      {"/usr/bin/env", "FIRST=" + first, "SECOND=" + second, "/bin/sh", "-c",
       "case \"$OMPI_COMM_WORLD_RANK\" in 0) own=\"$FIRST\" ;; *) own=\"$SECOND\" ;; esac; "
       "exec \"$0\" \"$@\" \"$own\""});
  return launcher;
}

// For RunTool's `environment`: the variables that Open MPI needs in every test environment,
// including containers without a network, as root and with one core. Call it anew for each mpirun.
inline std::vector<std::string> MpirunEnvironment() {
  // Open MPI names its files after the process id, which can be the same for two mpiruns in
  // separate sandboxes; they would then map each other's shared memory.
  const std::string own = NewFolder();
  return {
      "HOME=" + own,
      "TMPDIR=" + own,
      "OMPI_MCA_btl_vader_backing_directory=" + own,
      "OMPI_ALLOW_RUN_AS_ROOT=1",
      "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
      // There may be more ranks than cores, and ranks are not bound to cores: settings for Open MPI
      // 4 and for 5.
      "OMPI_MCA_rmaps_base_oversubscribe=1",
      "OMPI_MCA_hwloc_base_binding_policy=none",
      "PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe",
      "PRTE_MCA_hwloc_default_binding_policy=none",
      // All ranks are on this machine, so ssh is not needed.
      "OMPI_MCA_plm_rsh_agent=",
      // Shared memory is used without reading other processes' memory, which containers forbid; TCP
      // where there is none.
      "OMPI_MCA_pml=ob1",
      "OMPI_MCA_btl=self,vader,tcp",
      "OMPI_MCA_btl_vader_single_copy_mechanism=none",
      "OMPI_MCA_btl_tcp_if_include=lo",
      "OMPI_MCA_oob_tcp_if_include=lo",
  };
}

}  // namespace didact

#endif  // DIDACT_TESTS_CLI_MPIRUN_H_
