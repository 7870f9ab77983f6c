// SimCustomer: reads sealed streams as their route gives them, and holds each event against the
// books at the moment at which it is made.
#include <charconv>
#include <memory>

#include "base/cancel.h"
#include "control/private_jobs/frame_stream.h"
#include "json/json.h"
#include "sim_customer.h"

namespace b3iq::control::sim {

using base::Result;
using base::Task;

namespace {

constexpr std::string_view kEndOfEvent = "\n\n";

// What stands behind `name` in the event; "" where there is no such line.
std::string_view line_of(std::string_view event, std::string_view name) {
  const auto at = event.find(name);
  if (at == std::string_view::npos || (at != 0 && event[at - 1] != '\n')) return {};
  const auto line = event.substr(at + name.size());
  return line.substr(0, line.find('\n'));
}

std::int64_t number_of(std::string_view text) {
  std::int64_t out = -1;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

// Mostly where it left off, at times from anywhere. A connection that breaks is not made again at
// once.
void SimCustomer::read_stream(std::size_t number) {
  auto& dice = world_.dice();
  const auto name = name_at_server(requests_[number]);
  if (name.empty()) return;
  const auto from = dice.percent(60) ? requests_[number].next_frame : dice.between(0, 12);
  const auto patience_ms = dice.percent(50) ? dice.between(1, 2'000) : dice.between(5'000, 90'000);
  auto handle = [this, name, from, patience_ms](SimReplica& r) -> Task<Result<std::int64_t>> {
    CO_TRY(const auto job, co_await r.jobs.find(id_, name));
    co_return co_await read_pieces(r, job, from, patience_ms);
  };
  auto promised = [this](const Result<std::int64_t>& read) { world_.meet("stream", read); };
  auto taken = [this, number](const Result<std::int64_t>& read) {
    // What it has of it, the end of the last connection may have lost.
    if (read.ok())
      requests_[number].next_frame = std::max<std::int64_t>(
          0, *read - (world_.dice().percent(30) ? world_.dice().between(0, 3) : 0));
  };
  world_.call<Result<std::int64_t>>(handle, promised, taken);
}

Task<Result<std::int64_t>> SimCustomer::read_pieces(SimReplica& replica, const PrivateJob& job,
                                                    std::int64_t from, std::int64_t patience_ms) {
  auto leaves = std::make_shared<base::CancelSource>();
  world_.timer(patience_ms, [leaves] { leaves->cancel(); });
  FrameStream stream(replica.frames, job, from, leaves->token());
  auto next = from;
  bool has_ended = false;
  for (;;) {
    CO_TRY(auto piece, co_await stream.next());
    if (!replica.is_alive || piece.empty()) break;
    if (has_ended) world_.books().fail("a stream went on behind its end");
    while (!piece.empty()) {
      const auto end = piece.find(kEndOfEvent);
      if (end == std::string_view::npos) {
        world_.books().fail("a stream was cut within an event");
        break;
      }
      if (has_ended) world_.books().fail("a stream went on behind its end");
      has_ended = take_event(job, piece.substr(0, end), from, next);
      piece.remove_prefix(end + kEndOfEvent.size());
    }
    if (stream.last() != has_ended) world_.books().fail("a stream's end is not its last piece");
    // As a connection that is gone before it is told.
    if (world_.dice().percent(2)) break;
  }
  if (has_ended) world_.meet("stream: end");
  if (has_ended && next > from) world_.meet("stream: end behind frames");
  co_return next;
}

// True when it is the end.
bool SimCustomer::take_event(const PrivateJob& job, std::string_view event, std::int64_t from,
                             std::int64_t& next) {
  auto& books = world_.books();
  if (event.starts_with(':') || event.starts_with("retry: ")) return false;
  const auto data = line_of(event, "data: ");
  if (line_of(event, "event: ") == "end") {
    const auto document = json::Document::parse(std::string(data));
    if (!document.ok()) {
      books.fail("a stream's end cannot be read");
      return true;
    }
    const auto status = document->root().find("status");
    const auto number = document->root().find("next_frame");
    books.shown_end(job.id.text(), status.string().value_or(""), from, next);
    if (number.integer().value_or(-1) != next) books.fail("a stream ends elsewhere");
    return true;
  }
  const auto number = number_of(line_of(event, "id: "));
  if (number != next) books.fail("a frame was shown out of its turn");
  books.shown_frame(job.id.text(), number, data);
  world_.meet("stream: frame");
  next = number + 1;
  return false;
}

}  // namespace b3iq::control::sim
