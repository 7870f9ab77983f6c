#include "storage/sqlite/fault_vfs.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace b3iq::storage {
namespace {

constexpr std::size_t kSectorBytes = 512;

std::string unique_name() {
  static std::atomic<int> next = 0;
  return "b3iq-fault-" + std::to_string(next++);
}

}  // namespace

// SQLite allocates it; the real file's memory follows it.
struct FaultVfs::File {
  sqlite3_file base;
  FaultVfs* owner;
  std::string* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

// The C functions of the layer.
struct FaultVfsCalls {
  using File = FaultVfs::File;
  static File* of(sqlite3_file* f) { return reinterpret_cast<File*>(f); }
  static sqlite3_file* real(sqlite3_file* f) { return of(f)->real(); }

  static void record(FaultVfs& vfs, DiskEvent event) {
    const std::lock_guard lock(vfs.mutex_);
    if (vfs.recording_) vfs.events_.push_back(std::move(event));
  }

  static int close(sqlite3_file* f) {
    const int rc = real(f)->pMethods->xClose(real(f));
    delete of(f)->path;
    return rc;
  }
  static int read(sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
    {
      const std::lock_guard lock(of(f)->owner->mutex_);
      if (const int rc = of(f)->owner->reads_.answer(*of(f)->path); rc != SQLITE_OK) return rc;
    }
    return real(f)->pMethods->xRead(real(f), to, size, offset);
  }
  static int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 offset) {
    FaultVfs& vfs = *of(f)->owner;
    {
      const std::lock_guard lock(vfs.mutex_);
      if (const int rc = vfs.writes_.answer(*of(f)->path); rc != SQLITE_OK) return rc;
    }
    const int rc = real(f)->pMethods->xWrite(real(f), from, size, offset);
    const auto* const bytes = static_cast<const std::uint8_t*>(from);
    if (rc == SQLITE_OK) {
      record(vfs, {DiskEvent::Kind::write, *of(f)->path, offset, base::Bytes(bytes, bytes + size)});
    }
    return rc;
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    const int rc = real(f)->pMethods->xTruncate(real(f), size);
    if (rc == SQLITE_OK) record(*of(f)->owner, {DiskEvent::Kind::truncate, *of(f)->path, size});
    return rc;
  }
  static int sync(sqlite3_file* f, int flags) {
    FaultVfs& vfs = *of(f)->owner;
    std::function<void(const std::string&)> hook;
    int answer;
    {
      const std::lock_guard lock(vfs.mutex_);
      hook = vfs.hook_;
      answer = vfs.syncs_.answer(*of(f)->path);
    }
    if (hook) hook(*of(f)->path);
    if (answer != SQLITE_OK) return answer;
    const int rc = real(f)->pMethods->xSync(real(f), flags);
    if (rc == SQLITE_OK) record(vfs, {DiskEvent::Kind::sync, *of(f)->path});
    return rc;
  }
  static int file_size(sqlite3_file* f, sqlite3_int64* size) {
    return real(f)->pMethods->xFileSize(real(f), size);
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
  static int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
  }
  static int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
  }
  static void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
  static int shm_unmap(sqlite3_file* f, int del) {
    return real(f)->pMethods->xShmUnmap(real(f), del);
  }

  static int open(sqlite3_vfs* v, const char* name, sqlite3_file* f, int flags, int* out_flags) {
    static const sqlite3_io_methods methods = {
        2,        close,       read,       write,   truncate,    sync,   file_size,
        lock,     unlock,      check_lock, control, sector_size, traits, shm_map,
        shm_lock, shm_barrier, shm_unmap,  nullptr, nullptr};
    auto* const vfs = static_cast<FaultVfs*>(v->pAppData);
    File* const file = of(f);
    file->base.pMethods = nullptr;
    const int rc = vfs->real_->xOpen(vfs->real_, name, file->real(), flags, out_flags);
    if (rc != SQLITE_OK) return rc;
    file->owner = vfs;
    file->path = new std::string(name != nullptr ? name : "");
    file->base.pMethods = &methods;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* v, const char* name, int sync_folder) {
    auto* const vfs = static_cast<FaultVfs*>(v->pAppData);
    const int rc = vfs->real_->xDelete(vfs->real_, name, sync_folder);
    if (rc == SQLITE_OK) record(*vfs, {DiskEvent::Kind::remove, name});
    return rc;
  }
};

FaultVfs::FaultVfs() : real_(sqlite3_vfs_find(nullptr)), name_(unique_name()), vfs_(*real_) {
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.pNext = nullptr;
  vfs_.xOpen = &FaultVfsCalls::open;
  vfs_.xDelete = &FaultVfsCalls::remove;
  sqlite3_vfs_register(&vfs_, 0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }

void FaultVfs::fail_writes(const std::string& part, int code) {
  const std::lock_guard lock(mutex_);
  writes_ = {part, code};
}
void FaultVfs::fail_syncs(const std::string& part, int code) {
  const std::lock_guard lock(mutex_);
  syncs_ = {part, code};
}
void FaultVfs::fail_reads(const std::string& part, int code) {
  const std::lock_guard lock(mutex_);
  reads_ = {part, code};
}
void FaultVfs::on_sync(std::function<void(const std::string&)> hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}
void FaultVfs::start_recording() {
  const std::lock_guard lock(mutex_);
  recording_ = true;
}
void FaultVfs::mark(std::int64_t number) {
  FaultVfsCalls::record(*this, {DiskEvent::Kind::mark, "", number});
}
std::vector<DiskEvent> FaultVfs::recorded() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

namespace {

void write_range(base::Bytes& content, std::size_t offset, const std::uint8_t* data,
                 std::size_t size) {
  if (content.size() < offset + size) content.resize(offset + size);
  std::memcpy(content.data() + offset, data, size);
}

void apply(Disk& disk, const DiskEvent& event) {
  switch (event.kind) {
    case DiskEvent::Kind::write:
      write_range(disk[event.file], static_cast<std::size_t>(event.offset), event.data.data(),
                  event.data.size());
      break;
    case DiskEvent::Kind::truncate:
      disk[event.file].resize(static_cast<std::size_t>(event.offset));
      break;
    case DiskEvent::Kind::remove:
      disk.erase(event.file);
      break;
    case DiskEvent::Kind::sync:
    case DiskEvent::Kind::mark:
      break;
  }
}

// Any sectors of the write, cut where the disk's sectors are.
void apply_torn(Disk& disk, const DiskEvent& event, std::mt19937_64& random) {
  if (event.kind != DiskEvent::Kind::write) {
    if (random() % 2 == 0) apply(disk, event);
    return;
  }
  std::size_t done = 0;
  while (done < event.data.size()) {
    const std::size_t at = static_cast<std::size_t>(event.offset) + done;
    const std::size_t size = std::min(kSectorBytes - at % kSectorBytes, event.data.size() - done);
    if (random() % 2 == 0) write_range(disk[event.file], at, event.data.data() + done, size);
    done += size;
  }
}

}  // namespace

Disk after_power_cut(Disk disk, const std::vector<DiskEvent>& events, std::size_t count,
                     Unsynced unsynced, std::mt19937_64& random) {
  std::vector<const DiskEvent*> pending;
  for (std::size_t i = 0; i < count; ++i) {
    const DiskEvent& event = events[i];
    if (event.kind != DiskEvent::Kind::sync) {
      pending.push_back(&event);
      continue;
    }
    std::erase_if(pending, [&](const DiskEvent* earlier) {
      if (earlier->file != event.file) return false;
      apply(disk, *earlier);
      return true;
    });
  }
  for (const DiskEvent* event : pending) {
    if (unsynced == Unsynced::kept) apply(disk, *event);
    if (unsynced == Unsynced::torn) apply_torn(disk, *event, random);
  }
  return disk;
}

}  // namespace b3iq::storage
