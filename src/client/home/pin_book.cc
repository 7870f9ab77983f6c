#include "client/home/pin_book.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "crypto/secret_file.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

// Held while the file is read and replaced.
class Lock {
 public:
  static Result<Lock> take(const std::string& path) {
    Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.fd_ < 0 || ::flock(lock.fd_, LOCK_EX) != 0) {
      return Error(ErrorCode::file_failed,
                   fmt::format("{} cannot be locked: {}.", path, ::strerror(errno)));
    }
    return lock;
  }
  Lock(Lock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit Lock(int fd) : fd_(fd) {}
  int fd_;
};

Result<Pins> read(const std::string& path) {
  TRY(const auto text, crypto::read_secret_file(path));
  auto pins = decode_pins(text.reveal_text());
  if (pins.ok()) return pins;
  return Error(ErrorCode::config_invalid,
               fmt::format("{} is no list of pins: {}", path, pins.error().detail));
}

Result<Pins> read_or_none(const std::string& path) {
  auto pins = read(path);
  if (!pins.ok() && pins.error().code == ErrorCode::not_found) return Pins{};
  return pins;
}

}  // namespace

Result<PinBook> PinBook::open(std::string own, const std::string& given, Notice notice) {
  if (!given.empty()) {
    TRY(auto pins, read(given));
    return PinBook(given, FirstUse::refuse, std::move(notice), std::move(pins));
  }
  TRY(auto pins, read_or_none(own));
  return PinBook(std::move(own), FirstUse::remember, std::move(notice), std::move(pins));
}

Result<PinChange> PinBook::apply(const Change& change) {
  Pins tried = pins_;
  TRY(const auto changed, change(tried));
  if (changed == PinChange::none) return changed;
  if (first_use_ == FirstUse::remember) return change_file(change);
  // A list that somebody made by hand is not changed.
  pins_ = std::move(tried);
  return changed;
}

// Another program may have added what this one does not know yet.
Result<PinChange> PinBook::change_file(const Change& change) {
  TRY(const auto lock, Lock::take(path_ + ".lock"));
  TRY(auto pins, read_or_none(path_));
  TRY(const auto changed, change(pins));
  if (changed != PinChange::none)
    TRY_OK(crypto::write_secret_file(path_, base::as_bytes(encode_pins(pins))));
  pins_ = std::move(pins);
  return changed;
}

Status PinBook::check_node(const protocol::TransportKeyBinding& binding, std::int64_t now_ms) {
  TRY(const auto changed,
      apply([&](Pins& pins) { return pin_node(pins, binding, first_use_, now_ms); }));
  if (changed == PinChange::added) {
    notice_(fmt::format("Node {} is new to you and is remembered from now on.",
                        binding.node_id.text()));
  }
  return {};
}

Status PinBook::check_log(const std::string& url, const protocol::ControlPlaneId& id,
                          const protocol::NoteVerifier& log, std::int64_t now_ms) {
  TRY(const auto changed,
      apply([&](Pins& pins) { return pin_log(pins, url, id, log, first_use_, now_ms); }));
  if (changed == PinChange::added) {
    notice_(fmt::format("{} is control plane {}, with receipt log {}: remembered from now on.", url,
                        id.text(), log.name));
  }
  return {};
}

Status PinBook::forget(const std::string& id_or_url) {
  const auto removed = apply([&](Pins& pins) -> Result<PinChange> {
    const auto nodes = std::erase_if(
        pins.nodes, [&](const PinnedNode& node) { return node.node_id.text() == id_or_url; });
    const auto planes = std::erase_if(pins.control_planes, [&](const PinnedControlPlane& plane) {
      return plane.url == id_or_url;
    });
    if (nodes + planes > 0) return PinChange::updated;
    return Error(ErrorCode::not_found, "There is no such pin. `b3iq pins list` shows all of them.");
  });
  if (!removed.ok()) return removed.error();
  return {};
}

}  // namespace b3iq::client
