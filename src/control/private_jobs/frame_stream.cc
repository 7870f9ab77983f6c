#include "control/private_jobs/frame_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "json/json.h"

namespace b3iq::control {

using base::Result;
using base::Task;

namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::string_view kComment = ": b3iq\n\n";  // also tells a client that it is there

}  // namespace

FrameStream::FrameStream(FrameService& frames, const PrivateJob& job, std::int64_t from,
                         base::CancelToken cancel)
    : frames_(frames),
      job_id_(job.id.text()),
      client_job_id_(job.client_job_id),
      next_(from),
      cancel_(cancel),
      place_(frames.waiters(), {job.customer_id, job.command_id.text(), JobNews::frames}),
      until_ns_(frames.clock().steady_ns() + kMaxStreamReadMs * kNsPerMs) {}

void FrameStream::write_frames(const std::vector<FrameRow>& rows) {
  for (const auto& row : rows) {
    auto number = row.first;
    for (std::string_view rest = row.frames; !rest.empty(); ++number) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (number < next_) continue;
      fmt::format_to(std::back_inserter(out_), "id: {}\ndata: {}\n\n", number, line);
      next_ = number + 1;
    }
  }
}

void FrameStream::write_end(JobStatus status) {
  out_ += "event: end\ndata: ";
  json::Writer w(out_);
  w.begin_object();
  w.member("job_id", client_job_id_);
  w.member("status", wire_name(status));
  w.member("next_frame", next_);
  w.end_object();
  out_ += "\n\n";
  ended_ = true;
}

Task<Result<std::string_view>> FrameStream::next() {
  out_.clear();
  if (ended_) co_return std::string_view();
  if (!std::exchange(opened_, true)) {
    out_ = fmt::format("retry: {}\n{}", kStreamRetryMs, kComment);
    co_return std::string_view(out_);
  }
  // Without its end: the client asks again.
  while (frames_.clock().steady_ns() < until_ns_) {
    CO_TRY(const auto there, co_await frames_.read(job_id_, next_, kMaxStreamPieceBytes));
    write_frames(there.rows);
    place_.saw(next_);
    if (!out_.empty()) co_return std::string_view(out_);
    if (has_answer_or_end(there.status)) {
      write_end(there.status);
      co_return std::string_view(out_);
    }
    if (cancel_.cancelled() || frames_.waiters().closed()) break;
    const auto quiet_until = frames_.clock().steady_ns() + kStreamKeepAliveMs * kNsPerMs;
    co_await place_.wait(std::min(quiet_until, until_ns_), cancel_);
    if (frames_.clock().steady_ns() >= quiet_until) co_return kComment;
  }
  co_return std::string_view();
}

}  // namespace b3iq::control
