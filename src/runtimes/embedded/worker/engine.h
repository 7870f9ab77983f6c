// The inference thread: continuous batching. Each step takes the next token of every running answer
// and fills the rest of the batch with prompt pieces, computes once and chooses a token per answer.
// What can be shown is a frame per answer and step; a write may take the frames of several steps
// (kMaxHoldUs).
//
// submit, cancel, pause and stats: any thread. has_moved: the reader's thread. run: the inference
// thread, never returns.
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/command_queue.h"
#include "runtimes/embedded/worker/loaded_model.h"
#include "runtimes/embedded/worker/slot.h"

namespace b3iq::runtimes::worker {

// A step of prompt processing beside running answers lasts about this long, so that they do not
// starve.
inline constexpr std::int64_t kPrefillStepUs = 200'000;
inline constexpr std::size_t kMinPrefillTokens = 16;
// Frames of a model whose steps are faster than this wait for each other this long (one picture of
// a screen) and are written together: each write wakes two threads of the agent with cold caches.
// Never held: the first frame of an answer, an end, an error, what comes before a prompt, and
// anything when nothing is left to compute. A step that takes longer is written at once.
// README.md has the measurement.
inline constexpr std::int64_t kMaxHoldUs = 16'000;

class Engine {
 public:
  using Request = PreparedRequest;

  // `open` counts the requests that were taken in and have not ended; the engine takes off those
  // that it ends.
  Engine(LoadedModel& model, AgentLink& link, std::atomic<std::uint32_t>& open);
  void submit(PreparedRequest request) { queue_.submit(std::move(request)); }
  void cancel(std::uint64_t id) { queue_.cancel(id); }
  void pause(std::uint64_t id, bool paused) { queue_.pause(id, paused); }
  StatsFrame stats() const;
  // Whether the thread has done anything since the last call, or waits for a reader of an answer.
  bool has_moved();
  [[noreturn]] void run();

 private:
  using Command = CommandQueue<PreparedRequest>::Command;

  bool can_go_on() const;
  void take_commands(bool wait);
  void handle(Command& command);
  void start_waiting();
  void start(Slot& slot, PreparedRequest request);
  Slot& best_idle_slot(const PreparedRequest& request);
  bool fill_batch();
  bool batch_has_prompt() const;
  void write_held();
  void add_token(Slot& slot, llama_token token, bool output);
  void compute();
  void roll_back();
  void fail_batch(const std::string& why);
  void after_decode(Slot& slot);
  void end_answer(Slot& slot, inference::Finish reason, TokenFrame& step);
  void fail_answer(Slot& slot, const base::Error& error);
  void release(Slot& slot);
  std::size_t prefill_budget() const;
  static bool should_abort(void* engine);

  LoadedModel& model_;
  AgentLink& link_;
  std::atomic<std::uint32_t>& open_;
  llama_context* context_;
  llama_batch batch_;
  std::vector<Slot> slots_;
  std::deque<PreparedRequest> waiting_;
  std::string out_;      // frames that are not written yet
  bool urgent_ = false;  // one of them must not wait
  std::string piece_;    // scratch of token_piece
  std::int64_t written_us_ = 0;
  double prefill_us_per_token_ = 0;
  std::int64_t step_started_us_ = 0;

  CommandQueue<PreparedRequest> queue_;
  std::atomic<std::uint64_t> moves_{0};  // operations and steps done
  std::uint64_t moves_seen_ = 0;         // the reader's thread only
  std::atomic<std::uint32_t> busy_{0};
  std::atomic<std::uint32_t> queued_{0};
  std::atomic<std::uint64_t> prompt_tokens_{0};
  std::atomic<std::uint64_t> completion_tokens_{0};
  std::atomic<std::uint64_t> cached_prompt_tokens_{0};
};

}  // namespace b3iq::runtimes::worker
