// What runs while the node is enrolled: the link to the control plane, heartbeats and commands.
// Loop thread only.
#pragma once

#include <functional>

#include "agent/audit/audit_log.h"
#include "agent/sync/command_loop.h"
#include "agent/sync/enrollment_store.h"
#include "agent/sync/frame_sender.h"
#include "agent/sync/heartbeat_loop.h"
#include "agent/sync/transport_key_upkeep.h"

namespace b3iq::agent {

class ManagedSession {
 public:
  // All of it outlives the session.
  struct Needs {
    http::EventLoop& loop;
    WakeClock& wake;
    const base::Clock& clock;
    base::Random& random;
    const protocol::NodeIdentity& identity;
    EnrollmentStore& store;
    CommandJournal& journal;
    const NodeView& view;
    CommandWork& work;
    AuditLog& audit;
    std::string ca_file;
    const std::uint16_t& own_port;
    std::function<bool(protocol::CommandKind)> allowed;
    std::function<void()> changed;
    FrameOutbox& frames;
  };
  ManagedSession(const Needs& needs, EnrollmentRecord record, ControlAddress address);

  // Counts the start as a new boot epoch, on disk, and begins.
  void start();
  void close();
  // As CommandLoop: heartbeats go on.
  void stop_taking();
  bool idle() const;
  // One request of the node, under the session's numbers and clock; one at a time for each tag.
  // Errors: those of the control plane; cancelled when the session closes.
  base::Task<base::Result<std::string>> send(protocol::SignatureTag tag, ControlRequest request);
  void beat_now();
  // After close(), once idle: tells the control plane that the node leaves.
  base::Task<base::Status> say_goodbye(base::CancelToken cancel);

  const EnrollmentRecord& record() const { return record_; }
  const HeartbeatLoop* heartbeat() const { return heartbeat_.get(); }
  const CommandLoop* commands() const { return commands_.get(); }
  const TransportKeyUpkeep* keys() const { return keys_.get(); }
  std::int64_t clock_offset_ms() const { return link_.clock_offset_ms(); }

 private:
  base::Task<void> begin();
  base::Task<base::Status> save();
  base::Task<base::Status> save_mark(protocol::SignatureTag tag, std::int64_t mark);
  base::Task<void> save_behind();
  void heard(const protocol::HeartbeatAnswer& answer);
  void beaten();
  void make_loops();

  Needs needs_;
  EnrollmentRecord record_;
  ControlClient client_;
  SequenceNumbers numbers_;
  ControlLink link_;
  std::unique_ptr<HeartbeatLoop> heartbeat_;
  std::unique_ptr<CommandLoop> commands_;
  std::unique_ptr<TransportKeyUpkeep> keys_;
  std::unique_ptr<FrameSender> frames_;
  bool beginning_ = false;
  bool closed_ = false;
  bool takes_ = true;  // commands
  int saves_under_way_ = 0;
  int sends_under_way_ = 0;
  base::CancelSource closing_;
};

}  // namespace b3iq::agent
