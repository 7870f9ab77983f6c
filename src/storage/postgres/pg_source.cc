#include "storage/postgres/pg_source.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

namespace b3iq::storage {
namespace {

// A fail-over takes seconds; a pause beyond two would be felt as well.
constexpr std::int64_t kReconnectBaseMs = 20;
constexpr std::int64_t kReconnectCapMs = 2000;
constexpr int kMaxDoublings = 20;

}  // namespace

std::int64_t pg_now_ms() { return base::system_clock().steady_ns() / 1'000'000; }

std::int64_t pg_pause_ms(int number, std::int64_t base_ms, std::int64_t cap_ms) {
  const std::int64_t most = std::min(cap_ms, base_ms << std::min(number, kMaxDoublings));
  std::array<std::uint8_t, 4> drawn;
  base::system_random().fill(drawn);
  const std::int64_t value = drawn[0] | drawn[1] << 8 | drawn[2] << 16;
  return value % (most + 1);
}

void PgSource::hear_of_others() {
  const auto now = connects_.load();
  if (now == heard_) return;
  heard_ = now;
  lost_at_ms_ = pg_now_ms();
  last_error_.reset();
}

base::Result<PgSession*> PgSource::get(const RequestQueue& queue) {
  if (session_ != nullptr) return session_.get();
  if (tries_ == 0) lost_at_ms_ = pg_now_ms();
  for (;;) {
    hear_of_others();
    std::int64_t now = pg_now_ms();
    if (last_error_ && now < next_try_ms_) {
      const std::int64_t left = lost_at_ms_ + options_.patience_ms - now;
      if (queue.closed() || left <= 0) return *last_error_;
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(left, next_try_ms_ - now)));
      continue;
    }
    auto connected = PgSession::connect(target_, role_, options_);
    if (connected.ok()) {
      session_ = std::move(connected).value();
      if (was_connected_) ++reconnects_;
      if (tries_ > 0 && role_ == PgSession::Role::writer) {
        base::log(base::LogLevel::info, "storage.postgres_connected_again",
                  {{"away_ms", pg_now_ms() - lost_at_ms_}});
      }
      was_connected_ = true;
      tries_ = 0;
      last_error_.reset();
      heard_ = ++connects_;
      return session_.get();
    }
    if (tries_ == 0) {
      base::log(base::LogLevel::error, "storage.postgres_away",
                {{"detail", std::string_view(connected.error().detail)}});
    }
    last_error_ = std::move(connected).error();
    now = pg_now_ms();
    next_try_ms_ = now + pg_pause_ms(tries_++, kReconnectBaseMs, kReconnectCapMs);
    const bool heard = connects_.load() != heard_;
    if (queue.closed() || (!heard && now >= lost_at_ms_ + options_.patience_ms))
      return *last_error_;
  }
}

void PgSource::drop() {
  was_connected_ = was_connected_ || session_ != nullptr;
  session_.reset();
}

}  // namespace b3iq::storage
