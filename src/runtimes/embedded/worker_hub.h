// The agent's side of one worker: a thread that owns the process and its socket, keeps it running,
// and hands answers to whatever loop asked. Everything that comes from the worker is checked; a
// worker that breaks the rules is ended.
//
// Life: lazy or started at once (WorkerSettings::start_at_once) -> starting -> loading -> ready.
// When the process ends, its requests fail with upstream_failed and it is started again after a
// pause that doubles; three ends within a minute, or a model that does not load, leave it down
// until restart(). A worker that is silent for too long, with something to do, is ended.
//
// All public members: any thread. Every loop that ever asked outlives the hub, which may still be
// posting to it when its last request has ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "runtimes/embedded/answer_channel.h"
#include "runtimes/embedded/open_answers.h"
#include "runtimes/embedded/worker_frame.h"
#include "runtimes/embedded/worker_process.h"
#include "runtimes/embedded/worker_restarts.h"

namespace b3iq::runtimes {

// The longest silence of a worker that starts, and of one that loads (a large file from a slow
// disk).
inline constexpr std::int64_t kStartSilenceMs = 30'000;
inline constexpr std::int64_t kLoadSilenceMs = 900'000;
// The longest silence of a worker that has requests. It tells of itself every second
// (kAliveEveryMs) as long as operations of a computation end, but a GPU back end tells only between
// steps, and one matrix product of a large prompt may take half a minute on a slow core.
inline constexpr std::int64_t kAnswerSilenceMs = 120'000;
// A request waits this long for a model that is loading, then fails with model_loading.
inline constexpr std::int64_t kMaxLoadWaitMs = 60'000;

struct WorkerSettings {
  WorkerCommand command;
  LoadFrame load;
  bool start_at_once = false;
  std::int64_t answer_silence_ms = kAnswerSilenceMs;
};

enum class WorkerState : std::uint8_t { idle, starting, loading, ready, waiting, down };
std::string_view worker_state_name(WorkerState state);

struct WorkerStatus {
  WorkerState state = WorkerState::idle;
  std::string detail;  // of waiting and down: why
  double load_progress = 0;
  pid_t pid = -1;
  std::uint32_t restarts = 0;
  std::uint32_t sandbox_layers = 0;  // SandboxLayer bits; 0 before hello
  std::string backend;
  ReadyFrame model;  // valid when ready
};

class WorkerHub {
 public:
  explicit WorkerHub(WorkerSettings settings);
  // Ends the worker and waits for it; open answers fail with shutting_down.
  ~WorkerHub();
  WorkerHub(const WorkerHub&) = delete;
  WorkerHub& operator=(const WorkerHub&) = delete;

  // Starts the worker unless it runs.
  void start();
  // Starts it although it is down: the owner has changed something.
  void restart();
  WorkerStatus status() const;
  const WorkerSettings& settings() const { return settings_; }

  // Sends the request (its id is set here), now or as soon as the model is ready. Errors:
  // overloaded when too many wait, payload_too_large, runtime_unreachable when the worker is down.
  base::Result<std::shared_ptr<AnswerChannel>> open(ChatFrame request);
  base::Result<std::shared_ptr<AnswerChannel>> open(EmbedFrame request);
  // The answer is not wanted any more.
  void cancel(std::uint64_t id);
  void resume(std::uint64_t id);

 private:
  void start_locked();
  void run();
  void run_once();
  void start_process();
  bool serve_socket(int timeout_ms);
  bool silent_too_long();
  std::int64_t allowed_silence_ms() const;
  bool read_frames();
  void flush_outbox();
  base::Status handle(Frame& frame);
  base::Status handle_state(Frame& frame);
  template <class Step>
  base::Status deliver(Step& step);
  template <class Request>
  base::Result<std::shared_ptr<AnswerChannel>> open_request(Request request);
  void worker_ready(ReadyFrame& ready);
  void fail_late_waiters(std::int64_t now);
  void worker_ended(const std::string& how);
  void enqueue(const Frame& frame);
  void nudge() const;

  const WorkerSettings settings_;
  const int wake_fd_;
  std::atomic<bool> stopping_{false};

  mutable std::mutex mutex_;  // guards what follows
  WorkerStatus status_;
  OpenAnswers open_;
  std::uint64_t next_id_ = 1;
  std::string outbox_;
  bool start_wanted_ = false;
  std::int64_t start_at_ms_ = 0;
  std::thread thread_;

  // The hub's thread only.
  WorkerProcess process_;
  FrameReader reader_;
  std::string fatal_;
  WorkerRestarts restarts_;
  std::int64_t looked_ms_ = 0;
  std::int64_t silence_ms_ = 0;  // of the worker, as far as this thread was there to listen
};

// For a reader whose caller has gone: the worker stops, and the reader is woken to hear
// `cancelled`.
void cancel_answer(WorkerHub& hub, const std::shared_ptr<AnswerChannel>& channel);

}  // namespace b3iq::runtimes
