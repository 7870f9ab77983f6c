// The files of an enrollment in HOME/managed (0700): the record, the transport key with its times
// and the router secret. Nothing of them is in a backup: a node that is restored elsewhere enrolls
// anew. Written beside the loop, in order. Loop thread, but for load().
#pragma once

#include <optional>

#include "agent/home.h"
#include "agent/sync/enrollment_record.h"
#include "agent/sync/transport_key_times.h"
#include "agent/upkeep/side_thread.h"
#include "base/task.h"
#include "protocol/router_secret.h"
#include "protocol/transport_key.h"

namespace b3iq::agent {

// What sealed requests are opened with.
struct OpeningKeys {
  protocol::TransportKey current;
  std::optional<protocol::TransportKey> old;  // while its grace lasts
};

class EnrollmentStore {
 public:
  explicit EnrollmentStore(Home home) : home_(std::move(home)) {}

  // Blocks. Nothing when the node is not enrolled; a folder without a record is what a failed
  // enrollment left, and is removed. Errors: corrupt, file_failed, naming the file and the way out.
  base::Result<std::optional<EnrollmentRecord>> load();

  // A new transport key in its file. What an earlier try left is removed first.
  base::Task<base::Result<protocol::TransportKey>> begin();
  // Puts the router secret, the times of the key's binding and then the record there; with the
  // record the node is enrolled.
  base::Task<base::Status> finish(EnrollmentRecord record, protocol::RouterSecret router_secret,
                                  TransportKeyTimes times);
  base::Task<base::Status> save(EnrollmentRecord record);
  base::Task<base::Status> erase();

  // The key that envelopes are sealed to now.
  base::Task<base::Result<protocol::TransportKey>> transport_key();
  // That key, and the one before it whose grace lasts at `now_ms`.
  base::Task<base::Result<OpeningKeys>> opening_keys(std::int64_t now_ms);
  // Another key takes its place; the one before is kept in its own file until `old_until_ms`, and
  // the one before that is destroyed. The new key has no binding until renewed().
  base::Task<base::Result<protocol::TransportKey>> rotate_transport_key(std::int64_t old_until_ms);
  // How many rotations were begun since the start.
  int rotations() const { return rotations_; }
  // The key has a new binding, of which the control plane's answer had this secret.
  base::Task<base::Status> renewed(protocol::RouterSecret router_secret, TransportKeyTimes times);
  // Destroys the key before the last rotation; also when there is none.
  base::Task<base::Status> destroy_old_transport_key();
  const TransportKeyTimes& key_times() const { return times_; }

  bool idle() const { return thread_.idle(); }

 private:
  using NewTimes = base::Result<TransportKeyTimes>;
  base::Status take(NewTimes times);

  Home home_;
  TransportKeyTimes times_;  // as on disk
  int rotations_ = 0;
  SideThread thread_;
};

}  // namespace b3iq::agent
