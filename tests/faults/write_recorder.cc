// A library to preload into the tool: every call that changes a file, or makes a change durable, is
// appended to a log (write_log.h). Environment variables:
//
//   DIDACT_RECORD_LOG      the log, to which entries are appended; no log if it is not given
//   DIDACT_RECORD_FOLDER   only files below this folder are recorded; absolute
//   DIDACT_RECORD_SIGNAL   a signal that the process sends to itself
//   DIDACT_RECORD_AT       after its N-th entry in the log; 0 is the entry of its beginning
//
// Flushes below the folder are recorded but not executed, because the disk is a model; this makes
// tests fast.
//
// The log is in the order in which the calls took effect: one lock is held from before a call until
// its entry is written. Calls that are not defined below are not recorded; durability_test notices
// this, because it compares the content of the log with the final files.

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "tests/faults/write_log.h"

namespace {

using didact::WriteHeader;
using didact::WriteKind;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

template <class Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::string AbsolutePath(int directory, const char* path) {
  if (path[0] == '/') return std::filesystem::path(path).lexically_normal().string();
  std::array<char, PATH_MAX> base = {};
  const std::string link =
      directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/" + std::to_string(directory);
  if (syscall(SYS_readlink, link.c_str(), base.data(), base.size() - 1) < 0) return path;
  std::string absolute = (std::filesystem::path(base.data()) / path).lexically_normal().string();
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

class Recorder {
 public:
  // The recorder is never destroyed: the last calls are made while the process ends.
  static Recorder& Get() {
    static auto* const recorder = new Recorder();
    return *recorder;
  }

  std::recursive_mutex& mutex() { return mutex_; }

  bool IsBelow(const std::string& path) const {
    return !folder_.empty() && path.starts_with(folder_) &&
           (path.size() == folder_.size() || path[folder_.size()] == '/');
  }

  // Returns the number of an open file; 0 for files that are not recorded.
  int NumberOf(int descriptor) const {
    return descriptor >= 0 && descriptor < kFiles ? numbers_[descriptor] : 0;
  }
  void Forget(int descriptor) {
    if (descriptor >= 0 && descriptor < kFiles) numbers_[descriptor] = 0;
  }

  void Opened(int descriptor, const std::string& path, int flags) {
    // The C library may have closed a stream with this descriptor internally.
    Forget(descriptor);
    if (descriptor >= kFiles || !IsBelow(path)) return;
    numbers_[descriptor] = ++files_;
    Record(WriteKind::kOpen, files_, flags, path, "");
  }

  void Record(WriteKind kind, int file, int64_t value, std::string_view path,
              std::string_view data) {
    if (log_ < 0) return;
    const int error = errno;
    WriteHeader header;
    header.kind = kind;
    header.process = static_cast<int32_t>(syscall(SYS_getpid));
    header.file = file;
    header.value = value;
    header.path_bytes = path.size();
    header.data_bytes = data.size();
    Append({reinterpret_cast<const char*>(&header), sizeof(header)});
    Append(path);
    Append(data);
    if (entries_++ == signal_at_ && signal_ != 0) raise(signal_);
    errno = error;
  }

 private:
  static constexpr int kFiles = 1024;

  Recorder()
      : folder_(Variable("DIDACT_RECORD_FOLDER")),
        log_(OpenLog(Variable("DIDACT_RECORD_LOG"))),
        signal_(std::atoi(Variable("DIDACT_RECORD_SIGNAL").c_str())),
        signal_at_(std::atoi(Variable("DIDACT_RECORD_AT").c_str())) {
    Record(WriteKind::kBegin, 0, 0, "", "");
  }

  static int OpenLog(const std::string& path) {
    if (path.empty()) return -1;
    const long log =
        syscall(SYS_open, path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) std::abort();
    return static_cast<int>(log);
  }

  void Append(std::string_view bytes) const {
    while (!bytes.empty()) {
      const long count = syscall(SYS_write, log_, bytes.data(), bytes.size());
      if (count <= 0) std::abort();
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }

  const std::string folder_;
  const int log_;
  const int signal_;
  const int signal_at_;
  std::recursive_mutex mutex_;
  int entries_ = 0;
  int files_ = 0;
  std::array<int, kFiles> numbers_ = {};
};

using Lock = std::lock_guard<std::recursive_mutex>;

int Open(int directory, const char* path, int flags, mode_t mode) {
  static auto* const next = Next<int(int, const char*, int, ...)>("openat");
  const Lock lock(Recorder::Get().mutex());
  const int descriptor = next(directory, path, flags, mode);
  if (descriptor >= 0) Recorder::Get().Opened(descriptor, AbsolutePath(directory, path), flags);
  return descriptor;
}

FILE* OpenStream(const char* name, const char* path, const char* mode) {
  const Lock lock(Recorder::Get().mutex());
  FILE* const stream = Next<FILE*(const char*, const char*)>(name)(path, mode);
  if (stream == nullptr) return stream;
  const int flags = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT : 0;
  Recorder::Get().Opened(fileno(stream), AbsolutePath(AT_FDCWD, path), flags);
  return stream;
}

// Records data that a call has written and that end at the file's position.
void Wrote(int descriptor, std::string_view data) {
  const int file = Recorder::Get().NumberOf(descriptor);
  if (file == 0) return;
  const int64_t end = syscall(SYS_lseek, descriptor, 0, SEEK_CUR);
  Recorder::Get().Record(WriteKind::kWrite, file, end - static_cast<int64_t>(data.size()), "",
                         data);
}

int Flush(const char* name, int descriptor) {
  const Lock lock(Recorder::Get().mutex());
  const int file = Recorder::Get().NumberOf(descriptor);
  if (file == 0) return Next<int(int)>(name)(descriptor);
  Recorder::Get().Record(WriteKind::kFlush, file, 0, "", "");
  return 0;
}

int Recorded(int result, WriteKind kind, int directory, const char* path) {
  if (result != 0) return result;
  const std::string absolute = AbsolutePath(directory, path);
  if (Recorder::Get().IsBelow(absolute)) Recorder::Get().Record(kind, 0, 0, absolute, "");
  return result;
}

int Rename(int from_directory, const char* from, int to_directory, const char* to) {
  static auto* const next = Next<int(int, const char*, int, const char*)>("renameat");
  const Lock lock(Recorder::Get().mutex());
  const std::string source = AbsolutePath(from_directory, from);
  const std::string target = AbsolutePath(to_directory, to);
  const int result = next(from_directory, from, to_directory, to);
  if (result == 0 && (Recorder::Get().IsBelow(source) || Recorder::Get().IsBelow(target))) {
    Recorder::Get().Record(WriteKind::kRename, 0, 0, source, target);
  }
  return result;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return Open(directory, path, flags, mode);
}

int creat(const char* path, mode_t mode) {
  return Open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

FILE* fopen(const char* path, const char* mode) { return OpenStream("fopen", path, mode); }

int close(int descriptor) {
  static auto* const next = Next<int(int)>("close");
  const Lock lock(Recorder::Get().mutex());
  Recorder::Get().Forget(descriptor);
  return next(descriptor);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static auto* const next = Next<ssize_t(int, const void*, size_t)>("write");
  const Lock lock(Recorder::Get().mutex());
  const ssize_t count = next(descriptor, bytes, size);
  if (count > 0) Wrote(descriptor, {static_cast<const char*>(bytes), static_cast<size_t>(count)});
  return count;
}

ssize_t writev(int descriptor, const iovec* pieces, int number) {
  static auto* const next = Next<ssize_t(int, const iovec*, int)>("writev");
  const Lock lock(Recorder::Get().mutex());
  const ssize_t count = next(descriptor, pieces, number);
  if (count <= 0) return count;
  std::string data;
  for (int i = 0; i < number; ++i) {
    data.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  }
  data.resize(static_cast<size_t>(count));
  Wrote(descriptor, data);
  return count;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  static auto* const next = Next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  const Lock lock(Recorder::Get().mutex());
  const ssize_t count = next(descriptor, bytes, size, offset);
  const int file = Recorder::Get().NumberOf(descriptor);
  if (count > 0 && file != 0) {
    Recorder::Get().Record(WriteKind::kWrite, file, offset, "",
                           {static_cast<const char*>(bytes), static_cast<size_t>(count)});
  }
  return count;
}

int ftruncate(int descriptor, off_t size) {
  static auto* const next = Next<int(int, off_t)>("ftruncate");
  const Lock lock(Recorder::Get().mutex());
  const int result = next(descriptor, size);
  const int file = Recorder::Get().NumberOf(descriptor);
  if (result == 0 && file != 0) Recorder::Get().Record(WriteKind::kTruncate, file, size, "", "");
  return result;
}

int fsync(int descriptor) { return Flush("fsync", descriptor); }

int fdatasync(int descriptor) { return Flush("fdatasync", descriptor); }

int rename(const char* from, const char* to) { return Rename(AT_FDCWD, from, AT_FDCWD, to); }

int renameat(int from_directory, const char* from, int to_directory, const char* to) {
  return Rename(from_directory, from, to_directory, to);
}

int mkdir(const char* path, mode_t mode) {
  static auto* const next = Next<int(const char*, mode_t)>("mkdir");
  const Lock lock(Recorder::Get().mutex());
  return Recorded(next(path, mode), WriteKind::kMakeDirectory, AT_FDCWD, path);
}

int unlink(const char* path) {
  static auto* const next = Next<int(const char*)>("unlink");
  const Lock lock(Recorder::Get().mutex());
  return Recorded(next(path), WriteKind::kRemove, AT_FDCWD, path);
}

int unlinkat(int directory, const char* path, int flags) {
  static auto* const next = Next<int(int, const char*, int)>("unlinkat");
  const Lock lock(Recorder::Get().mutex());
  return Recorded(next(directory, path, flags), WriteKind::kRemove, directory, path);
}

int rmdir(const char* path) {
  static auto* const next = Next<int(const char*)>("rmdir");
  const Lock lock(Recorder::Get().mutex());
  return Recorded(next(path), WriteKind::kRemove, AT_FDCWD, path);
}

// C's remove calls the two functions above internally, and these calls do not reach this library.
int remove(const char* path) {
  const int result = unlink(path);
  return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

// Programs compiled with support for large files call these functions.
int open64(const char* path, int flags, ...) __attribute__((alias("open")));
int openat64(int directory, const char* path, int flags, ...) __attribute__((alias("openat")));
int creat64(const char* path, mode_t mode) __attribute__((alias("creat")));
FILE* fopen64(const char* path, const char* mode) __attribute__((alias("fopen")));
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off_t offset)
    __attribute__((alias("pwrite")));
int ftruncate64(int descriptor, off_t size) __attribute__((alias("ftruncate")));

}  // extern "C"
