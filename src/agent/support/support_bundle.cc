#include "agent/support/support_bundle.h"

#include <fmt/format.h>

#include <deque>

#include "agent/cli/api_channel.h"
#include "agent/doctor/doctor_checks.h"
#include "agent/logs/log_reader.h"
#include "agent/support/allowed_members.h"
#include "agent/support/bundle_index.h"
#include "agent/support/shown_settings.h"
#include "agent/support/tar_writer.h"
#include "base/clock.h"
#include "cli/version.h"
#include "json/json.h"

namespace b3iq::agent {

namespace {

using Make = std::string (*)(const Home& home);

const AllowedPaths kInventory = {
    "age_ms",
    "inventory.os.name",
    "inventory.os.id",
    "inventory.os.version",
    "inventory.os.kernel",
    "inventory.os.architecture",
    "inventory.os.virtual_machine",
    "inventory.os.container",
    "inventory.cpu.model",
    "inventory.cpu.vendor",
    "inventory.cpu.features",
    "inventory.cpu.logical_cpus",
    "inventory.cpu.allowed_cpus",
    "inventory.cpu.quota_millicpus",
    "inventory.cpu.usable_cpus",
    "inventory.topology.packages",
    "inventory.topology.numa_nodes",
    "inventory.topology.physical_cores",
    "inventory.memory.total_bytes",
    "inventory.memory.available_bytes",
    "inventory.memory.limit_bytes",
    "inventory.memory.limit_used_bytes",
    "inventory.memory.swap_total_bytes",
    "inventory.memory.swap_free_bytes",
    "inventory.gpus.pci_id",
    "inventory.gpus.vendor",
    "inventory.gpus.name",
    "inventory.gpus.driver",
    "inventory.gpus.driver_version",
    "inventory.gpus.memory_total_bytes",
    "inventory.gpus.memory_used_bytes",
    "inventory.gpus.memory_shared",
    "inventory.gpus.compute_capability",
    "inventory.gpus.mig",
    "inventory.gpus.display_only",
    "inventory.gpus.utilization_percent",
    "inventory.gpus.temperature_c",
    "inventory.gpus_complete",
    "inventory.disks.role",
    "inventory.disks.type",
    "inventory.disks.total_bytes",
    "inventory.disks.free_bytes",
    "inventory.disks.read_only",
    "inventory.notes.code",
};
const AllowedPaths kRuntimes = {
    "data.id",
    "data.kind",
    "data.state",
    "data.version",
    "data.running",
    "data.waiting",
    "data.calls_running",
    "data.calls_waiting",
    "data.oldest_wait_ms",
    "data.breaker",
};
const AllowedPaths kKeys = {
    "data.id",
    "data.status",
    "data.scopes",
    "data.created_at",
    "data.expires_at",
    "data.requests_per_minute",
    "data.tokens_per_minute",
    "data.budget_period",
};

// No address and no id of the control plane: whom somebody works for is theirs to tell.
const AllowedPaths kEnrollment = {
    "mode",
    "state",
    "last_heartbeat_at",
    "error.code",
    "notices",
    "clock_offset_ms",
    "commands.allowed",
    "commands.pending",
    "commands.running.kind",
    "commands.running.phase",
    "blockers.code",
};

std::string missing(base::ErrorCode code) {
  return fmt::format(R"({{"missing":"{}"}})", base::error_info(code).wire_name);
}

std::string part_of_answer(const Home& home, std::string_view path, const AllowedPaths& allowed) {
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return missing(channel.error().code);
  const auto answer = (*channel)->call(http::Method::get, path, "");
  if (!answer.ok()) return missing(answer.error().code);
  const auto document = json::Document::parse(answer->body);
  if (!document.ok()) return missing(document.error().code);
  return allowed_members(document->root(), allowed);
}

std::string version(const Home&) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("version", cli::kVersion);
  w.member("compiler", cli::kCompiler);
  w.member("build_type", cli::kBuildType);
  w.member("made_at", base::format_rfc3339(base::system_clock().wall_ms()));
  w.end_object();
  return body;
}

// What was found may name paths and addresses; the check's name says what to ask for.
std::string doctor(const Home& home) {
  std::string body;
  json::Writer w(body);
  w.begin_array();
  const auto diagnosis = examine(home);
  for (const auto& finding : diagnosis.findings()) {
    w.begin_object();
    w.member("check", std::string_view(finding.check));
    w.member("verdict", verdict_name(finding.verdict));
    w.end_object();
  }
  w.end_array();
  return body;
}

std::string inventory(const Home& home) {
  return part_of_answer(home, "/setup/v1/inventory", kInventory);
}
std::string runtimes(const Home& home) {
  return part_of_answer(home, "/setup/v1/runtimes", kRuntimes);
}
std::string enrollment(const Home& home) {
  return part_of_answer(home, "/setup/v1/enrollment", kEnrollment);
}
std::string keys(const Home& home) { return part_of_answer(home, "/setup/v1/keys", kKeys); }

// Its labels are closed sets and the ids of runtimes.
std::string metrics(const Home& home) {
  auto channel = ApiChannel::open(home);
  if (!channel.ok()) return missing(channel.error().code);
  if (!(*channel)->running()) return "# The node did not run.\n";
  const auto answer = (*channel)->call(http::Method::get, "/metrics", "");
  return answer.ok() ? answer->body : missing(answer.error().code);
}

std::string log_lines(const Home& home) {
  std::deque<std::string> newest;
  LogReader(home.logs(), {}).read_all([&newest](const LogLine& line) {
    newest.push_back(allowed_log_line(line.text) + "\n");
    if (newest.size() > kBundleLogLines) newest.pop_front();
  });
  std::string out;
  for (const auto& line : newest) out += line;
  return out;
}

// b3iq-support-20261122T063108Z
std::string bundle_name(std::int64_t now_ms) {
  std::string name = "b3iq-support-";
  for (const char c : base::format_rfc3339(now_ms).substr(0, 19))
    if (c != '-' && c != ':') name += c;
  return name + "Z";
}

std::string contents(const Home&) {
  std::string out = "A support bundle of a B3IQ node.\n\n";
  for (const auto& part : bundle_parts()) out += fmt::format("{:16} {}\n", part.name, part.about);
  return out;
}

struct Maker {
  BundlePart part;
  Make make;
};
const std::vector<Maker>& makers() {
  static const std::vector<Maker> all = {
      {{"CONTENTS.txt", "this list"}, contents},
      {{"version.json", "version and build of the program, and when this was made"}, version},
      {{"doctor.json", "each check of `doctor` and its verdict, without what was found"}, doctor},
      {{"config.json", "settings that are numbers, choices and yes or no; of others whether set"},
       shown_settings},
      {{"inventory.json",
        "system, CPU, memory, GPUs, disks: sizes, models of parts, drivers; no "
        "serial numbers, no paths"},
       inventory},
      {{"runtimes.json", "id, kind, version, state and queue of each runtime"}, runtimes},
      {{"keys.json", "id, status, scopes and limits of each key; no names"}, keys},
      {{"enrollment.json",
        "whether a control plane manages the node, how that goes and what it may do; not which"},
       enrollment},
      {{"metrics.txt", "what /metrics says now"}, metrics},
      {{"log.jsonl", "the newest 2000 log lines: times, events, codes, numbers"}, log_lines},
  };
  return all;
}

}  // namespace

const std::vector<BundlePart>& bundle_parts() {
  static const std::vector<BundlePart> parts = [] {
    std::vector<BundlePart> list;
    for (const auto& maker : makers()) list.push_back(maker.part);
    list.push_back({kBundleIndexName, "size and SHA-256 of each of these, signed by this node"});
    return list;
  }();
  return parts;
}

SupportBundle make_support_bundle(const Home& home) {
  const auto now_ms = base::system_clock().wall_ms();
  SupportBundle bundle;
  bundle.name = bundle_name(now_ms);
  std::vector<IndexedPart> index;
  const auto add = [&](const BundlePart& part, std::string content) {
    // Parts are read one after the other.
    if (!content.empty() && !content.ends_with('\n')) content += '\n';
    append_tar_file(bundle.archive, fmt::format("{}/{}", bundle.name, part.name), content,
                    now_ms / 1000);
    bundle.parts.push_back({part, content.size()});
    index.push_back(indexed_part(part.name, content));
  };
  for (const auto& maker : makers()) add(maker.part, maker.make(home));
  const auto identity = protocol::NodeIdentity::load(home.identity_key());
  add(bundle_parts().back(),
      identity.ok() ? make_bundle_index(index, now_ms, *identity) : missing(identity.error().code));
  end_tar(bundle.archive);
  return bundle;
}

}  // namespace b3iq::agent
