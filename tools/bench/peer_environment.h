// Removes environment variables that could slow down the libraries with which the bench compares.

#ifndef DIDACT_TOOLS_BENCH_PEER_ENVIRONMENT_H_
#define DIDACT_TOOLS_BENCH_PEER_ENVIRONMENT_H_

#include <string>
#include <vector>

namespace didact {

// Removes all environment variables by which libraries of linear algebra, thread libraries, PyTorch
// and Python can be slowed down or forced to use other kernels than they would choose
// (OPENBLAS_CORETYPE, MKL_CBWR, OMP_PROC_BIND, ATEN_CPU_CAPABILITY, PYTHONDEVMODE, ...), and sets
// the variables that give each of them one thread. Returns the removed variables, NAME=VALUE, in
// alphabetical order.
//
// Call it before the libraries are loaded, because they read the variables then, and while no other
// threads run. Child processes inherit the result.
std::vector<std::string> ClearPeerEnvironment();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_PEER_ENVIRONMENT_H_
