#include "client/control_plane/frame_reader.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

constexpr std::string_view kEnd = "end";

}  // namespace

Task<Result<FrameReader::Next>> FrameReader::next() {
  Next next;
  http::SseReader::Event event;
  if (!events_.next(event)) {
    CO_TRY(const auto bytes, co_await response_->read_some());
    if (bytes.empty()) next.what = Came::cut;
    if (bytes.empty()) co_return next;
    CO_TRY_OK(events_.feed(bytes));
    if (!events_.next(event)) co_return next;
  }
  if (event.event == kEnd) next.what = Came::end;
  // Newer control planes may say more.
  if (!event.event.empty()) co_return next;
  auto frame = protocol::decode_sealed_chunk(event.data);
  if (!frame.ok()) {
    co_return Error(ErrorCode::corrupt,
                    "The control plane has sent something else than a piece of the sealed answer.");
  }
  next.what = Came::frame;
  next.frame = std::move(frame).value();
  co_return next;
}

}  // namespace b3iq::client
