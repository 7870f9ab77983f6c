// A simulated fleet for bench/fleet: nodes that enroll, send signed heartbeats, hold long polls and
// carry out commands, as many as asked for. Prints JSON lines; `fleet_sim --help` names the
// options.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "base/bytes.h"
#include "enrollment_run.h"
#include "fleet_node.h"
#include "held_fleet.h"
#include "protocol/messages/receipt_batch.h"
#include "receipt_batches.h"
#include "saturation.h"
#include "verify_rate.h"

namespace b3iq::fleet {
namespace {

// A connection is a descriptor, and each node of a held fleet has one.
void take_all_descriptors() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

std::string first_line(const std::string& name) {
  std::ifstream file(name);
  std::string line;
  std::getline(file, line);
  return line;
}

// What every command of a fleet needs.
struct Fleet {
  std::string server;  // 127.0.0.1:PORT
  std::string salt = "fleet";
  std::int64_t first = 0;
  std::int64_t nodes = 1;
  std::string audience;
  std::string credential_file;

  void add_to(CLI::App& app, bool signs) {
    app.add_option("--server", server)->required();
    app.add_option("--salt", salt);
    app.add_option("--first", first);
    app.add_option("--nodes", nodes)->check(CLI::PositiveNumber);
    app.add_option("--admin-credential-file", credential_file);
    if (signs) app.add_option("--audience", audience)->required();
  }
  Origin origin() const { return {server, protocol::ControlPlaneId::trusted(audience)}; }
  std::string credential() const {
    return credential_file.empty() ? std::string() : first_line(credential_file);
  }
};

int print_nodes(const Fleet& fleet) {
  for (const auto& node : fleet_identities(fleet.salt, fleet.first, fleet.nodes)) {
    std::printf("%s %s\n", node.node_id().text().c_str(),
                base::to_base64url(node.public_key().bytes).c_str());
  }
  return 0;
}

int run(int count, char** words) {
  CLI::App app("a simulated fleet of nodes");
  app.require_subcommand(1);
  Fleet fleet;

  auto* verify = app.add_subcommand("verify-rate", "libsodium's verifications per second");
  double verify_seconds = 1;
  verify->add_option("--seconds", verify_seconds);
  std::size_t verified_bytes = kHeartbeatBaseBytes;
  verify->add_option("--message-bytes", verified_bytes);

  auto* nodes = app.add_subcommand("nodes", "ids and public keys of the nodes");
  fleet.add_to(*nodes, false);
  nodes->get_option("--server")->required(false);

  EnrollmentOptions enrollment;
  auto* enroll = app.add_subcommand("enroll", "enroll the nodes by the real routes");
  fleet.add_to(*enroll, false);
  enroll->add_option("--connections", enrollment.connections)->check(CLI::PositiveNumber);

  SaturationOptions saturation;
  auto* saturating = app.add_subcommand("saturate", "as many heartbeats as the server takes");
  fleet.add_to(*saturating, true);
  saturating->add_option("--connections", saturation.connections)->check(CLI::PositiveNumber);
  saturating->add_option("--seconds", saturation.seconds);
  saturating->add_option("--rate", saturation.rate);
  saturating->add_option("--signed-per-second", saturation.signed_per_second);

  ReceiptBatchOptions receipts;
  auto* bringing = app.add_subcommand("receipts", "as many receipts as the server takes");
  fleet.add_to(*bringing, true);
  bringing->add_option("--connections", receipts.connections)->check(CLI::PositiveNumber);
  bringing->add_option("--batch", receipts.batch)
      ->check(CLI::Range(std::size_t{1}, protocol::kMaxReceiptsInBatch));
  bringing->add_option("--seconds", receipts.seconds);
  bringing->add_option("--signed-per-second", receipts.signed_per_second);
  bringing->add_flag("--until-lost", receipts.until_lost);

  HeldFleetOptions held;
  auto* hold = app.add_subcommand("hold", "heartbeats at an interval, long polls, commands");
  fleet.add_to(*hold, true);
  hold->add_option("--interval-ms", held.interval_ms)->check(CLI::PositiveNumber);
  hold->add_flag("!--no-polls", held.polls);
  hold->add_option("--heartbeat-connections", held.heartbeat_connections)
      ->check(CLI::PositiveNumber);
  hold->add_option("--seconds", held.seconds);
  hold->add_option("--ramp-per-second", held.ramp_per_second)->check(CLI::PositiveNumber);
  hold->add_option("--retry-ms", held.retry_ms)->check(CLI::PositiveNumber);
  hold->add_option("--acknowledged-file", held.acknowledged_file);
  std::string source;
  hold->add_option("--source", source, "address to come from, such as 127.0.0.2");
  std::string admin_server;
  hold->add_option("--admin-server", admin_server, "default: --server");
  hold->add_option("--commands", held.commands);
  hold->add_option("--commands-per-second", held.commands_per_second);

  CLI11_PARSE(app, count, words);
  take_all_descriptors();
  const auto set_common = [&](auto& options) {
    options.server = parse_address(fleet.server);
    options.salt = fleet.salt;
    options.first = fleet.first;
    options.nodes = fleet.nodes;
  };
  bool done = false;
  if (*verify) done = measure_verify_rate(verify_seconds, verified_bytes);
  if (*nodes) return print_nodes(fleet);
  if (*enroll) {
    set_common(enrollment);
    enrollment.host = fleet.server;
    enrollment.admin_credential = fleet.credential();
    done = enroll_fleet(enrollment);
  }
  if (*saturating) {
    set_common(saturation);
    saturation.origin = fleet.origin();
    done = saturate(saturation);
  }
  if (*bringing) {
    set_common(receipts);
    receipts.origin = fleet.origin();
    done = bring_receipts(receipts);
  }
  if (*hold) {
    set_common(held);
    held.origin = fleet.origin();
    if (!source.empty()) held.source = parse_address(source + ":1");
    held.admin_server = parse_address(admin_server.empty() ? fleet.server : admin_server);
    held.admin_credential = fleet.credential();
    done = hold_fleet(held);
  }
  return done ? 0 : 1;
}

}  // namespace
}  // namespace b3iq::fleet

int main(int count, char** words) { return b3iq::fleet::run(count, words); }
