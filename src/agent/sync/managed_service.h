// Whether this node belongs to a control plane: enrolls it, lets it leave, and keeps the session
// with the control plane while the node serves. The node's own work never waits for any of it. Loop
// thread only, but for load().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/home.h"
#include "agent/settings.h"
#include "agent/sync/managed_report.h"
#include "agent/sync/managed_session.h"
#include "agent/sync/node_enrollment.h"
#include "crypto/secret.h"

namespace b3iq::agent {

struct EnrollOrder {
  std::string control_plane_url;
  crypto::Secret token;
  std::vector<std::string> allow;  // command kinds, beside managed.allowed_commands
};

struct Departure {
  bool told = false;                 // the control plane knows
  std::optional<base::Error> error;  // why it does not
};

class ManagedService {
 public:
  // All of it outlives the service. `own_port` is known once the node listens.
  struct Needs {
    const ManagedSettings& settings;
    http::EventLoop& loop;
    WakeClock& wake;
    storage::Database& database;
    AuditLog& audit;
    const base::Clock& clock;
    base::Random& random;
    const protocol::NodeIdentity& identity;
    EnrollmentStore& store;
    const NodeView& view;
    CommandWork& work;
    std::string version;
    const std::uint16_t& own_port;
    FrameOutbox& frames;
  };
  explicit ManagedService(const Needs& needs) : needs_(needs), journal_(needs.database) {}

  // Before the loop runs; blocks. A record that cannot be used leaves the node local, and is told
  // in the report: the node serves its owner whatever is wrong with its enrollment.
  void load();
  // The node serves from now on.
  void start();
  void close();
  // As CommandLoop; ends an enrollment that is under way.
  void stop_taking();
  bool finishing() const;
  bool idle() const;

  // Errors: conflict (enrolled already, or another change runs), invalid_request,
  // enrollment_token_invalid, those of the control plane and of the files. Nothing is left of an
  // enrollment that failed.
  base::Task<base::Status> enroll(EnrollOrder order, std::string actor);
  // The node is local when it returns, whatever the control plane says. Errors: conflict; those of
  // the files.
  base::Task<base::Result<Departure>> unenroll(std::string actor);

  // A batch of receipts (protocol/messages/receipt_batch.h); the answer's body. One at a time.
  // Errors: conflict while the node is not enrolled or does not serve; those of the control plane.
  base::Task<base::Result<std::string>> send_receipts(std::string batch);

  // What the control plane is told of the node has changed: it hears of it at once, not with the
  // next heartbeat. Nothing where the node is not enrolled.
  void tell_now();

  // The owner allows it, of this enrollment or in the settings.
  bool allows(protocol::CommandKind kind) const;
  bool enrolled() const { return record_.has_value(); }
  ManagedReport report() const;
  // Of a record that could not be used.
  const std::optional<base::Error>& fault() const { return fault_; }
  // Rises with every change of what the report tells.
  const std::uint64_t& revision() const { return revision_; }

 private:
  std::vector<std::string> allowed_kinds() const;
  base::Status check_order(const EnrollOrder& order) const;
  base::Task<base::Status> enroll_at(EnrollOrder order, ControlAddress address);
  base::Task<base::Result<Enrolled>> statement(const EnrollmentNeeds& needs,
                                               const protocol::Challenge& challenge);
  void open_session();
  base::Task<void> end_session();

  Needs needs_;
  CommandJournal journal_;
  std::optional<EnrollmentRecord> record_;
  std::optional<base::Error> fault_;
  std::unique_ptr<ManagedSession> session_;
  base::CancelSource closing_;
  bool serves_ = false;
  bool changing_ = false;
  std::uint64_t revision_ = 0;
};

}  // namespace b3iq::agent
