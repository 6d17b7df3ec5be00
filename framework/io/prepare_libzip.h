// Makes libzip safe to use from several threads.

#ifndef DIDACT_FRAMEWORK_IO_PREPARE_LIBZIP_H_
#define DIDACT_FRAMEWORK_IO_PREPARE_LIBZIP_H_

namespace didact {

// Must be called before any archive is opened. Before libzip 1.9, the first archive that a process
// opens sets variables that other threads read without a lock (github.com/nih-at/libzip, issue
// 289): an archive that another thread opens for writing at that moment is refused as read-only.
// This function opens a first archive while all other callers wait. Threads: safe.
void PrepareLibzip();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_PREPARE_LIBZIP_H_
