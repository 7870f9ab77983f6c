#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/setup_token.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/migrations/schema.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/print_object.h"
#include "crypto/secret_file.h"
#include "json/json.h"
#include "protocol/identity.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Status;

struct Initialised {
  std::string node_id;
  bool created = false;  // false: everything was there already
};

// What a new node starts with: the built-in model, loopback, no aliases.
std::string first_config(std::string_view node_id) {
  std::string text = "{\n";
  text += fmt::format("  \"node_id\": \"{}\",\n", node_id);
  text += "  \"listen\": \"127.0.0.1:8831\",\n";
  text += "  \"runtimes\": [\n    { \"id\": \"embedded\", \"kind\": \"embedded\" }\n  ],\n";
  text += "  \"models\": { \"aliases\": {} }\n}\n";
  return text;
}

Result<protocol::NodeIdentity> load_or_create_identity(const Home& home, bool& created) {
  auto identity = protocol::NodeIdentity::load(home.identity_key());
  if (identity.ok() || identity.error().code != ErrorCode::not_found) return identity;
  created = true;
  return protocol::NodeIdentity::create(home.identity_key(), base::system_random());
}

Status create_database(const Home& home) {
  TRY(auto database, storage::open_sqlite(home.database()));
  return database->migrate(state_migrations());
}

// Makes what is missing, in an order that a crash in between does not harm, and never replaces what
// is there.
Result<Initialised> initialise(const Home& home) {
  ::umask(077);
  TRY_OK(make_folders(home));
  Initialised done;
  TRY(const auto identity, load_or_create_identity(home, done.created));
  done.node_id = identity.node_id().text();
  if (::access(home.database().c_str(), F_OK) != 0) {
    TRY_OK(create_database(home));
    done.created = true;
  }
  if (::access(home.config().c_str(), F_OK) != 0) {
    TRY_OK(crypto::write_secret_file(home.config(), base::as_bytes(first_config(done.node_id))));
    TRY([[maybe_unused]] const auto token,
        issue_setup_token(home, base::system_clock(), base::system_random()));
    done.created = true;
  }
  return done;
}

}  // namespace

int run_init(const Home& home, const InitOptions& options) {
  const auto done = initialise(home);
  if (!done.ok()) return print_error(done.error());
  if (options.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("node_id", done->node_id);
      w.member("home", home.root);
      w.member("created", done->created);
    });
  } else {
    fmt::print("{} {}\n  home   {}\n",
               done->created ? "New node" : "This node exists already:", done->node_id, home.root);
    fmt::print("\nNext:  b3iq-host serve\n       b3iq-host keys create --name my-app\n");
  }
  return kExitOk;
}

}  // namespace b3iq::agent
