// Tells pages what changes, as it changes. One producer looks at the node a few times a second
// while somebody listens, and not at all else; its result is shared by all streams. A stream that
// is read slowly skips states, it never queues them. Loop thread only.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/backup/backup_service.h"
#include "agent/events/event_board.h"
#include "agent/local_api/live_calls.h"
#include "agent/models/model_jobs.h"
#include "agent/models/model_registry.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "http/event_loop.h"
#include "http/interval_timer.h"
#include "http/intrusive_list.h"
#include "http/message.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxEventStreams = 32;
inline constexpr std::size_t kMaxEventStreamsOfUser = 8;
// A job's progress is told at most this often; the other things every second time.
inline constexpr std::int64_t kEventTickMs = 500;
// Without an event a comment is sent, so that nobody in between takes the stream for dead.
inline constexpr std::int64_t kEventCommentMs = 15'000;
// While somebody listens, the runtimes are asked for their models this often.
inline constexpr std::int64_t kAskModelsMs = 30'000;
// Running calls that one event tells of, the oldest first. GET /setup/v1/live tells all.
inline constexpr std::size_t kMaxLiveInEvent = 256;

struct EventStreamTag;

class EventHub {
 public:
  struct Sources {
    ModelJobs& jobs;
    BackupService& backups;
    ModelRegistry& models;
    LiveCalls& live;
    const std::uint64_t& managed_revision;  // of how the node stands to its control plane
    const base::Clock& clock;
    http::EventLoop& loop;
  };
  EventHub(Sources sources, base::Metrics& metrics);

  // `user`: who reads, as what. `still`: asked every second whether the reader may go on. Errors:
  // rate_limited when kMaxEventStreams are open, or kMaxEventStreamsOfUser of this user;
  // overloaded; shutting_down.
  base::Result<std::unique_ptr<http::BodySource>> open(std::string user, Reader reader,
                                                       std::function<bool()> still,
                                                       base::CancelToken cancel);
  // Ends every stream, and opens none any more.
  void close();
  bool idle() const { return !running_; }

 private:
  class Stream;
  base::Task<void> run();
  std::size_t streams_of(std::string_view user);
  void tick();
  // What is known of one kind of long work.
  struct Known {
    WorkKind kind;
    std::uint64_t revision = 0;
    std::map<std::string, std::uint64_t, std::less<>> items;  // id: revision
  };
  void look_at_work();
  // `each(visit)` calls visit(id, revision, ended, write) for every item.
  template <class Each>
  void look_at(Known& known, std::uint64_t revision, Each each);
  void look_at_live();
  void look_at_status();
  bool models_changed();
  bool managed_changed();

  Sources sources_;
  base::Gauge& open_gauge_;
  EventBoard board_;
  http::ListNode<EventStreamTag> streams_;
  std::size_t open_ = 0;
  http::FdStream* timer_ = nullptr;
  bool running_ = false;
  bool closed_ = false;
  std::uint64_t ticks_ = 0;
  Known known_jobs_{WorkKind::model_job};
  Known known_backups_{WorkKind::backup};
  std::uint64_t models_revision_ = 0;
  std::uint64_t managed_revision_ = 0;
  std::string models_seen_;
};

}  // namespace b3iq::agent
