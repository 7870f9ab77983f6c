// Books: sealed streams (docs/adr/0033): a stream is a beginning of what its job's node made, in
// order and without a gap, taken while the node had the job, kept until 10 minutes after its end.
#include <fmt/format.h>

#include "books.h"

namespace b3iq::control::sim {
namespace {

constexpr std::int64_t kFramesMs = 600'000;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    if (end == std::string::npos) return {};
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

void Books::node_makes(const std::string& job_id, std::int64_t number, const std::string& frame) {
  auto& made = made_[job_id];
  if (std::ssize(made) <= number) made.resize(static_cast<std::size_t>(number) + 1);
  made[static_cast<std::size_t>(number)].insert(frame);
}

std::int64_t Books::frames_of(const std::string& job_id) const {
  const auto at = lines_.find(job_id);
  return at == lines_.end() ? 0 : std::ssize(at->second);
}

void Books::see_stream(std::int64_t rowid) {
  StreamRow row;
  if (!reader_.read(rowid, row)) return fail("a stream's row is gone");
  touched_streams_.insert(row.job);
  undo_.set(stream_places_, row.job, rowid);
  undo_.set(streams_, rowid, std::move(row));
}

void Books::see_frames(std::int64_t rowid) {
  FramesRow row;
  if (!reader_.read(rowid, row)) return fail("frames are gone");
  const auto* const of = job(row.job);
  if (of == nullptr || (of->status != "claimed" && of->status != "running"))
    fail("frames of job " + row.job + " were taken while its node had it not");
  const auto more = lines_of(row.frames);
  if (more.empty() || row.first != frames_of(row.job))
    fail("frames of job " + row.job + " do not follow those before them");
  auto lines = lines_[row.job];
  const auto& made = made_[row.job];
  for (const auto& line : more) {
    if (lines.size() >= made.size() || !made[lines.size()].contains(line))
      fail(fmt::format("frame {} of job {} is not its node's", lines.size(), row.job));
    lines.push_back(line);
  }
  touched_streams_.insert(row.job);
  undo_.set(lines_, row.job, std::move(lines));
  undo_.set(frames_, rowid, std::move(row));
}

void Books::see_stream_go(const Change& change) {
  std::string of;
  if (change.table == BookTable::streams) {
    of = streams_.at(change.rowid).job;
    undo_.erase(streams_, change.rowid);
    undo_.erase(stream_places_, of);
  } else {
    of = frames_.at(change.rowid).job;
    undo_.erase(frames_, change.rowid);
    undo_.erase(lines_, of);
  }
  undo_.set(dropped_, of, true);
  touched_streams_.insert(of);
  look_at_clocks();
  const auto* const row = job(of);
  if (row == nullptr || row->completed_at_ms == 0 ||
      latest_clock_ms_ <= row->completed_at_ms + kFramesMs)
    fail("the stream of job " + of + " was dropped before its time");
}

void Books::check_stream(const std::string& job_id) {
  const auto place = stream_places_.find(job_id);
  StreamRow row;
  if (place != stream_places_.end()) row = streams_.at(place->second);
  std::int64_t bytes = 0;
  if (const auto lines = lines_.find(job_id); lines != lines_.end())
    for (const auto& line : lines->second) bytes += std::ssize(line) + 1;
  if (row.next != frames_of(job_id) || row.bytes != bytes)
    fail("the stream of job " + job_id + " is not what its frames add up to");
}

void Books::check_acknowledged() {
  for (const auto& [job_id, next] : acknowledged_)
    if (frames_of(job_id) < next && !dropped_.contains(job_id))
      fail("frames of job " + job_id + " were acknowledged and are gone");
}

void Books::promised_frames(const std::string& job_id, std::int64_t next) {
  if (next > frames_of(job_id) && !dropped_.contains(job_id))
    fail("frames of job " + job_id + " were acknowledged and are not there");
  auto& most = acknowledged_[job_id];
  most = std::max(most, next);
}

void Books::shown_frame(const std::string& job_id, std::int64_t number, std::string_view frame) {
  const auto at = lines_.find(job_id);
  if (at == lines_.end() || number < 0 || number >= std::ssize(at->second) ||
      at->second[static_cast<std::size_t>(number)] != frame)
    fail(fmt::format("frame {} of job {} was shown and is another", number, job_id));
}

// Everything that is there was shown before the end.
void Books::shown_end(const std::string& job_id, std::string_view status, std::int64_t from,
                      std::int64_t next) {
  const auto* const row = job(job_id);
  if (row == nullptr || status == "queued" || status == "claimed" || status == "running" ||
      (row->status != status && status != "awaiting_receipt"))
    fail(fmt::format("the stream of job {} was ended as '{}'", job_id, status));
  if (!dropped_.contains(job_id) && next != std::max(from, frames_of(job_id)))
    fail(fmt::format("the stream of job {} was ended behind {} frames of {}", job_id, next,
                     frames_of(job_id)));
}

}  // namespace b3iq::control::sim
