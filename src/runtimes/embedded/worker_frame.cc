#include "runtimes/embedded/worker_frame.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace b3iq::runtimes {
namespace {

using inference::Finish;

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  template <class T>
    requires std::is_integral_v<T>
  void operator()(const T& value) {
    auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(static_cast<char>((bits >> (8 * i)) & 0xff));
  }
  void operator()(const bool& value) { out_.push_back(value ? 1 : 0); }
  void operator()(const double& value) { (*this)(std::bit_cast<std::uint64_t>(value)); }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    out_.append(text);
  }
  template <class E>
  void choice(const E& value, E) {
    out_.push_back(static_cast<char>(value));
  }
  void bounded(const int& value, int) { (*this)(value); }
  template <class T, class Each>
  void list(const std::vector<T>& items, std::size_t, Each each) {
    (*this)(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) each(const_cast<T&>(item));
  }
  template <class T>
  void option(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }

 private:
  std::string& out_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view in) : in_(in) {}
  bool ok() const { return ok_; }
  bool at_end() const { return in_.empty(); }

  template <class T>
    requires std::is_integral_v<T>
  void operator()(T& value) {
    if (!need(sizeof(T))) return;
    std::make_unsigned_t<T> bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bits |= static_cast<std::make_unsigned_t<T>>(
          static_cast<std::make_unsigned_t<T>>(static_cast<unsigned char>(in_[i])) << (8 * i));
    }
    value = static_cast<T>(bits);
    in_.remove_prefix(sizeof(T));
  }
  void operator()(bool& value) {
    std::uint8_t byte = 0;
    (*this)(byte);
    if (byte > 1) ok_ = false;
    value = byte == 1;
  }
  void operator()(double& value) {
    std::uint64_t bits = 0;
    (*this)(bits);
    value = std::bit_cast<double>(bits);
  }
  void operator()(std::string& text) {
    std::uint32_t size = 0;
    (*this)(size);
    if (!need(size)) return;
    text.assign(in_.substr(0, size));
    in_.remove_prefix(size);
  }
  template <class E>
  void choice(E& value, E last) {
    std::uint8_t byte = 0;
    (*this)(byte);
    if (byte > static_cast<std::uint8_t>(last)) {
      ok_ = false;
      return;
    }
    value = static_cast<E>(byte);
  }
  // 0 to below `end`.
  void bounded(int& value, int end) {
    (*this)(value);
    if (value < 0 || value >= end) ok_ = false;
  }
  template <class T, class Each>
  void list(std::vector<T>& items, std::size_t limit, Each each) {
    std::uint32_t count = 0;
    (*this)(count);
    if (count > limit || !need(count)) {
      ok_ = false;
      return;
    }
    for (std::uint32_t i = 0; i < count && ok_; ++i) each(items.emplace_back());
  }
  template <class T>
  void option(std::optional<T>& value) {
    bool present = false;
    (*this)(present);
    if (present) (*this)(value.emplace());
  }

 private:
  bool need(std::size_t size) {
    if (in_.size() < size) ok_ = false;
    return ok_;
  }
  std::string_view in_;
  bool ok_ = true;
};

constexpr std::size_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

template <class A>
void fields(A& a, LoadFrame& f) {
  a(f.protocol);
  a(f.context_tokens);
  a(f.slots);
  a(f.threads);
  a(f.gpu_layers);
  a(f.max_queue);
}

template <class A>
void message_fields(A& a, ChatMessage& m) {
  a.choice(m.role, inference::Role::tool);
  a.list(m.texts, kUnbounded, [&](std::string& text) { a(text); });
  a(m.name);
  a(m.tool_call_id);
  a.list(m.tool_calls, kMaxTools, [&](inference::ToolCall& call) {
    a(call.id);
    a(call.name);
    a(call.arguments);
  });
}

template <class A>
void sampling_fields(A& a, inference::Sampling& s) {
  a.option(s.temperature);
  a.option(s.top_p);
  a.option(s.top_k);
  a.option(s.min_p);
  a.option(s.repeat_penalty);
  a.option(s.presence_penalty);
  a.option(s.frequency_penalty);
  a.option(s.seed);
  a.list(s.logit_bias, kMaxLogitBias, [&](std::pair<std::int32_t, double>& bias) {
    a(bias.first);
    a(bias.second);
  });
}

template <class A>
void fields(A& a, ChatFrame& f) {
  a(f.id);
  a.list(f.messages, kMaxMessages, [&](ChatMessage& m) { message_fields(a, m); });
  a.list(f.tools, kMaxTools, [&](ChatTool& tool) {
    a(tool.name);
    a(tool.description);
    a(tool.parameters);
  });
  a.choice(f.tool_choice, inference::ToolChoice::named);
  a(f.tool_choice_name);
  a.option(f.parallel_tool_calls);
  a.choice(f.response_format, inference::ResponseFormat::json_schema);
  a(f.json_schema);
  sampling_fields(a, f.sampling);
  a.option(f.max_tokens);
  a.list(f.stop, kMaxStops, [&](std::string& text) { a(text); });
  a(f.logprobs);
  a(f.top_logprobs);
  a(f.raw_prompt);
}

template <class A>
void fields(A& a, CancelFrame& f) {
  a(f.id);
}
template <class A>
void fields(A& a, PauseFrame& f) {
  a(f.id);
}
template <class A>
void fields(A& a, ResumeFrame& f) {
  a(f.id);
}
template <class A>
void fields(A&, StatsQueryFrame&) {}

template <class A>
void fields(A& a, HelloFrame& f) {
  a(f.protocol);
  a(f.sandbox_layers);
  a(f.backend);
}
template <class A>
void fields(A& a, ProgressFrame& f) {
  a(f.permille);
}
template <class A>
void fields(A& a, ReadyFrame& f) {
  a(f.context_tokens);
  a(f.trained_context_tokens);
  a(f.slots);
  a(f.threads);
  a(f.vocabulary);
  a(f.parameters);
  a(f.size_bytes);
  a(f.tools);
  a(f.reasoning);
  a(f.description);
  a(f.kernels);
}

template <class A>
void fields(A& a, TokenFrame& f) {
  a(f.id);
  a(f.tokens);
  a(f.text);
  a(f.reasoning);
  a.list(f.tool_calls, kMaxTools, [&](inference::ToolCallDelta& call) {
    a.bounded(call.index, static_cast<int>(kMaxTools));
    a(call.id);
    a(call.name);
    a(call.arguments);
  });
  a.list(f.logprobs, kUnbounded, [&](inference::TokenLogprob& token) {
    a(token.token);
    a(token.logprob);
    a.list(token.top, kMaxTopLogprobs, [&](std::pair<std::string, double>& top) {
      a(top.first);
      a(top.second);
    });
  });
}

template <class A>
void fields(A& a, FinishFrame& f) {
  a(f.id);
  a.choice(f.reason, Finish::error);
  a(f.prompt_tokens);
  a(f.completion_tokens);
  a(f.cached_prompt_tokens);
  a(f.queue_us);
  a(f.prefill_us);
  a(f.decode_us);
}
template <class A>
void fields(A& a, ErrorFrame& f) {
  a(f.id);
  a.choice(f.code, WorkerError::failed);
  a(f.detail);
  a(f.param);
}
template <class A>
void fields(A& a, StatsFrame& f) {
  a(f.slots_busy);
  a(f.queued);
  a(f.prompt_tokens);
  a(f.completion_tokens);
  a(f.cached_prompt_tokens);
}
template <class A>
void fields(A& a, FatalFrame& f) {
  a(f.detail);
}
template <class A>
void fields(A&, AliveFrame&) {}

// The type byte of each alternative of Frame, in its order.
constexpr FrameType kTypes[] = {FrameType::load,  FrameType::chat,     FrameType::cancel,
                                FrameType::pause, FrameType::resume,   FrameType::stats_query,
                                FrameType::hello, FrameType::progress, FrameType::ready,
                                FrameType::token, FrameType::finish,   FrameType::error,
                                FrameType::stats, FrameType::fatal,    FrameType::alive};
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
