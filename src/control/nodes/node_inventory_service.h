// What nodes have and what their models are ready for, in full. A node sends it when a heartbeat's
// answer asks for it; the hash is computed here, from what came. Loop thread.
#pragma once

#include "base/clock.h"
#include "base/task.h"
#include "control/nodes/lease_store.h"
#include "protocol/messages/inventory.h"
#include "storage/database.h"

namespace b3iq::control {

class InventoryService {
 public:
  InventoryService(storage::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}

  // `act` and `report` outlive the task. Errors: those of claim_sequence(); storage_failed.
  base::Task<base::Result<protocol::InventoryAnswer>> put(const SignedAct& act,
                                                          const protocol::InventoryReport& report);

 private:
  storage::Database& database_;
  const base::Clock& clock_;
};

}  // namespace b3iq::control
