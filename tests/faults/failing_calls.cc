// A library to preload into the tool: calls that change files fail, or the process dies in them, at
// a chosen time. Environment variables:
//
//   DIDACT_FAULT=KIND     the fault, see Kind
//   DIDACT_FAULT_FOLDER   only files below this folder are affected; spelled as the tool spells it
//   DIDACT_FAULT_AT=N     the N-th of the possible calls is affected, counted from 0
//   DIDACT_FAULT_REPORT   a file that is created when the fault occurs

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace {

enum class Kind {
  kNone,
  kFullDisk,      // nothing more fits, from now on; half of the data of the call is written
  kFullOnce,      // the same, but only once: there is space again at once
  kReadOnly,      // the file system has become read-only, from now on
  kNoFlush,       // one flush fails, and the data that it should have made durable are lost
  kNoFlushes,     // the same for all later flushes
  kUnreadable,    // one read fails
  kNoSupport,     // the file system has neither flushes nor locks, and says EOPNOTSUPP
  kNoSupport524,  // the same, but it says ENOTSUPP, an error number of the kernel
  kNoLock,        // a lock fails
  kKill,          // the process is killed before the call; half of the data of the call is written
  kPowerLoss,     // the same for the machine: unflushed data of open files are lost
};

enum class Call {
  kCreate,
  kOpen,
  kWrite,
  kRead,
  kFlush,
  kRename,
  kMakeFolder,
  kRemove,
  kTruncate,
  kLock
};

const char* Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Kind KindOf(const char* name) {
  const auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
  if (is("full_disk")) return Kind::kFullDisk;
  if (is("full_once")) return Kind::kFullOnce;
  if (is("read_only")) return Kind::kReadOnly;
  if (is("no_flush")) return Kind::kNoFlush;
  if (is("no_flushes")) return Kind::kNoFlushes;
  if (is("unreadable")) return Kind::kUnreadable;
  if (is("no_support")) return Kind::kNoSupport;
  if (is("no_support_524")) return Kind::kNoSupport524;
  if (is("no_lock")) return Kind::kNoLock;
  if (is("kill")) return Kind::kKill;
  if (is("power_loss")) return Kind::kPowerLoss;
  return Kind::kNone;
}

template <class Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

class Injector {
 public:
  static Injector& Get() {
    static Injector injector;
    return injector;
  }

  bool IsBelow(const char* path) const {
    const size_t length = std::strlen(folder_);
    return length > 0 && std::strncmp(path, folder_, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
  }

  // Returns true if this call fails, and sets errno. Does not return if the process dies.
  bool Fails(Call call) {
    const int error = ErrorOf(call);
    if (error == 0) return false;
    const int number = count_++;
    if (number < at_ || (number > at_ && !lasts_)) return false;
    if (number == at_) Report();
    if (kind_ == Kind::kKill || kind_ == Kind::kPowerLoss) Die();
    errno = error;
    return true;
  }

  // Must be called before Fails, with the data to be written, of which it writes half.
  template <class Write>
  void WriteHalf(size_t bytes, const Write& write) {
    const bool cuts = kind_ == Kind::kFullDisk || kind_ == Kind::kFullOnce ||
                      kind_ == Kind::kKill || kind_ == Kind::kPowerLoss;
    if (cuts && count_ == at_ && bytes > 1) write(bytes / 2);
  }

  struct File {
    std::atomic<bool> is_watched = false;
    std::atomic<off_t> flushed = 0;  // bytes of it
  };
  // Returns null for files outside of the folder.
  File* Find(int descriptor) {
    if (descriptor < 0 || descriptor >= kFiles || !files_[descriptor].is_watched) return nullptr;
    return &files_[descriptor];
  }
  void Watch(int descriptor) {
    if (descriptor < 0 || descriptor >= kFiles) return;
    files_[descriptor].flushed = SizeOf(descriptor);
    files_[descriptor].is_watched = true;
  }
  void Forget(int descriptor) {
    if (descriptor >= 0 && descriptor < kFiles) files_[descriptor].is_watched = false;
  }
  void Flushed(int descriptor) { files_[descriptor].flushed = SizeOf(descriptor); }
  void Lose(int descriptor) {
    if (SizeOf(descriptor) > files_[descriptor].flushed) {
      syscall(SYS_ftruncate, descriptor, files_[descriptor].flushed.load());
    }
  }

 private:
  static constexpr int kFiles = 1024;

  Injector()
      : kind_(KindOf(Variable("DIDACT_FAULT"))),
        folder_(Variable("DIDACT_FAULT_FOLDER")),
        report_(Variable("DIDACT_FAULT_REPORT")),
        at_(std::atoi(Variable("DIDACT_FAULT_AT"))),
        lasts_(kind_ == Kind::kFullDisk || kind_ == Kind::kReadOnly || kind_ == Kind::kNoFlushes ||
               kind_ == Kind::kNoSupport || kind_ == Kind::kNoSupport524) {}

  static off_t SizeOf(int descriptor) {
    struct stat properties;
    return fstat(descriptor, &properties) == 0 ? properties.st_size : 0;
  }

  // Returns 0 for calls that this kind of fault does not affect.
  int ErrorOf(Call call) const {
    const bool is_optional = call == Call::kFlush || call == Call::kLock;
    if (kind_ == Kind::kNoSupport) return is_optional ? EOPNOTSUPP : 0;
    if (kind_ == Kind::kNoSupport524) return is_optional ? 524 : 0;
    if (call == Call::kLock) return kind_ == Kind::kNoLock ? EIO : 0;
    const bool makes = call == Call::kCreate || call == Call::kMakeFolder || call == Call::kWrite;
    switch (kind_) {
      case Kind::kNone:
      case Kind::kNoSupport:
      case Kind::kNoSupport524:
      case Kind::kNoLock:
        return 0;
      case Kind::kFullDisk:
      case Kind::kFullOnce:
        return makes || call == Call::kRename ? ENOSPC : 0;
      case Kind::kReadOnly:
        return call == Call::kRead || call == Call::kOpen ? 0 : EROFS;
      case Kind::kNoFlush:
      case Kind::kNoFlushes:
        return call == Call::kFlush ? EIO : 0;
      case Kind::kUnreadable:
        return call == Call::kRead || call == Call::kOpen ? EIO : 0;
      case Kind::kKill:
      case Kind::kPowerLoss:
        return call == Call::kRead || call == Call::kOpen ? 0 : EIO;
    }
    return 0;
  }

  void Report() const {
    const long descriptor = syscall(SYS_open, report_, O_WRONLY | O_CREAT, 0600);
    if (descriptor >= 0) syscall(SYS_close, descriptor);
  }

  [[noreturn]] void Die() {
    for (int i = 0; i < kFiles && kind_ == Kind::kPowerLoss; ++i) {
      if (Find(i) != nullptr) Lose(i);
    }
    kill(getpid(), SIGKILL);
    while (true) pause();
  }

  const Kind kind_;
  const char* const folder_;
  const char* const report_;
  const int at_;
  const bool lasts_;
  std::atomic<int> count_ = 0;
  std::array<File, kFiles> files_;
};

bool PathFails(Call call, const char* path) {
  return Injector::Get().IsBelow(path) && Injector::Get().Fails(call);
}

bool Creates(const char* path, int flags) {
  struct stat properties;
  return (flags & O_CREAT) != 0 && stat(path, &properties) != 0;
}

Call CallOf(const char* path, int flags) {
  if (Creates(path, flags)) return Call::kCreate;
  return (flags & O_ACCMODE) == O_RDONLY ? Call::kOpen : Call::kTruncate;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  static auto* const next = Next<int(const char*, int, ...)>("open");
  if (!Injector::Get().IsBelow(path)) return next(path, flags, mode);
  if (Injector::Get().Fails(CallOf(path, flags))) return -1;
  const int descriptor = next(path, flags, mode);
  Injector::Get().Watch(descriptor);
  return descriptor;
}

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  static auto* const next = Next<int(int, const char*, int, ...)>("openat");
  const bool is_watched = Injector::Get().IsBelow(path) || Injector::Get().Find(folder) != nullptr;
  if (is_watched && Injector::Get().Fails(Call::kOpen)) return -1;
  const int descriptor = next(folder, path, flags, mode);
  if (is_watched) Injector::Get().Watch(descriptor);
  return descriptor;
}

int close(int descriptor) {
  static auto* const next = Next<int(int)>("close");
  Injector::Get().Forget(descriptor);
  return next(descriptor);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static auto* const next = Next<ssize_t(int, const void*, size_t)>("write");
  Injector& injector = Injector::Get();
  if (injector.Find(descriptor) != nullptr) {
    injector.WriteHalf(size, [&](size_t half) { next(descriptor, bytes, half); });
    if (injector.Fails(Call::kWrite)) return -1;
  }
  return next(descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t place) {
  static auto* const next = Next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (Injector::Get().Find(descriptor) != nullptr && Injector::Get().Fails(Call::kWrite)) return -1;
  return next(descriptor, bytes, size, place);
}

ssize_t read(int descriptor, void* bytes, size_t size) {
  static auto* const next = Next<ssize_t(int, void*, size_t)>("read");
  if (Injector::Get().Find(descriptor) != nullptr && Injector::Get().Fails(Call::kRead)) return -1;
  return next(descriptor, bytes, size);
}

int fsync(int descriptor) {
  static auto* const next = Next<int(int)>("fsync");
  Injector& injector = Injector::Get();
  if (injector.Find(descriptor) == nullptr) return next(descriptor);
  if (injector.Fails(Call::kFlush)) {
    const int error = errno;
    if (error != EOPNOTSUPP && error != 524) injector.Lose(descriptor);
    errno = error;
    return -1;
  }
  const int result = next(descriptor);
  injector.Flushed(descriptor);
  return result;
}

int flock(int descriptor, int operation) noexcept {
  static auto* const next = Next<int(int, int)>("flock");
  if (Injector::Get().Find(descriptor) != nullptr && Injector::Get().Fails(Call::kLock)) return -1;
  return next(descriptor, operation);
}

int ftruncate(int descriptor, off_t size) {
  static auto* const next = Next<int(int, off_t)>("ftruncate");
  if (Injector::Get().Find(descriptor) != nullptr && Injector::Get().Fails(Call::kTruncate)) {
    return -1;
  }
  return next(descriptor, size);
}

int rename(const char* from, const char* to) {
  static auto* const next = Next<int(const char*, const char*)>("rename");
  return PathFails(Call::kRename, to) ? -1 : next(from, to);
}

int mkdir(const char* path, mode_t mode) {
  static auto* const next = Next<int(const char*, mode_t)>("mkdir");
  return PathFails(Call::kMakeFolder, path) ? -1 : next(path, mode);
}

int unlink(const char* path) {
  static auto* const next = Next<int(const char*)>("unlink");
  return PathFails(Call::kRemove, path) ? -1 : next(path);
}

int unlinkat(int folder, const char* path, int flags) {
  static auto* const next = Next<int(int, const char*, int)>("unlinkat");
  const bool is_watched = Injector::Get().IsBelow(path) || Injector::Get().Find(folder) != nullptr;
  if (is_watched && Injector::Get().Fails(Call::kRemove)) return -1;
  return next(folder, path, flags);
}

int rmdir(const char* path) {
  static auto* const next = Next<int(const char*)>("rmdir");
  return PathFails(Call::kRemove, path) ? -1 : next(path);
}

}  // extern "C"
