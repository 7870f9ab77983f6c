#include "agent/sync/enrollment_store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "agent/backup/durable_file.h"
#include "base/log.h"
#include "base/random.h"
#include "crypto/secret_file.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::TransportKey;

namespace {

constexpr std::string_view kRouterSecretForm = "b3iq-router-secret-v1 ";

Error file_error(std::string_view what, const std::string& path) {
  return {ErrorCode::file_failed, fmt::format("{} {}: {}.", what, path, std::strerror(errno))};
}

Status remove_folder(const Home& home) {
  // The record first: whatever ends the process in between, the node is not enrolled.
  std::error_code failed;
  std::filesystem::remove(home.enrollment_record(), failed);
  if (!failed) std::filesystem::remove_all(home.managed(), failed);
  if (!failed) return {};
  return Error(ErrorCode::file_failed,
               fmt::format("{} cannot be removed: {}. Remove it by hand while the node is stopped.",
                           home.managed(), failed.message()));
}

Result<TransportKey> make_key(const Home& home, const std::string& path) {
  if (::mkdir(home.managed().c_str(), 0700) != 0 && errno != EEXIST)
    return file_error("Cannot make the folder", home.managed());
  return TransportKey::create(path, base::system_random());
}

Status write_record(const Home& home, const EnrollmentRecord& record) {
  const auto text = enrollment_record_text(record);
  return crypto::write_secret_file(home.enrollment_record(), base::as_bytes(text));
}

Status write_router_secret(const Home& home, const protocol::RouterSecret& secret) {
  std::string text(kRouterSecretForm);
  text += base::to_base64url(secret.reveal());
  text += '\n';
  auto written = crypto::write_secret_file(home.router_secret(), base::as_bytes(text));
  crypto::wipe(text.data(), text.size());
  return written;
}

std::string times_path(const Home& home) {
  return home.managed() + "/" + std::string(kTransportKeyTimesFile);
}

Status write_times(const Home& home, const TransportKeyTimes& times) {
  const auto text = transport_key_times_text(times);
  return crypto::write_secret_file(times_path(home), base::as_bytes(text));
}

// What cannot be read is not known: then the old key is destroyed and the binding renewed.
TransportKeyTimes read_times(const Home& home) {
  const auto file = crypto::read_secret_file(times_path(home));
  auto times = file.ok() ? read_transport_key_times(file->reveal_text()) : file.error();
  if (times.ok()) return *std::move(times);
  if (times.error().code != ErrorCode::not_found) {
    base::log(base::LogLevel::warn, "managed.key_times_not_read",
              {{"detail", std::string_view(times.error().detail)}});
  }
  return {0, 0, 0};
}

Result<TransportKey> replace_key(const Home& home, const TransportKeyTimes& unbound) {
  const auto next = home.transport_key() + ".next";
  ::unlink(next.c_str());
  TRY(auto key, make_key(home, next));
  ::unlink(home.old_transport_key().c_str());
  // No old key without its end, and no new one that counts as bound: wherever the process ends, the
  // key that is there then is bound at the next start.
  TRY_OK(write_times(home, unbound));
  // With the old one out of its place and the new one not yet there, the old one would be lost: it
  // is linked first.
  if (::link(home.transport_key().c_str(), home.old_transport_key().c_str()) != 0)
    return file_error("Cannot keep the old key as", home.old_transport_key());
  if (::rename(next.c_str(), home.transport_key().c_str()) != 0)
    return file_error("Cannot put the new key to", home.transport_key());
  if (!sync_folder(home.managed())) return file_error("Cannot sync the folder", home.managed());
  return key;
}

Result<TransportKeyTimes> destroy_old_key(const Home& home) {
  TRY_OK(remove_durable(home.old_transport_key()));
  auto times = read_times(home);
  times.old_until_ms.reset();
  TRY_OK(write_times(home, times));
  return times;
}

// The times are read with the keys: a rotation may have come between.
Result<OpeningKeys> load_opening_keys(const Home& home, std::int64_t now_ms) {
  TRY(auto current, TransportKey::load(home.transport_key()));
  OpeningKeys keys{std::move(current), std::nullopt};
  const auto times = read_times(home);
  if (!times.old_until_ms || old_key_due(times, now_ms)) return keys;
  auto old = TransportKey::load(home.old_transport_key());
  if (old.ok()) keys.old = std::move(old).value();
  return keys;
}

}  // namespace

Result<std::optional<EnrollmentRecord>> EnrollmentStore::load() {
  const auto file = crypto::read_secret_file(home_.enrollment_record());
  if (!file.ok() && file.error().code == ErrorCode::not_found) {
    TRY_OK(remove_folder(home_));
    return std::optional<EnrollmentRecord>();
  }
  if (!file.ok()) return file.error();
  auto record = read_enrollment_record(file->reveal_text());
  if (!record.ok()) {
    return Error(ErrorCode::corrupt,
                 fmt::format("{}: {}. Move the folder {} away and enroll again: b3iq-host enroll",
                             home_.enrollment_record(), record.error().detail, home_.managed()));
  }
  times_ = read_times(home_);
  return std::optional<EnrollmentRecord>(std::move(record).value());
}

Task<Result<TransportKey>> EnrollmentStore::begin() {
  auto work = [home = home_]() -> Result<TransportKey> {
    TRY_OK(remove_folder(home));
    return make_key(home, home.transport_key());
  };
  co_return co_await thread_.run(std::move(work));
}

Status EnrollmentStore::take(NewTimes times) {
  if (!times.ok()) return std::move(times).error();
  times_ = *std::move(times);
  return {};
}

Task<Status> EnrollmentStore::finish(EnrollmentRecord record, protocol::RouterSecret router_secret,
                                     TransportKeyTimes times) {
  auto work = [&home = home_, &record, &router_secret, &times]() -> NewTimes {
    TRY_OK(write_router_secret(home, router_secret));
    TRY_OK(write_times(home, times));
    TRY_OK(write_record(home, record));
    return times;
  };
  co_return take(co_await thread_.run(std::move(work)));
}

Task<Status> EnrollmentStore::save(EnrollmentRecord record) {
  auto work = [&home = home_, &record] { return write_record(home, record); };
  co_return co_await thread_.run(std::move(work));
}

Task<Status> EnrollmentStore::erase() {
  auto work = [&home = home_] { return remove_folder(home); };
  co_return co_await thread_.run(std::move(work));
}

Task<Result<TransportKey>> EnrollmentStore::transport_key() {
  auto work = [&home = home_] { return TransportKey::load(home.transport_key()); };
  co_return co_await thread_.run(std::move(work));
}

Task<Result<OpeningKeys>> EnrollmentStore::opening_keys(std::int64_t now_ms) {
  auto work = [&home = home_, now_ms] { return load_opening_keys(home, now_ms); };
  co_return co_await thread_.run(std::move(work));
}

Task<Result<TransportKey>> EnrollmentStore::rotate_transport_key(std::int64_t old_until_ms) {
  // Counted when it begins: a binding that is stored behind it may be of the key before.
  ++rotations_;
  const TransportKeyTimes unbound{.old_until_ms = old_until_ms};
  auto work = [&home = home_, &unbound] { return replace_key(home, unbound); };
  auto key = co_await thread_.run(std::move(work));
  // Also of a rotation that failed: it may have left an old key, and either key in its place.
  times_ = unbound;
  co_return key;
}

Task<Status> EnrollmentStore::renewed(protocol::RouterSecret router_secret,
                                      TransportKeyTimes times) {
  auto work = [&home = home_, &router_secret, &times]() -> NewTimes {
    TRY_OK(write_router_secret(home, router_secret));
    times.old_until_ms = read_times(home).old_until_ms;
    TRY_OK(write_times(home, times));
    return times;
  };
  co_return take(co_await thread_.run(std::move(work)));
}

Task<Status> EnrollmentStore::destroy_old_transport_key() {
  auto work = [&home = home_] { return destroy_old_key(home); };
  co_return take(co_await thread_.run(std::move(work)));
}

}  // namespace b3iq::agent
