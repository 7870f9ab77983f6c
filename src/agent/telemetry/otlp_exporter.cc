#include "agent/telemetry/otlp_exporter.h"

#include <fmt/format.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/log.h"
#include "base/text.h"
#include "crypto/secret_file.h"
#include "runtimes/upstream/dial_policy.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

constexpr http::ClientLimits kLimits{.connect_timeout_ms = 3'000,
                                     .first_byte_timeout_ms = 10'000,
                                     .idle_timeout_ms = 5'000,
                                     .max_idle_per_origin = 1};
constexpr std::size_t kMaxAnswerBytes = 64 * 1024;
constexpr std::size_t kMaxHeaders = 32;

bool plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

// Lines "Name: value"; empty ones and those that begin with '#' are left out. The values are
// secrets and are never quoted.
Result<HeaderList> read_headers(const std::string& path) {
  HeaderList headers;
  if (path.empty()) return headers;
  TRY(const auto secret, crypto::read_secret_file(path));
  std::string_view rest = secret.reveal_text();
  for (int line = 1; !rest.empty(); ++line) {
    const auto end = rest.find('\n');
    const auto text = base::trimmed(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (text.empty() || text.front() == '#') continue;
    const auto colon = text.find(':');
    const auto name = base::trimmed(text.substr(0, colon));
    const bool good = colon != std::string_view::npos && !name.empty() && plain(text) &&
                      name.find(' ') == std::string_view::npos && headers.size() < kMaxHeaders;
    if (!good) {
      return Error(ErrorCode::config_invalid,
                   fmt::format("Line {} of {} is no header. Write one `Name: value` a line, at "
                               "most {} of them.",
                               line, path, kMaxHeaders),
                   "telemetry.otlp_headers_file");
    }
    headers.emplace_back(name, base::trimmed(text.substr(colon + 1)));
  }
  return headers;
}

int make_timer() { return ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC); }

void set_timer(int fd, std::int64_t ms) {
  itimerspec once{};
  once.it_value = {ms / 1'000, (ms % 1'000) * 1'000'000};
  ::timerfd_settime(fd, 0, &once, nullptr);
}

// A number of seconds; dates are not understood, and nobody is waited for longer than the longest
// pause.
std::int64_t retry_after_ms(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || rest != text.data() + text.size() || seconds < 0) return 0;
  return std::min(seconds, kLongestExportPauseMs / 1'000) * 1'000;
}

// What OTLP says is worth another try.
bool is_passing(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

base::Counter& dropped(base::Metrics& metrics, std::string what) {
  return metrics.counter("b3iq_telemetry_dropped_total",
                         "Spans and reports that were dropped instead of exported.",
                         {{"what", std::move(what)}});
}

Result<http::Origin> read_endpoint(const TelemetrySettings& settings) {
  auto origin = http::parse_origin(settings.otlp_endpoint);
  if (origin.ok() && settings.otlp_endpoint.find('@') == std::string::npos) return origin;
  return Error(ErrorCode::config_invalid,
               "telemetry.otlp_endpoint in config.json must be the address of an OTLP/HTTP "
               "collector without a user name, such as http://127.0.0.1:4318.",
               "telemetry.otlp_endpoint");
}

}  // namespace

Status OtlpExporter::check(const TelemetrySettings& settings) {
  TRY([[maybe_unused]] const auto origin, read_endpoint(settings));
  TRY([[maybe_unused]] const auto headers, read_headers(settings.otlp_headers_file));
  return {};
}

Result<std::unique_ptr<OtlpExporter>> OtlpExporter::create(const TelemetrySettings& settings,
                                                           Parts parts) {
  TRY(auto origin, read_endpoint(settings));
  TRY(auto headers, read_headers(settings.otlp_headers_file));
  std::unique_ptr<OtlpExporter> made(
      new OtlpExporter(settings, std::move(parts), std::move(origin), std::move(headers)));
  return made;
}

OtlpExporter::OtlpExporter(const TelemetrySettings& settings, Parts parts, http::Origin origin,
                           HeaderList headers)
    : parts_(std::move(parts)),
      interval_ms_(settings.interval_ms),
      started_unix_ns_(parts_.clock.wall_ms() * 1'000'000),
      origin_(std::move(origin)),
      headers_(std::move(headers)),
      client_(parts_.loop, kLimits, runtimes::dial_policy(origin_.host, parts_.own_port)),
      exported_spans_(
          parts_.metrics.counter("b3iq_telemetry_spans_total", "Spans that were exported.")),
      dropped_spans_(dropped(parts_.metrics, "span")),
      dropped_reports_(dropped(parts_.metrics, "metrics")),
      failed_(parts_.metrics.counter("b3iq_telemetry_failures_total",
                                     "Exports that the collector did not take.")) {}

OtlpExporter::~OtlpExporter() {
  for (auto& [name, value] : headers_) std::ranges::fill(value, '\0');
}

void OtlpExporter::start() {
  timer_fd_ = make_timer();
  if (timer_fd_ < 0) return;
  timer_.emplace(parts_.loop, timer_fd_);
  running_ = true;
  base::detach(run());
}

void OtlpExporter::finish() {
  if (!running_ || ending_) return;
  ending_ = true;
  timer_->close();
  const int fd = make_timer();
  if (fd < 0) return cancel_.cancel();
  set_timer(fd, kLastExportMs);
  deadline_.emplace(parts_.loop, fd);
  cutting_ = true;
  base::detach(cut_late());
}

void OtlpExporter::stop() {
  if (!running_) return;
  ending_ = true;
  cancel_.cancel();
  timer_->close();
}

Task<void> OtlpExporter::cut_late() {
  std::array<char, sizeof(std::uint64_t)> expirations;
  const auto ticked = co_await deadline_->read_some(expirations);
  if (ticked.ok()) cancel_.cancel();
  cutting_ = false;
}

Task<void> OtlpExporter::run() {
  while (!ending_) {
    const auto whole = co_await sleep(failures_ == 0 ? interval_ms_ : pause_ms());
    if (!whole) break;
    co_await turn();
  }
  co_await turn();
  if (deadline_) deadline_->close();
  running_ = false;
}

Task<bool> OtlpExporter::sleep(std::int64_t ms) {
  set_timer(timer_fd_, std::max<std::int64_t>(ms, 1));
  std::array<char, sizeof(std::uint64_t)> expirations;
  const auto ticked = co_await timer_->read_some(expirations);
  co_return ticked.ok() && !ending_;
}

std::int64_t OtlpExporter::pause_ms() const {
  const auto doubled = std::min(interval_ms_ << std::min(failures_, 16), kLongestExportPauseMs);
  return std::max(doubled, asked_pause_ms_);
}

Task<void> OtlpExporter::turn() {
  const int failures_before = failures_;
  co_await send_spans();
  if (failures_ == failures_before || failures_ == 0) co_await send_metrics();
}

Task<void> OtlpExporter::send_spans() {
  for (std::size_t sent = 0; sent < kExportsPerTurn; ++sent) {
    if (batch_.empty()) batch_ = parts_.tracer.take(kSpansPerExport);
    if (batch_.empty()) co_return;
    const auto body = otlp_traces(parts_.resource, batch_);
    const auto outcome = co_await post("/v1/traces", body);
    if (outcome == Outcome::sent) {
      exported_spans_.add(static_cast<double>(batch_.size()));
      batch_.clear();
      continue;
    }
    if (outcome == Outcome::refused || failures_ >= kMaxExportFailures) drop_batch();
    co_return;
  }
}

void OtlpExporter::drop_batch() {
  dropped_spans_.add(static_cast<double>(batch_.size()));
  batch_.clear();
}

// Counts since the start: what one report could not tell the next one does.
Task<void> OtlpExporter::send_metrics() {
  const auto families = parts_.metrics.collect();
  const auto body =
      otlp_metrics(parts_.resource, families, started_unix_ns_, parts_.clock.wall_ms() * 1'000'000);
  const auto outcome = co_await post("/v1/metrics", body);
  if (outcome != Outcome::sent) dropped_reports_.add();
}

Task<OtlpExporter::Outcome> OtlpExporter::post(std::string_view path, std::string_view body) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.path = path;
  request.headers.push_back({"Content-Type", "application/json"});
  for (const auto& [name, value] : headers_) request.headers.push_back({name, value});
  request.body.push_back(body);
  auto response = co_await client_.send(origin_, request, cancel_.token());
  int status = 0;
  if (response.ok()) {
    status = (*response)->status();
    asked_pause_ms_ = retry_after_ms((*response)->header("retry-after").value_or(""));
    [[maybe_unused]] const auto rest = co_await (*response)->read_all(kMaxAnswerBytes);
  }
  if (status >= 200 && status < 300) {
    failures_ = 0;
    co_return Outcome::sent;
  }
  failed_.add();
  // Once for each time that it goes away.
  if (++failures_ == 1) {
    base::log(
        base::LogLevel::warn, "telemetry.not_taken",
        {{"status", std::int64_t{status}},
         {"code", response.ok() ? "none" : base::error_info(response.error().code).wire_name}});
  }
  const bool again = status == 0 || is_passing(status);
  co_return again ? Outcome::again : Outcome::refused;
}

}  // namespace b3iq::agent
