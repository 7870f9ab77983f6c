#include "runtimes/embedded/worker_hub.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/clock.h"
#include "base/log.h"

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;
using base::LogLevel;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr int kIdlePollMs = 1'000;  // how often a silent worker's deadlines are looked at
constexpr std::int64_t kRetryAfterMs = 1'000;
// Of a worker that stays down: somebody has to mend something first.
constexpr std::int64_t kDownRetryAfterMs = 60'000;

std::int64_t now_ms() { return base::system_clock().steady_ns() / 1'000'000; }

// What the worker calls an error, in the agent's table. The text is the worker's: bounded, and
// content-free by contract.
Error to_error(ErrorFrame& frame) {
  frame.detail.resize(std::min(frame.detail.size(), kMaxDetailBytes));
  frame.param.resize(std::min(frame.param.size(), kMaxDetailBytes));
  switch (frame.code) {
    case WorkerError::invalid_request:
      return {ErrorCode::invalid_request, std::move(frame.detail), std::move(frame.param)};
    case WorkerError::context_length_exceeded:
      return {ErrorCode::context_length_exceeded, std::move(frame.detail), std::move(frame.param)};
    case WorkerError::overloaded:
      return {ErrorCode::overloaded, std::move(frame.detail), {}, kRetryAfterMs};
    case WorkerError::unsupported_parameter:
      return {ErrorCode::unsupported_parameter, std::move(frame.detail), std::move(frame.param)};
    case WorkerError::failed:
      break;
  }
  return {ErrorCode::upstream_failed, std::move(frame.detail), std::move(frame.param)};
}

Error broken_rules(std::string_view how) {
  return {ErrorCode::upstream_failed, "the worker broke the rules: " + std::string(how)};
}

std::string bounded(std::string_view text) { return std::string(text.substr(0, kMaxDetailBytes)); }

// What a caller is told. The reason names files of this machine: it is in the status and the log,
// for the owner.
Error worker_is_down() {
  return {ErrorCode::runtime_unreachable,
          "The runtime that would serve this model does not run and needs its owner: `b3iq-host "
          "doctor` says why.",
          {},
          kDownRetryAfterMs};
}

}  // namespace

std::string_view worker_state_name(WorkerState state) {
  switch (state) {
    case WorkerState::idle:
      return "idle";
    case WorkerState::starting:
      return "starting";
    case WorkerState::loading:
      return "loading";
    case WorkerState::ready:
      return "ready";
    case WorkerState::waiting:
      return "waiting to restart";
    case WorkerState::down:
      return "down";
  }
  return "unknown";
}

WorkerHub::WorkerHub(WorkerSettings settings)
    : settings_(std::move(settings)), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (settings_.start_at_once) start();
}

WorkerHub::~WorkerHub() {
  stopping_ = true;
  nudge();
  if (thread_.joinable()) thread_.join();
  close(wake_fd_);
}

void WorkerHub::nudge() const {
  std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(wake_fd_, &one, sizeof(one));
}

void WorkerHub::start() {
  std::lock_guard lock(mutex_);
  start_locked();
}

void WorkerHub::start_locked() {
  if (status_.state != WorkerState::idle) return;
  status_.state = WorkerState::starting;
  start_wanted_ = true;
  start_at_ms_ = 0;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  nudge();
}

void WorkerHub::restart() {
  std::lock_guard lock(mutex_);
  if (status_.state == WorkerState::down) status_.state = WorkerState::idle;
  start_locked();
}

WorkerStatus WorkerHub::status() const {
  std::lock_guard lock(mutex_);
  return status_;
}

base::Result<std::shared_ptr<AnswerChannel>> WorkerHub::open(ChatFrame request) {
  return open_request(std::move(request));
}

base::Result<std::shared_ptr<AnswerChannel>> WorkerHub::open(EmbedFrame request) {
  return open_request(std::move(request));
}

template <class Request>
base::Result<std::shared_ptr<AnswerChannel>> WorkerHub::open_request(Request request) {
  std::lock_guard lock(mutex_);
  if (status_.state == WorkerState::down) return worker_is_down();
  start_locked();
  // The worker has a limit of its own; this one holds while it cannot speak.
  const std::size_t most = settings_.load.max_queue + settings_.load.slots;
  if (open_.size() >= most) {
    return Error(ErrorCode::overloaded,
                 "The model is answering or queueing " + std::to_string(most) +
                     " requests, as many as it may.",
                 {}, kRetryAfterMs);
  }
  request.id = next_id_++;
  const std::uint64_t id = request.id;
  std::string bytes;
  if (!append_frame(bytes, Frame(std::move(request)))) {
    return Error(ErrorCode::payload_too_large,
                 "The texts are larger than a request to the model may be.");
  }
  if (status_.state == WorkerState::ready) {
    outbox_ += std::exchange(bytes, {});
    nudge();
  }
  return open_.add(id, std::move(bytes), now_ms());
}

void WorkerHub::cancel(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  if (open_.forget(id)) enqueue(CancelFrame{id});
}

void WorkerHub::resume(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  if (open_.contains(id)) enqueue(ResumeFrame{id});
}

// With mutex_ held.
void WorkerHub::enqueue(const Frame& frame) {
  if (status_.state != WorkerState::ready && status_.state != WorkerState::starting) return;
  append_frame(outbox_, frame);
  nudge();
}

void WorkerHub::run() {
  while (!stopping_) run_once();
  process_.end();
  {
    std::lock_guard lock(mutex_);
    status_.state = WorkerState::idle;
    open_.fail_all({ErrorCode::shutting_down, "The node is stopping."}, true);
  }
  open_.post_wakes();
}

void WorkerHub::run_once() {
  bool start = false;
  int timeout = kIdlePollMs;
  {
    std::lock_guard lock(mutex_);
    std::int64_t now = now_ms();
    fail_late_waiters(now);
    start = start_wanted_ && process_.pid() < 0 && now >= start_at_ms_;
    if (start_wanted_ && !start)
      timeout = static_cast<int>(std::clamp<std::int64_t>(start_at_ms_ - now, 1, timeout));
  }
  open_.post_wakes();
  if (start) start_process();
  if (!serve_socket(timeout)) worker_ended(process_.end());
  open_.post_wakes();
}

void WorkerHub::start_process() {
  reader_ = FrameReader();
  fatal_.clear();
  auto process = WorkerProcess::start(settings_.command);
  std::lock_guard lock(mutex_);
  start_wanted_ = false;
  outbox_.clear();
  if (!process.ok()) {
    status_.state = WorkerState::down;
    status_.detail = process.error().detail;
    base::log(LogLevel::error, "worker.start", {{"error", status_.detail}});
    open_.fail_all(worker_is_down(), true);
    return;
  }
  process_ = std::move(process).value();
  looked_ms_ = now_ms();
  silence_ms_ = 0;
  status_.state = WorkerState::starting;
  status_.pid = process_.pid();
  status_.load_progress = 0;
  enqueue(settings_.load);
}

// Waits for the socket or a nudge. False when the worker has ended or must.
bool WorkerHub::serve_socket(int timeout_ms) {
  pollfd waits[2] = {{wake_fd_, POLLIN, 0}, {process_.socket(), POLLIN, 0}};
  const bool running = process_.socket() >= 0;
  {
    std::lock_guard lock(mutex_);
    if (running && !outbox_.empty()) waits[1].events |= POLLOUT;
  }
  if (poll(waits, running ? 2 : 1, timeout_ms) < 0) return true;
  if ((waits[0].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t got = read(wake_fd_, &count, sizeof(count));
  }
  if (!running) return true;
  flush_outbox();
  if ((waits[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_frames()) return false;
  return !silent_too_long();
}

// A time in which this thread did not run (a stopped agent, a suspended machine) counts as one wait
// at most: the worker may have been stopped too.
bool WorkerHub::silent_too_long() {
  std::lock_guard lock(mutex_);
  const std::int64_t now = now_ms();
  silence_ms_ += std::min<std::int64_t>(now - std::exchange(looked_ms_, now), kIdlePollMs);
  const std::int64_t allowed = allowed_silence_ms();
  if (allowed == 0) silence_ms_ = 0;
  if (silence_ms_ <= allowed) return false;
  fatal_ = "it said nothing for " + std::to_string(silence_ms_ / 1000) + " s";
  return true;
}

// With mutex_ held. 0: it need not say anything now.
std::int64_t WorkerHub::allowed_silence_ms() const {
  if (status_.state == WorkerState::starting) return kStartSilenceMs;
  if (status_.state == WorkerState::loading) return kLoadSilenceMs;
  return open_.empty() ? 0 : settings_.answer_silence_ms;
}

void WorkerHub::flush_outbox() {
  std::lock_guard lock(mutex_);
  while (!outbox_.empty()) {
    ssize_t count =
        send(process_.socket(), outbox_.data(), outbox_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      outbox_.clear();  // its last words may still be there to read
      return;
    }
    outbox_.erase(0, static_cast<std::size_t>(count));
  }
}

bool WorkerHub::read_frames() {
  char* room = reader_.reserve(kReadBytes);
  ssize_t count = recv(process_.socket(), room, kReadBytes, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (count <= 0) return false;
  reader_.commit(static_cast<std::size_t>(count));
  silence_ms_ = 0;
  looked_ms_ = now_ms();
  while (true) {
    auto frame = reader_.next();
    base::Status status;
    if (frame.ok() && frame->has_value()) status = handle(**frame);
    if (!frame.ok()) status = frame.error();
    if (!status.ok()) {
      fatal_ = status.error().detail;
      return false;
    }
    if (!frame->has_value()) return true;
  }
}

base::Status WorkerHub::handle(Frame& frame) {
  std::lock_guard lock(mutex_);
  if (auto* token = std::get_if<TokenFrame>(&frame)) return deliver(*token);
  if (auto* embedding = std::get_if<EmbeddingFrame>(&frame)) return deliver(*embedding);
  if (auto* finish = std::get_if<FinishFrame>(&frame)) {
    open_.finish(*finish);
    return {};
  }
  if (auto* error = std::get_if<ErrorFrame>(&frame)) {
    open_.fail(error->id, to_error(*error));
    return {};
  }
  return handle_state(frame);
}

template <class Step>
base::Status WorkerHub::deliver(Step& step) {
  const std::uint64_t id = step.id;
  switch (open_.deliver(step)) {
    case OpenAnswers::Delivery::taken:
      return {};
    case OpenAnswers::Delivery::pause:
      enqueue(PauseFrame{id});
      return {};
    case OpenAnswers::Delivery::ignored_pause:
      break;
  }
  return broken_rules("it sends on although it was asked to pause");
}

base::Status WorkerHub::handle_state(Frame& frame) {
  if (auto* hello = std::get_if<HelloFrame>(&frame)) {
    if (status_.state != WorkerState::starting || hello->protocol != kWorkerProtocol) {
      return broken_rules(
          "it speaks another protocol than this program; install both from one release");
    }
    status_.state = WorkerState::loading;
    status_.sandbox_layers = hello->sandbox_layers;
    status_.backend = bounded(hello->backend);
    return {};
  }
  if (auto* progress = std::get_if<ProgressFrame>(&frame)) {
    status_.load_progress = std::min(progress->permille, 1000u) / 1000.0;
    return {};
  }
  if (auto* ready = std::get_if<ReadyFrame>(&frame)) {
    if (status_.state != WorkerState::loading || ready->context_tokens == 0 || ready->slots == 0) {
      return broken_rules("it claims an impossible model");
    }
    worker_ready(*ready);
    return {};
  }
  if (auto* fatal = std::get_if<FatalFrame>(&frame)) {
    fatal_ = bounded(fatal->detail);
    return {};
  }
  if (std::holds_alternative<StatsFrame>(frame) || std::holds_alternative<AliveFrame>(frame))
    return {};
  return broken_rules("it sent what only the agent may send");
}

void WorkerHub::worker_ready(ReadyFrame& ready) {
  ready.description = bounded(ready.description);
  ready.kernels = bounded(ready.kernels);
  status_.state = WorkerState::ready;
  status_.detail.clear();
  status_.load_progress = 1;
  status_.model = ready;
  base::log(LogLevel::info, "worker.ready",
            {{"pid", static_cast<std::int64_t>(status_.pid)},
             {"model", status_.model.description},
             {"context", static_cast<std::int64_t>(ready.context_tokens)},
             {"slots", static_cast<std::int64_t>(ready.slots)},
             {"threads", static_cast<std::int64_t>(ready.threads)}});
  outbox_ += open_.take_unsent();
  nudge();
}

void WorkerHub::fail_late_waiters(std::int64_t now) {
  if (status_.state == WorkerState::ready || open_.empty()) return;
  open_.fail_opened_before(
      now - kMaxLoadWaitMs,
      {ErrorCode::model_loading,
       "The model is still loading (" +
           std::to_string(static_cast<int>(status_.load_progress * 100)) + " %); try again later.",
       {},
       kRetryAfterMs});
}

// Decides between starting again and staying down.
void WorkerHub::worker_ended(const std::string& how) {
  std::lock_guard lock(mutex_);
  const std::string reason = fatal_.empty() ? how : fatal_ + " (" + how + ")";
  const bool refused_model =
      status_.state == WorkerState::loading && !fatal_.empty() && how.starts_with("exit");
  const std::int64_t now = now_ms();
  restarts_.ended(now, silence_ms_);
  status_.pid = -1;
  outbox_.clear();
  base::log(LogLevel::error, "worker.stopped",
            {{"reason", reason}, {"ends", static_cast<std::int64_t>(restarts_.ends())}});
  const auto pause = refused_model ? std::nullopt : restarts_.next_pause_ms();
  if (!pause) {
    status_.state = WorkerState::down;
    status_.detail =
        refused_model ? "The model " + settings_.command.model_path + " was not loaded: " + reason
                      : "The runtime worker stopped " + std::to_string(restarts_.ends()) +
                            " times within a minute and stays down; the last time: " + reason;
    open_.fail_all(refused_model ? worker_is_down()
                                 : Error(ErrorCode::upstream_failed,
                                         "The runtime worker stopped: " + how +
                                             ". It stays down until "
                                             "its owner acts: `b3iq-host doctor` says more."),
                   true);
    return;
  }
  status_.state = WorkerState::waiting;
  status_.detail = "The runtime worker stopped: " + reason;
  ++status_.restarts;
  start_wanted_ = true;
  start_at_ms_ = now + *pause;
  open_.fail_all({ErrorCode::upstream_failed,
                  "The runtime worker stopped: " + reason + ". It is being started again."},
                 false);
}

// Later, and through the channel, which outlives the reader: the canceller may be in the middle of
// anything.
void cancel_answer(WorkerHub& hub, const std::shared_ptr<AnswerChannel>& channel) {
  hub.cancel(channel->id());
  channel->fail({ErrorCode::cancelled, "The request was cancelled."});
  if (base::Executor* sleeper = channel->take_sleeper()) {
    sleeper->post([channel] { channel->wake(); });
  }
}

}  // namespace b3iq::runtimes
