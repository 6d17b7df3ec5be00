// Removes environment variables that could slow down the libraries with which the bench compares.

#ifndef DIDACT_TOOLS_BENCH_PEER_ENVIRONMENT_H_
#define DIDACT_TOOLS_BENCH_PEER_ENVIRONMENT_H_

#include <string>
#include <vector>

namespace didact {

// Removes from the environment all variables by which linear algebra libraries, thread libraries,
// PyTorch and Python can be slowed down or restricted to other kernels than they would choose
// (OPENBLAS_CORETYPE, MKL_CBWR, OMP_PROC_BIND, ATEN_CPU_CAPABILITY, PYTHONDEVMODE, ...), and sets
// the variables that give each of them one thread. Returns the removed ones, NAME=VALUE, in
// alphabetical order.
//
// Libraries read these variables when they are loaded, so it must be called before that, and not
// while other threads run. Child processes inherit the result.
std::vector<std::string> ClearPeerEnvironment();

}  // namespace didact

#endif  // DIDACT_TOOLS_BENCH_PEER_ENVIRONMENT_H_
