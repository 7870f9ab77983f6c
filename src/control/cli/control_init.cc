#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/random.h"
#include "cli/console.h"
#include "cli/exit_status.h"
#include "cli/print_object.h"
#include "config/config.h"
#include "control/cli/control_commands.h"
#include "control/config/control_settings.h"
#include "control/config/control_settings_table.h"
#include "crypto/secret_file.h"
#include "json/json.h"
#include "protocol/control_plane_identity.h"
#include "protocol/router_secret.h"
#include "protocol/transparency/receipt_log_entry.h"

namespace b3iq::control {

using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

struct Initialised {
  std::string control_plane_id;
  bool created = false;  // false: everything was there already
};

std::string first_config(const InitOptions& options) {
  std::string text = "{\n";
  if (!options.public_url.empty()) {
    std::string url;
    json::append_string(url, options.public_url);
    text += fmt::format("  \"public_url\": {},\n", url);
  }
  std::string listen;
  json::append_string(listen, options.listen.empty() ? "127.0.0.1:8840" : options.listen);
  return text + fmt::format("  \"listen\": {}\n}}\n", listen);
}

// What init is told is judged before it is written.
Status check_config(const std::string& text) {
  TRY(auto merged,
      config::merge(
          control_settings_table(),
          {"the new config.json", text, [](const std::string&) { return std::nullopt; }, {}}));
  TRY([[maybe_unused]] const auto settings, read_control_settings(std::move(merged)));
  return {};
}

Result<protocol::ControlPlaneIdentity> load_or_create_identity(const ControlHome& home,
                                                               bool& created) {
  auto identity = protocol::ControlPlaneIdentity::load(home.identity_key());
  if (identity.ok() || identity.error().code != ErrorCode::not_found) return identity;
  created = true;
  return protocol::ControlPlaneIdentity::create(home.identity_key(), base::system_random());
}

Status create_router_key(const ControlHome& home, bool& created) {
  if (::access(home.router_master_key().c_str(), F_OK) == 0) return {};
  created = true;
  TRY([[maybe_unused]] const auto secret,
      protocol::RouterMasterSecret::create(home.router_master_key(), base::system_random()));
  return {};
}

Status create_receipt_log_key(const ControlHome& home, bool& created) {
  if (::access(home.receipt_log_key().c_str(), F_OK) == 0) return {};
  created = true;
  TRY([[maybe_unused]] const auto key,
      protocol::ReceiptLogKey::create(home.receipt_log_key(), base::system_random()));
  return {};
}

// Makes what is missing, in an order that a crash in between does not harm, and never replaces what
// is there. The database is made at the first start.
Result<Initialised> initialise(const ControlHome& home, const InitOptions& options) {
  ::umask(077);
  const auto text = first_config(options);
  TRY_OK(check_config(text));
  TRY_OK(make_folders(home));
  Initialised done;
  TRY(const auto identity, load_or_create_identity(home, done.created));
  done.control_plane_id = identity.id().text();
  TRY_OK(create_router_key(home, done.created));
  TRY_OK(create_receipt_log_key(home, done.created));
  if (::access(home.config().c_str(), F_OK) != 0) {
    TRY_OK(crypto::write_secret_file(home.config(), base::as_bytes(text)));
    done.created = true;
  }
  return done;
}

}  // namespace

int run_init(const ControlHome& home, const InitOptions& options) {
  const auto done = initialise(home, options);
  if (!done.ok()) return cli::print_error(done.error());
  if (options.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("control_plane_id", done->control_plane_id);
      w.member("home", home.root);
      w.member("created", done->created);
    });
  } else {
    fmt::print("{} {}\n  home   {}\n",
               done->created ? "New control plane" : "This control plane exists already:",
               done->control_plane_id, home.root);
    fmt::print(
        "\nNext:  b3iq-control-plane admin bootstrap --out {}/secrets/admin.key\n"
        "       b3iq-control-plane serve\n",
        home.root);
  }
  return cli::kExitOk;
}

}  // namespace b3iq::control
