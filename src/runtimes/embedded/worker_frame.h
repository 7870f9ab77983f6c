// The language between the agent and its worker process, over one stream socket. The agent trusts
// nothing that comes back: every size is bounded before memory is taken, every enumeration is
// checked, trailing bytes are refused.
//
//   frame     = length:u32 type:u8 payload     length counts type and payload, 1..kMaxFrameBytes
//   string    = size:u32 bytes
//   list<T>   = count:u32 T*count              count is at most the bytes that follow
//   option<T> = 0:u8 | 1:u8 T
//
// Payloads are the members of the structs below, in order, little-endian; integers have the width
// of their type, doubles and floats are IEEE 754 bits, enumerations are u8. FrameType says who
// sends what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "inference/chat.h"

namespace b3iq::runtimes {

inline constexpr std::uint16_t kWorkerProtocol = 5;
inline constexpr std::size_t kMaxFrameBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kFrameHeaderBytes = 5;
inline constexpr std::uint32_t kMaxMessages = 4096;
inline constexpr std::uint32_t kMaxTools = 256;
inline constexpr std::uint32_t kMaxStops = 16;
inline constexpr std::uint32_t kMaxLogitBias = 1024;
inline constexpr std::uint32_t kMaxTopLogprobs = 20;
inline constexpr std::uint32_t kMaxEmbedInputs = 2048;
// When the agent names no context size: the trained one, but not more than this.
inline constexpr std::uint32_t kDefaultContextTokens = 4096;
// Descriptions, error texts and parameter names that the worker sends.
inline constexpr std::size_t kMaxDetailBytes = 4096;

enum class FrameType : std::uint8_t {
  // agent to worker
  load = 1,
  chat = 2,
  cancel = 3,
  pause = 4,
  resume = 5,
  stats_query = 6,
  embed = 7,
  // worker to agent
  hello = 64,
  progress = 65,
  ready = 66,
  token = 67,
  finish = 68,
  error = 69,
  stats = 70,
  fatal = 71,
  alive = 72,
  embedding = 73,
};

// Asks for the model whose descriptor the worker inherited.
struct LoadFrame {
  std::uint16_t protocol = kWorkerProtocol;
  std::uint32_t context_tokens =
      0;  // per slot; 0: what the model was trained for, at most kDefaultContextTokens
  std::uint32_t slots = 8;
  std::uint32_t threads = 0;    // 0: the worker decides
  std::int32_t gpu_layers = 0;  // -1: all
  std::uint32_t max_queue = 64;
};

struct ChatMessage {
  inference::Role role = inference::Role::user;
  std::vector<std::string> texts;  // its text parts, in order
  std::string name;
  std::string tool_call_id;
  std::vector<inference::ToolCall> tool_calls;
};

struct ChatTool {
  std::string name;
  std::string description;
  std::string parameters;  // JSON Schema text; "" when none
};

struct ChatFrame {
  std::uint64_t id = 0;
  std::vector<ChatMessage> messages;
  std::vector<ChatTool> tools;
  inference::ToolChoice tool_choice = inference::ToolChoice::automatic;
  std::string tool_choice_name;
  std::optional<bool> parallel_tool_calls;
  inference::ResponseFormat response_format = inference::ResponseFormat::text;
  std::string json_schema;
  inference::Sampling sampling;
  std::optional<std::int64_t> max_tokens;
  std::vector<std::string> stop;
  bool logprobs = false;
  std::uint32_t top_logprobs = 0;
  bool raw_prompt = false;      // the first message's text is the prompt: no template
  std::string cache_partition;  // only what was computed under the same name is used again
};

// Texts, or token ids: one of the two lists is empty.
struct EmbedFrame {
  std::uint64_t id = 0;
  std::vector<std::string> texts;
  std::vector<std::vector<std::int32_t>> tokens;
  std::uint32_t dimensions = 0;  // 0: the model's own
};

// One id; the type says what is asked of it.
struct CancelFrame {
  std::uint64_t id = 0;
};
struct PauseFrame {
  std::uint64_t id = 0;
};
struct ResumeFrame {
  std::uint64_t id = 0;
};
struct StatsQueryFrame {};

// Layers of the sandbox that are in force, as the worker saw them succeed.
enum SandboxLayer : std::uint32_t {  // NOLINT(performance-enum-size): bits of a word
  kSandboxNoNewPrivileges = 1u << 0,
  kSandboxUnprivilegedUser = 1u << 1,
  kSandboxNoCapabilities = 1u << 2,
  kSandboxNetworkNamespace = 1u << 3,
  kSandboxIpcNamespace = 1u << 4,
  kSandboxLandlock = 1u << 5,
  kSandboxSeccomp = 1u << 6,
};

// Sent once the worker has sandboxed itself and before it reads the model.
struct HelloFrame {
  std::uint16_t protocol = kWorkerProtocol;
  std::uint32_t sandbox_layers = 0;
  std::string backend;  // the compute back end that was picked
};

struct ProgressFrame {
  std::uint32_t permille = 0;
};

struct ReadyFrame {
  std::uint32_t context_tokens = 0;  // per slot
  std::uint32_t trained_context_tokens = 0;
  std::uint32_t slots = 0;
  std::uint32_t threads = 0;
  std::uint32_t vocabulary = 0;
  std::uint64_t parameters = 0;
  std::uint64_t size_bytes = 0;
  bool tools = false;
  bool reasoning = false;
  std::uint32_t embedding_length = 0;  // of its vectors; 0: it writes text
  std::string description;
  std::string kernels;  // which build of the CPU kernels computes it
};

// One step of one answer.
struct TokenFrame {
  std::uint64_t id = 0;
  std::uint32_t tokens = 0;
  std::string text;
  std::string reasoning;
  std::vector<inference::ToolCallDelta> tool_calls;
  std::vector<inference::TokenLogprob> logprobs;
};

// The vector of one input, of length 1. They come in any order; the finish follows the last.
struct EmbeddingFrame {
  std::uint64_t id = 0;
  std::uint32_t index = 0;
  std::vector<float> vector;
};

struct FinishFrame {
  std::uint64_t id = 0;
  inference::Finish reason = inference::Finish::stop;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t completion_tokens = 0;
  std::uint32_t cached_prompt_tokens = 0;
  std::uint64_t queue_us = 0;
  std::uint64_t prefill_us = 0;
  std::uint64_t decode_us = 0;
};

enum class WorkerError : std::uint8_t {
  invalid_request,
  context_length_exceeded,
  overloaded,
  unsupported_parameter,
  failed
};

// The end of one request without an answer.
struct ErrorFrame {
  std::uint64_t id = 0;
  WorkerError code = WorkerError::failed;
  std::string detail;
  std::string param;
};

struct StatsFrame {
  std::uint32_t slots_busy = 0;
  std::uint32_t queued = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::uint64_t cached_prompt_tokens = 0;
};

// The worker cannot go on: the model did not load, or a check inside the library failed.
struct FatalFrame {
  std::string detail;
};

// The worker has requests, and computes or waits until an answer is read. Sent every kAliveEveryMs:
// a worker with requests that is silent for much longer hangs.
inline constexpr int kAliveEveryMs = 1'000;
struct AliveFrame {};

using Frame =
    std::variant<LoadFrame, ChatFrame, CancelFrame, PauseFrame, ResumeFrame, StatsQueryFrame,
                 HelloFrame, ProgressFrame, ReadyFrame, TokenFrame, FinishFrame, ErrorFrame,
                 StatsFrame, FatalFrame, AliveFrame, EmbedFrame, EmbeddingFrame>;

// Appends the frame. False, with `out` unchanged, when it would be larger than kMaxFrameBytes.
bool append_frame(std::string& out, const Frame& frame);
bool append_frame(std::string& out, const TokenFrame& frame);
bool append_frame(std::string& out, const EmbeddingFrame& frame);

// Cuts a byte stream into frames. After an error the stream is of no use.
class FrameReader {
 public:
  // Room for at least `size` more bytes, and the count that arrived there.
  char* reserve(std::size_t size);
  void commit(std::size_t size) { end_ += size; }
  void feed(std::string_view bytes);
  // The next whole frame, nothing when more bytes are needed. Error: upstream_failed, saying what
  // broke the grammar.
  base::Result<std::optional<Frame>> next();

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace b3iq::runtimes
