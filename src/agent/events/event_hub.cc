#include "agent/events/event_hub.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "agent/local_api/live_call_json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

constexpr std::int64_t kRetryWhenFullMs = 5'000;
constexpr std::uint64_t kSecondTick = 1'000 / kEventTickMs;
constexpr std::uint64_t kAskModelsTick = kAskModelsMs / kEventTickMs;
constexpr std::string_view kComment = ": \n\n";

std::string runtimes_json(const ModelRegistry& models) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const auto* runtime : models.runtimes()) {
    const auto health = runtime->health();
    w.begin_object();
    w.member("id", runtime->id());
    w.member("state", inference::runtime_state_name(health.state));
    if (health.state == inference::RuntimeState::loading)
      w.member("load_progress", std::floor(health.load_progress * 100) / 100);
    w.end_object();
  }
  w.end_array();
  return out;
}

// What pages show of the models, in no form that anybody reads.
std::string fingerprint(const ModelRegistry& models) {
  std::string out;
  for (const auto& entry : models.list()) {
    out += fmt::format("{}\n{}\n{}\n{}\n", entry.id, entry.alias_of, entry.size_bytes,
                       entry.loaded ? static_cast<int>(*entry.loaded) : -1);
    for (const auto& target : entry.route->targets) out.append(target.runtime->id()).append("\t");
  }
  return out;
}

}  // namespace

class EventHub::Stream final : public http::BodySource, public http::ListNode<EventStreamTag> {
 public:
  Stream(EventHub& hub, std::string user, Reader reader, std::function<bool()> still,
         base::CancelToken cancel)
      : hub_(hub),
        user_(std::move(user)),
        reader_(reader),
        still_(std::move(still)),
        silent_since_ms_(now_ms()) {
    hub_.streams_.push_back(*this);
    hub_.open_gauge_.set(static_cast<double>(++hub_.open_));
    cancel.on_cancel(on_cancel_, [this] { end(); });
  }
  ~Stream() override { hub_.open_gauge_.set(static_cast<double>(--hub_.open_)); }

  Task<Result<std::string_view>> next() override {
    while (!ended_) {
      out_.clear();
      if (seen_ != hub_.board_.version()) {
        if (!hub_.board_.append_since(seen_, reader_, out_)) break;
        seen_ = hub_.board_.version();
      } else if (silent_ms() >= kEventCommentMs) {
        out_ = kComment;
      }
      if (!out_.empty()) {
        silent_since_ms_ = now_ms();
        co_return std::string_view(out_);
      }
      Pause pause{*this};
      co_await pause;
    }
    co_return std::string_view();
  }

  const std::string& user() const { return user_; }
  void end() {
    ended_ = true;
    wake();
  }
  // Every second.
  void check() {
    if (!ended_ && !still_()) end();
  }
  void wake_for_news() {
    if (seen_ != hub_.board_.version() || silent_ms() >= kEventCommentMs) wake();
  }

 private:
  struct Pause {
    Stream& stream;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) const { stream.waiting_ = handle; }
    void await_resume() const noexcept {}
  };
  std::int64_t now_ms() const { return hub_.sources_.clock.steady_ns() / 1'000'000; }
  std::int64_t silent_ms() const { return now_ms() - silent_since_ms_; }
  void wake() {
    if (waiting_) hub_.sources_.loop.post(std::exchange(waiting_, nullptr));
  }

  EventHub& hub_;
  std::string user_;
  Reader reader_;
  std::function<bool()> still_;
  base::CancelCallback on_cancel_;
  std::coroutine_handle<> waiting_;
  std::uint64_t seen_ = 0;
  std::int64_t silent_since_ms_;
  std::string out_;
  bool ended_ = false;
};

EventHub::EventHub(Sources sources, base::Metrics& metrics)
    : sources_(sources),
      open_gauge_(metrics.gauge("b3iq_event_streams", "Pages that are told what changes")) {}

std::size_t EventHub::streams_of(std::string_view user) {
  std::size_t count = 0;
  for (auto* node = streams_.front(); node != streams_.end(); node = node->next())
    count += static_cast<Stream*>(node)->user() == user ? 1 : 0;
  return count;
}

Result<std::unique_ptr<http::BodySource>> EventHub::open(std::string user, Reader reader,
                                                         std::function<bool()> still,
                                                         base::CancelToken cancel) {
  if (closed_) return Error(ErrorCode::shutting_down, "The node is stopping.");
  if (streams_of(user) >= kMaxEventStreamsOfUser) {
    return Error(ErrorCode::rate_limited,
                 fmt::format("{} of your pages are told what changes already, as many as may of "
                             "one user. Close one.",
                             kMaxEventStreamsOfUser),
                 "", kRetryWhenFullMs);
  }
  if (open_ >= kMaxEventStreams) {
    return Error(ErrorCode::rate_limited,
                 fmt::format("{} pages are told what changes already, as many as may. Close one.",
                             kMaxEventStreams),
                 "", kRetryWhenFullMs);
  }
  auto stream = std::make_unique<Stream>(*this, std::move(user), reader, std::move(still), cancel);
  if (!running_) base::detach(run());
  if (!running_) {
    return Error(ErrorCode::overloaded, "The process has no descriptor left for a timer.", "",
                 kRetryWhenFullMs);
  }
  return std::unique_ptr<http::BodySource>(std::move(stream));
}

void EventHub::close() {
  closed_ = true;
  for (auto* node = streams_.front(); node != streams_.end(); node = node->next())
    static_cast<Stream*>(node)->end();
  if (timer_ != nullptr) timer_->close();
}

// Runs while there is a stream.
Task<void> EventHub::run() {
  auto timer = http::interval_timer(sources_.loop, kEventTickMs * 1'000);
  if (!timer) co_return;
  timer_ = &*timer;
  running_ = true;
  board_ = {};
  known_jobs_ = {WorkKind::model_job};
  known_backups_ = {WorkKind::backup};
  models_revision_ = ticks_ = 0;
  tick();
  while (!streams_.empty() && co_await http::next_tick(*timer)) tick();
  running_ = false;
  timer_ = nullptr;
}

void EventHub::tick() {
  look_at_work();
  if (ticks_ % kSecondTick == 0) {
    look_at_live();
    look_at_status();
    for (auto* node = streams_.front(); node != streams_.end(); node = node->next())
      static_cast<Stream*>(node)->check();
  }
  if (ticks_ % kAskModelsTick == 0) sources_.models.refresh_if_stale();
  ++ticks_;
  for (auto* node = streams_.front(); node != streams_.end(); node = node->next())
    static_cast<Stream*>(node)->wake_for_news();
}

template <class Each>
void EventHub::look_at(Known& known, std::uint64_t revision, Each each) {
  const bool first = ticks_ == 0;
  if (!first && known.revision == revision) return;
  known.revision = revision;
  auto gone = std::exchange(known.items, {});
  each([&](const std::string& id, std::uint64_t changed_at, bool ended, auto write) {
    const auto before = gone.find(id);
    const bool news = before == gone.end() ? !(first && ended) : before->second != changed_at;
    if (before != gone.end()) gone.erase(before);
    known.items.emplace(id, changed_at);
    if (!news) return;
    std::string json;
    json::Writer w(json);
    write(w);
    board_.put_work(known.kind, id, ended, json);
  });
  for (const auto& [id, changed_at] : gone) board_.remove_work(known.kind, id);
}

void EventHub::look_at_work() {
  look_at(known_jobs_, sources_.jobs.revision(), [this](auto visit) {
    sources_.jobs.each([&](const ModelJob& job) {
      visit(job.id, job.revision, job.ended(), [&](json::Writer& w) { write_job(w, job); });
    });
  });
  const auto& backups = sources_.backups;
  look_at(known_backups_, sources_.backups.revision(), [&backups](auto visit) {
    backups.each([&](const BackupJob& job) {
      visit(job.order.id, job.revision, job.state != BackupState::making,
            [&](json::Writer& w) { write_backup(w, job, backups.node_id()); });
    });
  });
}

void EventHub::look_at_live() {
  std::string json;
  json::Writer w(json);
  w.begin_object();
  w.key("data");
  w.begin_array();
  const auto now_ns = sources_.clock.steady_ns();
  std::size_t told = 0;
  sources_.live.each([&](LiveCallNode& node) {
    if (told++ < kMaxLiveInEvent) write_live_call(w, static_cast<ModelCall&>(node), now_ns);
  });
  w.end_array();
  w.end_object();
  board_.put_live(json);
}

void EventHub::look_at_status() {
  board_.put_status(runtimes_json(sources_.models), models_changed());
  if (managed_changed()) board_.put_enrollment_changed();
}

bool EventHub::managed_changed() {
  const bool first = ticks_ == 0;
  const bool changed = !first && managed_revision_ != sources_.managed_revision;
  managed_revision_ = sources_.managed_revision;
  return changed;
}

bool EventHub::models_changed() {
  const bool first = ticks_ == 0;
  if (!first && models_revision_ == sources_.models.revision()) return false;
  models_revision_ = sources_.models.revision();
  auto now = fingerprint(sources_.models);
  const bool changed = !first && now != models_seen_;
  models_seen_ = std::move(now);
  return changed;
}

}  // namespace b3iq::agent
