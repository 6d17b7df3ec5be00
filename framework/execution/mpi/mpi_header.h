// <mpi.h> without Open MPI's C++ bindings, which MPI 3 removed and whose casts GCC warns about.

#ifndef DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_HEADER_H_
#define DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_HEADER_H_

#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1
#endif
// In Debian's folder, which compilers search.
#include <mpi/mpi.h>

#endif  // DIDACT_FRAMEWORK_EXECUTION_MPI_MPI_HEADER_H_
