#include "storage/sqlite/log_vfs.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace b3iq::storage {
namespace {

// Fifteen frames. SQLite's own layer writes no more than 128 KiB at once.
constexpr int kGatheredBytes = 64 * 1024;

std::string unique_name() {
  static std::atomic<int> next = 0;
  return "b3iq-log-" + std::to_string(next++);
}

}  // namespace

// SQLite allocates it; the real file's memory follows it.
struct LogVfs::File {
  sqlite3_file base;
  char* gathered;  // kGatheredBytes
  int size;        // of what waits in it
  sqlite3_int64 offset;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

// The C functions of the layer.
struct LogVfsCalls {
  using File = LogVfs::File;
  static File& of(sqlite3_file* f) { return *reinterpret_cast<File*>(f); }
  static sqlite3_file* real(sqlite3_file* f) { return of(f).real(); }

  // What could not be written is forgotten: the commit fails, and SQLite writes it anew.
  static int flush(sqlite3_file* f) {
    const int size = std::exchange(of(f).size, 0);
    if (size == 0) return SQLITE_OK;
    return real(f)->pMethods->xWrite(real(f), of(f).gathered, size, of(f).offset);
  }

  static int close(sqlite3_file* f) {
    const int flushed = flush(f);
    const int closed = real(f)->pMethods->xClose(real(f));
    delete[] std::exchange(of(f).gathered, nullptr);
    return flushed != SQLITE_OK ? flushed : closed;
  }
  static int read(sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
    const int rc = flush(f);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xRead(real(f), to, size, offset);
  }
  static int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 offset) {
    File& log = of(f);
    const bool follows = offset == log.offset + log.size && size <= kGatheredBytes - log.size;
    if (log.size > 0 && !follows) {
      if (const int rc = flush(f); rc != SQLITE_OK) return rc;
    }
    if (size > kGatheredBytes) return real(f)->pMethods->xWrite(real(f), from, size, offset);
    if (log.size == 0) log.offset = offset;
    std::memcpy(log.gathered + log.size, from, static_cast<std::size_t>(size));
    log.size += size;
    return SQLITE_OK;
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    const int rc = flush(f);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xTruncate(real(f), size);
  }
  static int sync(sqlite3_file* f, int flags) {
    const int rc = flush(f);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xSync(real(f), flags);
  }
  static int file_size(sqlite3_file* f, sqlite3_int64* size) {
    const int rc = flush(f);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xFileSize(real(f), size);
  }
  static int lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
  static int unlock(sqlite3_file* f, int level) {
    return real(f)->pMethods->xUnlock(real(f), level);
  }
  static int check_lock(sqlite3_file* f, int* out) {
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
  }
  static int control(sqlite3_file* f, int op, void* arg) {
    return real(f)->pMethods->xFileControl(real(f), op, arg);
  }
  static int sector_size(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
  static int traits(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }

  // The layer below knows itself by the pointer that it is called with.
  static sqlite3_vfs* below(sqlite3_vfs* v) { return static_cast<LogVfs*>(v->pAppData)->real_; }
  static int remove(sqlite3_vfs* v, const char* name, int sync_folder) {
    return below(v)->xDelete(below(v), name, sync_folder);
  }
  static int access(sqlite3_vfs* v, const char* name, int flags, int* out) {
    return below(v)->xAccess(below(v), name, flags, out);
  }
  static int full_name(sqlite3_vfs* v, const char* name, int size, char* out) {
    return below(v)->xFullPathname(below(v), name, size, out);
  }
  static int open(sqlite3_vfs* v, const char* name, sqlite3_file* f, int flags, int* out_flags) {
    static const sqlite3_io_methods methods = {1,       close,       read,    write,   truncate,
                                               sync,    file_size,   lock,    unlock,  check_lock,
                                               control, sector_size, traits,  nullptr, nullptr,
                                               nullptr, nullptr,     nullptr, nullptr};
    if ((flags & SQLITE_OPEN_WAL) == 0) return below(v)->xOpen(below(v), name, f, flags, out_flags);
    File& log = *::new (f) File{};
    std::unique_ptr<char[]> gathered(new (std::nothrow) char[kGatheredBytes]);
    if (!gathered) return SQLITE_NOMEM;
    const int rc = below(v)->xOpen(below(v), name, log.real(), flags, out_flags);
    if (rc != SQLITE_OK) {
      if (log.real()->pMethods != nullptr) log.real()->pMethods->xClose(log.real());
      return rc;
    }
    log.gathered = gathered.release();
    log.base.pMethods = &methods;
    return SQLITE_OK;
  }
};

LogVfs::LogVfs(const std::string& under)
    : real_(sqlite3_vfs_find(under.empty() ? nullptr : under.c_str())), name_(unique_name()) {
  if (real_ == nullptr) return;
  vfs_ = *real_;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.zName = name_.c_str();
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.xOpen = &LogVfsCalls::open;
  vfs_.xDelete = &LogVfsCalls::remove;
  vfs_.xAccess = &LogVfsCalls::access;
  vfs_.xFullPathname = &LogVfsCalls::full_name;
  sqlite3_vfs_register(&vfs_, 0);
}

LogVfs::~LogVfs() {
  if (real_ != nullptr) sqlite3_vfs_unregister(&vfs_);
}

}  // namespace b3iq::storage
