// B3IQ_HOME: which files a node keeps and where. Folders 0700, files 0600.
//
//   config.json              settings, node id, setup-token state
//   state.db (-wal, -shm)    keys, use, receipts
//   models/m-…/model.gguf    installed models; models/part-… what is being fetched
//   secrets/identity.key     the node's Ed25519 seed
//   run/agent.json           while serving: pid, url, operator token
//   state.db.lock            held by whoever has the database open
//   logs/agent.log (.1 …)    the newest log lines, as JSON
//   backups/bak_…/           backups that were made through the API
//   backup.pending           the backup that is being made: agent/backup/backup_job.h
//   restore/, restore.pending  what the next start brings back: agent/backup/pending_restore.h
//   updates.json             what was learnt of newer versions
//   managed/                 while enrolled: enrollment.json, transport.key (and its predecessor),
//                            router.secret, support bundles that the control plane asked for
#pragma once

#include <string>

#include "base/result.h"

namespace b3iq::agent {

struct Home {
  std::string root;

  std::string config() const { return root + "/config.json"; }
  std::string database() const { return root + "/state.db"; }
  std::string secrets() const { return root + "/secrets"; }
  std::string identity_key() const { return secrets() + "/identity.key"; }
  std::string run() const { return root + "/run"; }
  std::string agent_file() const { return run() + "/agent.json"; }
  std::string logs() const { return root + "/logs"; }
  std::string models() const { return root + "/models"; }
  std::string backups() const { return root + "/backups"; }
  std::string backup_order() const { return root + "/backup.pending"; }
  std::string restore_folder() const { return root + "/restore"; }
  std::string restore_marker() const { return root + "/restore.pending"; }
  std::string update_state() const { return root + "/updates.json"; }
  std::string managed() const { return root + "/managed"; }
  std::string enrollment_record() const { return managed() + "/enrollment.json"; }
  std::string transport_key() const { return managed() + "/transport.key"; }
  std::string old_transport_key() const { return managed() + "/transport-old.key"; }
  std::string router_secret() const { return managed() + "/router.secret"; }
};

// `flag` when given, else $B3IQ_HOME, else ~/.b3iq.
base::Result<Home> find_home(const std::string& flag);

// Makes the folders (0700). An existing one that others can enter is refused with the chmod that
// mends it.
base::Status make_folders(const Home& home);

// Where this program's own files are: the folder of the running binary and the data beside it.
struct Installation {
  std::string host;           // the running binary
  std::string worker;         // the b3iq-worker binary
  std::string llama_folder;   // libllama and its backends
  std::string default_model;  // the built-in model's file
  std::string catalogue;      // of models that can be installed
  std::string wizard;         // the folder of the setup wizard's files
};
base::Result<Installation> find_installation();

}  // namespace b3iq::agent
