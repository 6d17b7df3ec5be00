// Makes libzip safe to use from several threads.

#ifndef DIDACT_FRAMEWORK_IO_PREPARE_LIBZIP_H_
#define DIDACT_FRAMEWORK_IO_PREPARE_LIBZIP_H_

namespace didact {

// To be called before any archive is opened. Before libzip 1.9, the first archive of a process to be
// opened sets variables that others look at without a lock (github.com/nih-at/libzip, issue 289):
// one that another thread opens for writing at that moment is refused as read-only. Here a first one
// is opened while everybody waits. Threads: any, at the same time.
void PrepareLibzip();

}  // namespace didact

#endif  // DIDACT_FRAMEWORK_IO_PREPARE_LIBZIP_H_
