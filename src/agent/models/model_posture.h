// What the owner allows each model to be used for beyond this node. Kept in state.db; without a row
// nothing is allowed. Loop thread only.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "agent/audit/audit_log.h"
#include "base/task.h"
#include "storage/database.h"

namespace b3iq::agent {

struct ModelPosture {
  bool network_eligible = false;     // may be served to the network
  bool paid_route_eligible = false;  // may be called for pay, once every gate is open
};

class ModelPostures {
 public:
  ModelPostures(storage::Database& database, AuditLog& audit)
      : database_(database), audit_(audit) {}

  // Before the loop runs; blocks.
  base::Status load();
  ModelPosture of(std::string_view model) const;
  // `actor` is whom the audit log names.
  base::Task<base::Status> set(std::string model, ModelPosture posture, std::string actor);

 private:
  storage::Database& database_;
  AuditLog& audit_;
  std::map<std::string, ModelPosture, std::less<>> postures_;
};

}  // namespace b3iq::agent
