#include "agent/downloads/fetch_job.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/downloads/answer_fields.h"
#include "agent/downloads/download_refusals.h"
#include "base/clock.h"
#include "http/http_text.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr int kRangeNotSatisfiable = 416;
constexpr int kOk = 200;
constexpr int kPartialContent = 206;
constexpr std::int64_t kMsPerSecond = 1'000;

constexpr std::string_view kUserAgent = "b3iq-host";

std::optional<std::int64_t> content_length(const http::ClientResponse& response) {
  // The client has refused what is no number.
  const auto length = http::parse_content_length(response.header("content-length").value_or(""));
  if (!length) return std::nullopt;
  return static_cast<std::int64_t>(*length);
}

Error cancelled() { return Error(ErrorCode::cancelled, "the download was cancelled"); }

}  // namespace

FetchJob::FetchJob(const FetchSetting& setting, const DownloadSource& source, DownloadUrl url,
                   PartFile& part, ProgressReport& report, base::CancelToken cancel)
    : setting_(setting),
      source_(source),
      url_(std::move(url)),
      part_(part),
      report_(report),
      cancel_(cancel),
      client_(setting.loop, setting.limits, setting.network),
      retries_(setting.limits, setting.random) {}

std::optional<std::int64_t> FetchJob::total() const {
  if (told_total_) return told_total_;
  return part_.record() && part_.record()->total_bytes ? part_.record()->total_bytes
                                                       : source_.size_bytes;
}

bool FetchJob::whole() const { return offset_ > 0 && total() == offset_; }

Task<Result<ReceivedFile>> FetchJob::run() {
  CO_TRY_OK(co_await continue_part());
  while (!whole()) {
    retries_.begin();
    report_.enter(DownloadPhase::connecting, offset_, total());
    auto tried = co_await one_try();
    if (tried.ok()) break;
    Error error = std::move(tried).error();
    part_.flush();
    if (!can_continue()) offset_ = 0;
    if (error.code != ErrorCode::download_failed) co_return error;
    const auto wait_ms = retries_.next_ms(error);
    if (!wait_ms) {
      error.detail += " That was the last of " + std::to_string(setting_.limits.retries + 1) +
                      " tries in a row; what came is kept, so it can be continued later.";
      co_return error;
    }
    report_.enter(DownloadPhase::waiting, part_.bytes(), total(),
                  error.detail + " Next try in " +
                      std::to_string((*wait_ms + kMsPerSecond - 1) / kMsPerSecond) + " s.");
    if (!co_await pause(*wait_ms)) co_return cancelled();
  }
  co_return co_await finish();
}

// False: cancelled.
Task<bool> FetchJob::pause(std::int64_t ms) {
  while (ms > 0 && !cancel_.cancelled()) {
    const std::int64_t step = std::min(ms, kCancelStepMs);
    co_await setting_.loop.sleep(step);
    ms -= step;
  }
  co_return !cancel_.cancelled();
}

// Safely: the server must be able to tell us that the file has changed, or the checksum at the end
// will.
bool FetchJob::can_continue() const {
  const auto& record = part_.record();
  return record && (record->validator || source_.sha256);
}

// Takes what an earlier process left, when it is of the same file.
Task<Status> FetchJob::continue_part() {
  const auto& record = part_.record();
  const auto differ = [](const auto& a, const auto& b) { return a && b && *a != *b; };
  if (!can_continue() || record->url != source_.url || differ(record->sha256, source_.sha256) ||
      differ(record->total_bytes, source_.size_bytes)) {
    co_return Status();
  }
  report_.enter(DownloadPhase::verifying, 0, total());
  PartFile::Told told = [this](std::int64_t done) { report_.bytes(done); };
  CO_TRY_OK(co_await part_.recover(std::move(told), cancel_));
  offset_ = part_.bytes();
  co_return Status();
}

Task<Status> FetchJob::one_try() {
  if (cancel_.cancelled()) co_return cancelled();
  const std::string range = "bytes=" + std::to_string(offset_) + "-";
  std::vector<http::HeaderView> headers = {
      {"Accept", "*/*"}, {"Accept-Encoding", "identity"}, {"User-Agent", kUserAgent}};
  if (offset_ > 0) {
    headers.push_back({"Range", range});
    if (part_.record()->validator) headers.push_back({"If-Range", *part_.record()->validator});
  }
  CO_TRY(auto answer, co_await client_.get(url_, std::move(headers), cancel_));
  const http::ClientResponse& response = *answer.response;
  const int status = response.status();
  if (status == kRangeNotSatisfiable && offset_ > 0) {
    if (const auto range_of = parse_content_range(response.header("content-range").value_or(""));
        range_of && range_of->total == offset_ && total().value_or(offset_) == offset_) {
      co_return Status();  // all of it was here already
    }
    co_return start_over(answer.url, "the file is shorter than what came of it before");
  }
  if (status != kOk && status != kPartialContent) {
    const RefusedStatus refused{.status = status, .retry_after = response.header("retry-after")};
    co_return status_error(answer.url, refused, base::system_clock().wall_ms(),
                           setting_.limits.max_retry_after_ms);
  }
  const auto encoding = response.header("content-encoding").value_or("identity");
  if (!http::equal_ignoring_case(encoding, "identity") && !encoding.empty()) {
    co_return answer_refused(answer.url, "it is compressed, which nobody asked for");
  }
  Body body;
  if (status == kOk) {
    CO_TRY(body, co_await begin_whole(answer));
  } else {
    CO_TRY(body, co_await begin_rest(answer));
  }
  co_return co_await receive(answer, body);
}

Status FetchJob::check_total(std::int64_t bytes) const {
  if (source_.size_bytes && *source_.size_bytes != bytes) {
    return Error(ErrorCode::download_mismatch,
                 "The file at " + url_.place() + " has " + std::to_string(bytes) +
                     " bytes and should have " + std::to_string(*source_.size_bytes) +
                     ". It is not the file that was meant; what came of it was deleted.");
  }
  if (bytes > setting_.limits.max_bytes) {
    return answer_refused(url_, "the file has " + std::to_string(bytes) + " bytes and at most " +
                                    std::to_string(setting_.limits.max_bytes) + " are taken");
  }
  return {};
}

// 200: the file from its beginning, whatever was asked for.
Task<Result<FetchJob::Body>> FetchJob::begin_whole(const DownloadAnswer& answer) {
  const http::ClientResponse& response = *answer.response;
  if (part_.bytes() > 0 && ++restarts_ > setting_.limits.restarts) {
    co_return answer_refused(answer.url,
                             "the server begins anew instead of going on, each time it is asked");
  }
  const auto length = content_length(response);
  Body body{.end = {}, .whole = true, .chunked = response.header("transfer-encoding").has_value()};
  if (!length && !body.chunked && !source_.size_bytes && !source_.sha256) {
    co_return answer_refused(answer.url,
                             "it does not say how long the file is, and no checksum is known, so "
                             "a cut could not be seen");
  }
  if (length && source_.size_bytes && part_.bytes() > 0 && *length != *source_.size_bytes) {
    // Perhaps not the file at all, but a page that says "later" or "log in".
    co_return answer_refused(
        answer.url, "it has " + std::to_string(*length) + " bytes where the file should have " +
                        std::to_string(*source_.size_bytes) + "; what came before is kept");
  }
  if (length) CO_TRY_OK(check_total(*length));
  DownloadRecord record;
  record.url = source_.url;
  record.sha256 = source_.sha256;
  record.validator = strong_validator(response.header("etag"), response.header("last-modified"),
                                      response.header("date"));
  record.total_bytes = length ? length : source_.size_bytes;
  body.end = record.total_bytes;
  offset_ = 0;
  told_total_.reset();
  CO_TRY_OK(co_await part_.restart(std::move(record)));
  co_return body;
}

// 206: the rest that was asked for, and nothing else.
Task<Result<FetchJob::Body>> FetchJob::begin_rest(const DownloadAnswer& answer) {
  const http::ClientResponse& response = *answer.response;
  if (offset_ == 0) co_return answer_refused(answer.url, "it is a part that nobody asked for");
  const auto range = parse_content_range(response.header("content-range").value_or(""));
  if (!range || !range->has_part || range->first != offset_) {
    co_return answer_refused(answer.url, "its Content-Range is not the one that was asked for (" +
                                             std::to_string(offset_) + " and on)");
  }
  CO_TRY_OK(check_same_file(answer));
  if (range->total && total() && range->total != total()) {
    co_return answer_refused(answer.url, "its Content-Range tells another length of the file");
  }
  if (range->total) {
    CO_TRY_OK(check_total(*range->total));
    told_total_ = range->total;
  }
  if (!total()) co_return answer_refused(answer.url, "it does not say how long the file is");
  Body body;
  body.end = range->last + 1;
  CO_TRY_OK(co_await part_.check_room(*total() - offset_));
  co_return body;
}

// If-Range should have seen to it; not every server reads that.
Status FetchJob::check_same_file(const DownloadAnswer& answer) {
  const auto& known = part_.record()->validator;
  const auto etag = answer.response->header("etag");
  if (known && is_strong_etag(*known) && etag && is_strong_etag(*etag) && *etag != *known) {
    return start_over(answer.url, "the file has changed at the server");
  }
  return {};
}

Error FetchJob::start_over(const DownloadUrl& url, std::string_view why) {
  offset_ = 0;
  told_total_.reset();
  return Error(ErrorCode::download_failed,
               url.place() + ": " + std::string(why) + ". It begins anew.");
}

Task<Status> FetchJob::receive(DownloadAnswer& answer, Body body) {
  report_.enter(DownloadPhase::receiving, part_.bytes(), total());
  const std::int64_t most = body.end.value_or(setting_.limits.max_bytes);
  for (;;) {
    auto read = co_await answer.response->read_some();
    offset_ = part_.bytes();
    if (!read.ok()) co_return network_error(answer.url, read.error());
    if (read->empty()) break;
    const auto size = static_cast<std::int64_t>(read->size());
    if (size > most - part_.bytes()) {
      if (body.whole) CO_TRY_OK(check_total(part_.bytes() + size));
      co_return answer_refused(answer.url, "more comes than it announced");
    }
    CO_TRY_OK(co_await part_.append(*read));
    retries_.progressed(size);
    report_.bytes(part_.bytes());
    const std::int64_t wait_ms =
        setting_.bandwidth.pause_ms(size, base::system_clock().steady_ns());
    if (wait_ms > 0 && !co_await pause(wait_ms)) co_return cancelled();
  }
  offset_ = part_.bytes();
  co_return check_end(answer.url, body);
}

Status FetchJob::check_end(const DownloadUrl& url, const Body& body) const {
  if (!total() || offset_ == *total()) return {};
  // A whole file with an end mark, only not of the size that was meant.
  if (body.whole && body.chunked) TRY_OK(check_total(offset_));
  return Error(ErrorCode::download_failed, url.place() + ": the answer ended after " +
                                               std::to_string(offset_) + " of " +
                                               std::to_string(*total()) + " bytes.");
}

Task<Result<ReceivedFile>> FetchJob::finish() {
  report_.enter(DownloadPhase::verifying, part_.bytes(), part_.bytes());
  CO_TRY(auto received, co_await part_.seal());
  CO_TRY_OK(check_total(received.bytes));
  if (source_.sha256 && *source_.sha256 != received.sha256) {
    co_return Error(ErrorCode::download_mismatch,
                    "The file from " + url_.place() + " has the SHA-256 " + received.sha256 +
                        " and should have " + *source_.sha256 +
                        ". It was deleted and is not used. Either it was changed on the way, or "
                        "the publisher replaced it: compare with the publisher's page.");
  }
  co_return received;
}

}  // namespace b3iq::agent
