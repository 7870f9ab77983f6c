#include "base/clock.h"

#include <time.h>

#include <charconv>
#include <chrono>
#include <cstring>

namespace b3iq::base {
namespace {

class SystemClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return read(CLOCK_REALTIME) / 1'000'000; }
  std::int64_t steady_ns() const override { return read(CLOCK_MONOTONIC); }

 private:
  static std::int64_t read(clockid_t id) {
    timespec t;
    clock_gettime(id, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
  }
};

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
  if (at + count > text.size()) return false;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
  }
  std::from_chars(text.data() + at, text.data() + at + count, out);
  return true;
}

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

Rfc3339 rfc3339(std::int64_t wall_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds(wall_ms)};
  const auto day = floor<days>(point);
  const year_month_day date(day);
  const hh_mm_ss time(point - day);
  Rfc3339 text;
  std::memcpy(text.chars.data(), "0000-00-00T00:00:00.000Z", text.chars.size());
  // Two are written for every receipt, so without a format string.
  const auto put = [&out = text.chars](std::size_t end, std::int64_t number) {
    for (; number > 0; number /= 10) out[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, static_cast<int>(date.year()));
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, time.hours().count());
  put(16, time.minutes().count());
  put(19, time.seconds().count());
  put(23, time.subseconds().count());
  return text;
}

std::string format_rfc3339(std::int64_t wall_ms) {
  return std::string(std::string_view(rfc3339(wall_ms)));
}

bool parse_rfc3339(std::string_view text, std::int64_t& wall_ms) {
  using namespace std::chrono;
  int y, mo, d, h, mi, s, ms = 0;
  if (!digits(text, 0, 4, y) || !digits(text, 5, 2, mo) || !digits(text, 8, 2, d) ||
      !digits(text, 11, 2, h) || !digits(text, 14, 2, mi) || !digits(text, 17, 2, s)) {
    return false;
  }
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return false;
  std::string_view rest = text.substr(19);
  if (rest.size() == 5 && rest[0] == '.') {
    if (!digits(rest, 1, 3, ms)) return false;
    rest.remove_prefix(4);
  }
  if (rest != "Z") return false;
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!date.ok() || h > 23 || mi > 59 || s > 59) return false;
  wall_ms = duration_cast<milliseconds>(sys_days(date).time_since_epoch() + hours(h) + minutes(mi) +
                                        seconds(s))
                .count() +
            ms;
  return true;
}

}  // namespace b3iq::base
