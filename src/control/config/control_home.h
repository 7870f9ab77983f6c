// B3IQ_CONTROL_HOME: which files a control plane keeps and where. Folders 0700, files 0600.
//
//   config.json                settings
//   control.db (-wal, -shm)    the embedded database, unless a server is used
//   control.db.lock            held by whoever has it open
//   secrets/identity.key       the control plane's Ed25519 seed
//   secrets/router-master.key  what the nodes' router secrets are derived from
//   secrets/receipt-log.key    what signs the receipt log's checkpoints; never in a backup
//   receipt-log.checkpoint     the newest checkpoint that this machine has given out
//   run/control.json           while serving: pid, address, operator token
#pragma once

#include <string>

#include "base/result.h"

namespace b3iq::control {

struct ControlHome {
  std::string root;

  std::string config() const { return root + "/config.json"; }
  std::string database() const { return root + "/control.db"; }
  std::string secrets() const { return root + "/secrets"; }
  std::string identity_key() const { return secrets() + "/identity.key"; }
  std::string router_master_key() const { return secrets() + "/router-master.key"; }
  std::string receipt_log_key() const { return secrets() + "/receipt-log.key"; }
  std::string receipt_log_checkpoint() const { return root + "/receipt-log.checkpoint"; }
  std::string run() const { return root + "/run"; }
  std::string control_file() const { return run() + "/control.json"; }
};

// `flag` when given, else $B3IQ_CONTROL_HOME, else ~/.b3iq-control.
base::Result<ControlHome> find_control_home(const std::string& flag);

// Makes the folders (0700). One that others can enter is refused with the chmod that mends it.
base::Status make_folders(const ControlHome& home);

}  // namespace b3iq::control
