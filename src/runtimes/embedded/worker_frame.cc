#include "runtimes/embedded/worker_frame.h"

#include <cstring>
#include <utility>

#include "runtimes/embedded/frame_codec.h"
#include "runtimes/embedded/frame_fields.h"

namespace b3iq::runtimes {
namespace {

// The type byte of each alternative of Frame, in its order.
constexpr FrameType kTypes[] = {FrameType::load,  FrameType::chat,     FrameType::cancel,
                                FrameType::pause, FrameType::resume,   FrameType::stats_query,
                                FrameType::hello, FrameType::progress, FrameType::ready,
                                FrameType::token, FrameType::finish,   FrameType::error,
                                FrameType::stats, FrameType::fatal,    FrameType::alive,
                                FrameType::embed, FrameType::embedding};
static_assert(std::size(kTypes) == std::variant_size_v<Frame>);

template <class F>
bool append(std::string& out, FrameType type, const F& frame) {
  std::size_t start = out.size();
  out.append(sizeof(std::uint32_t), '\0');
  Encoder encoder(out);
  out.push_back(static_cast<char>(type));
  fields(encoder, const_cast<F&>(frame));
  std::size_t length = out.size() - start - sizeof(std::uint32_t);
  if (length > kMaxFrameBytes) {
    out.resize(start);
    return false;
  }
  for (std::size_t i = 0; i < sizeof(std::uint32_t); ++i)
    out[start + i] = static_cast<char>((length >> (8 * i)) & 0xff);
  return true;
}

template <class F>
std::optional<Frame> decode_as(std::string_view payload) {
  F frame;
  Decoder decoder(payload);
  fields(decoder, frame);
  if (!decoder.ok() || !decoder.at_end()) return std::nullopt;
  return Frame(std::move(frame));
}

template <std::size_t... I>
std::optional<Frame> decode(FrameType type, std::string_view payload, bool& known,
                            std::index_sequence<I...>) {
  std::optional<Frame> result;
  known = ((kTypes[I] == type
                ? (result = decode_as<std::variant_alternative_t<I, Frame>>(payload), true)
                : false) ||
           ...);
  return result;
}

base::Error broken(std::string detail) {
  return {base::ErrorCode::upstream_failed, "the worker's stream is broken: " + std::move(detail)};
}

}  // namespace

bool append_frame(std::string& out, const Frame& frame) {
  return std::visit([&](const auto& f) { return append(out, kTypes[frame.index()], f); }, frame);
}

bool append_frame(std::string& out, const TokenFrame& frame) {
  return append(out, FrameType::token, frame);
}

bool append_frame(std::string& out, const EmbeddingFrame& frame) {
  return append(out, FrameType::embedding, frame);
}

char* FrameReader::reserve(std::size_t size) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - end_ < size) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() - end_ < size) buffer_.resize(end_ + size);
  }
  return buffer_.data() + end_;
}

void FrameReader::feed(std::string_view bytes) {
  std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
}

base::Result<std::optional<Frame>> FrameReader::next() {
  std::string_view data(buffer_.data() + begin_, end_ - begin_);
  if (data.size() < kFrameHeaderBytes) return std::optional<Frame>();
  std::uint32_t length = 0;
  Decoder header(data.substr(0, sizeof(length)));
  header(length);
  if (length == 0 || length > kMaxFrameBytes)
    return broken("a frame of " + std::to_string(length) + " bytes");
  if (data.size() < sizeof(length) + length) return std::optional<Frame>();
  auto type = static_cast<FrameType>(data[sizeof(length)]);
  bool known = false;
  auto frame = decode(type, data.substr(kFrameHeaderBytes, length - 1), known,
                      std::make_index_sequence<std::variant_size_v<Frame>>());
  if (!known) return broken("unknown frame type " + std::to_string(static_cast<unsigned>(type)));
  if (!frame)
    return broken("malformed frame of type " + std::to_string(static_cast<unsigned>(type)));
  begin_ += sizeof(length) + length;
  return frame;
}

}  // namespace b3iq::runtimes
