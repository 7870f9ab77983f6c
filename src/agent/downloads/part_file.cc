#include "agent/downloads/part_file.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

std::int64_t now_ns() { return base::system_clock().steady_ns(); }

}  // namespace

PartFile::~PartFile() { B3_CHECK(!thread_ && "close() was not awaited"); }

template <class T, class F>
Task<T> PartFile::on_thread(F work) {
  base::Arrival<T> arrival;
  auto start = [this, &arrival, &work] {
    thread_->post([&arrival, &work] { arrival.set(work()); });
  };
  co_return co_await arrival.wait(start);
}

Task<Result<std::unique_ptr<PartFile>>> PartFile::open(std::string path, PartLimits limits) {
  std::unique_ptr<PartFile> part(new PartFile(*base::Executor::current()));
  part->thread_ = std::make_unique<base::SingleThreadExecutor>();
  auto work = [&path, limits] { return PartStore::open(path, limits); };
  auto opened = co_await part->on_thread<Result<PartStore>>(work);
  if (!opened.ok()) {
    co_await part->close();
    co_return std::move(opened).error();
  }
  part->store_.emplace(std::move(*opened));
  part->record_ = part->store_->record();
  co_return part;
}

// Runs `work(told)` on the thread, and brings what it tells to the loop.
template <class F>
Task<Status> PartFile::long_work(Told told, base::CancelToken cancel, F work) {
  std::atomic<bool> stop = cancel.cancelled();
  base::CancelCallback on_cancel;
  cancel.on_cancel(on_cancel, [&stop] { stop = true; });
  std::int64_t told_ns = 0;
  // What is posted to the loop runs before the posted end of this work: `told` is still there.
  const WorkTold tell = [this, &stop, &told, &told_ns](std::int64_t done) {
    if (told && now_ns() - told_ns >= kWorkToldMs * kNsPerMs) {
      told_ns = now_ns();
      loop_.post([&told, done] { told(done); });
    }
    return !stop;
  };
  auto run = [&work, &tell] { return work(tell); };
  auto status = co_await on_thread<Status>(run);
  if (store_) bytes_ = store_->bytes();
  co_return status;
}

Task<Status> PartFile::recover(Told told, base::CancelToken cancel) {
  auto work = [this](const WorkTold& tell) { return store_->recover(tell); };
  co_return co_await long_work(std::move(told), cancel, work);
}

Task<Status> PartFile::copy_from(std::string from, std::int64_t max_bytes, Told told,
                                 base::CancelToken cancel) {
  auto work = [this, &from, max_bytes](const WorkTold& tell) {
    return store_->copy_from(from, max_bytes, tell);
  };
  co_return co_await long_work(std::move(told), cancel, work);
}

Task<Status> PartFile::restart(DownloadRecord record) {
  block_.clear();
  bytes_ = 0;
  record_ = record;
  auto work = [this, &record] { return store_->restart(std::move(record)); };
  co_return co_await on_thread<Status>(work);
}

Task<Status> PartFile::check_room(std::int64_t more) {
  auto work = [this, more] { return store_->check_room(more); };
  co_return co_await on_thread<Status>(work);
}

Task<Result<ReceivedFile>> PartFile::seal() {
  flush();
  auto work = [this] { return store_->seal(); };
  co_return co_await on_thread<Result<ReceivedFile>>(work);
}

Task<void> PartFile::remove() {
  block_.clear();
  auto work = [this] {
    store_->remove();
    return true;
  };
  co_await on_thread<bool>(work);
}

// Makes block_ one that has room.
Task<void> PartFile::take_block() {
  while (queued_ >= kMaxPartBlocks) {
    base::Arrival<bool> room;
    auto start = [this, &room] { room_ = &room; };
    co_await room.wait(start);
  }
  if (!spare_.empty()) {
    block_ = std::move(spare_.back());
    spare_.pop_back();
  }
  block_.clear();
  block_.reserve(kPartBlockBytes);
  block_since_ns_ = now_ns();
}

Task<Status> PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    if (failure_) co_return *failure_;
    if (block_.empty()) co_await take_block();
    const std::size_t take = std::min(bytes.size(), kPartBlockBytes - block_.size());
    block_.insert(block_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(take));
    bytes_ += static_cast<std::int64_t>(take);
    bytes.remove_prefix(take);
    const bool old = now_ns() - block_since_ns_ >= kMaxBlockAgeMs * kNsPerMs;
    if (block_.size() == kPartBlockBytes || old) flush();
  }
  if (failure_) co_return *failure_;
  co_return Status();
}

void PartFile::flush() {
  if (block_.empty()) return;
  ++queued_;
  thread_->post([this, block = std::exchange(block_, {})]() mutable {
    Status status = store_->write({block.data(), block.size()});
    loop_.post([this, block = std::move(block), status = std::move(status)]() mutable {
      written(std::move(block), std::move(status));
    });
  });
}

void PartFile::written(Block block, Status status) {
  --queued_;
  if (!status.ok() && !failure_) failure_ = std::move(status).error();
  spare_.push_back(std::move(block));
  if (room_ != nullptr) std::exchange(room_, nullptr)->set(true);
}

Task<void> PartFile::close() {
  if (!thread_) co_return;
  flush();
  // Comes back after all that was posted before it, and what that posts.
  auto work = [this] {
    store_.reset();
    return true;
  };
  co_await on_thread<bool>(work);
  thread_.reset();  // its thread has nothing left to do
}

}  // namespace b3iq::agent
