#include "figures.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

namespace b3iq::fleet {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr std::size_t kShownBytes = 300;

}  // namespace

double Durations::ms_at(double share) const {
  if (ns_.empty()) return 0;
  const auto index = static_cast<std::size_t>(static_cast<double>(ns_.size()) * share);
  return static_cast<double>(ns_[std::min(ns_.size() - 1, index)]) / kNsPerMs;
}

void Durations::write(json::Writer& out, std::string_view name) {
  std::sort(ns_.begin(), ns_.end());
  out.key(name);
  out.begin_object();
  out.member("count", static_cast<std::uint64_t>(ns_.size()));
  out.member("p50", ms_at(0.5));
  out.member("p90", ms_at(0.9));
  out.member("p99", ms_at(0.99));
  out.member("p999", ms_at(0.999));
  out.member("max", ms_at(1.0));
  out.end_object();
}

void Outcomes::refuse(int status, std::string_view body) {
  ++refused[status];
  if (first_refusal.empty()) first_refusal = body.substr(0, kShownBytes);
}

void Outcomes::write(json::Writer& out) const {
  out.member("accepted", accepted);
  out.member("lost", lost);
  out.key("refused");
  out.begin_object();
  for (const auto& [status, count] : refused) out.member(std::to_string(status), count);
  out.end_object();
  out.member("first_refusal", first_refusal);
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void print_line(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

}  // namespace b3iq::fleet
