// What stands behind a command of the kind private_inference hears, in the transaction that changes
// the command, what becomes of it. So a job never says anything else than its command.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/task.h"
#include "protocol/messages/command_result.h"
#include "storage/database.h"

namespace b3iq::control {

enum class CommandTurn : std::uint8_t {
  leased,    // handed to its node
  working,   // its node says that it works on it
  requeued,  // the lease ran out or never arrived
  failed,    // no attempt is left
  cancelled,
  stopped,  // its customer asked, and its node's last word did not come
  expired
};

class CommandFollower {
 public:
  virtual ~CommandFollower() = default;
  // Inside the transaction, behind the command's own change. May run again. An error undoes both.
  virtual base::Task<base::Status> turned(storage::Transaction& tx, std::string_view command_id,
                                          CommandTurn turn) const = 0;
  // Its node has brought a result, which ended the command.
  virtual base::Task<base::Status> answered(storage::Transaction& tx,
                                            const protocol::CommandResult& result) const = 0;
  // All open commands of the node were cancelled.
  virtual base::Task<base::Status> node_left(storage::Transaction& tx,
                                             std::string_view node_id) const = 0;
  // The command has ended. Loop thread, after the commit; may be left out.
  virtual void told(std::string_view command_id) = 0;
};

}  // namespace b3iq::control
