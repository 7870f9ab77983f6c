#include "protocol/messages/heartbeat.h"

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/enrollment.h"

namespace b3iq::protocol {
namespace {

constexpr std::array<std::string_view, kNodeStatuses> kStatusNames = {
    "starting", "ready", "degraded", "unready", "draining"};
constexpr std::array<std::string_view, kNodeNotices> kNoticeNames = {
    "other_start_superseded", "transport_key_expires", "agent_version_unsupported"};
constexpr json::Limits kRequestLimits{.max_bytes = kMaxHeartbeatBytes, .max_depth = 2};
constexpr json::Limits kAnswerLimits{.max_bytes = kMaxHeartbeatAnswerBytes, .max_depth = 16};

// Names of a newer control plane are left out.
base::Result<std::vector<NodeNotice>> read_notices(MemberReader& in) {
  TRY(const auto list, in.list("notices", kMaxNotices));
  std::vector<NodeNotice> notices;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto name = list.at(i).string();
    if (!name) return in.refused("notices", "must be a list of names");
    if (const auto notice = value_of_name<NodeNotice>(kNoticeNames, *name))
      notices.push_back(*notice);
  }
  return notices;
}

}  // namespace

std::string_view wire_name(NodeStatus status) { return name_of_value(kStatusNames, status); }
std::string_view wire_name(NodeNotice notice) { return name_of_value(kNoticeNames, notice); }
std::optional<NodeStatus> node_status_from_name(std::string_view name) {
  return value_of_name<NodeStatus>(kStatusNames, name);
}

std::string encode_heartbeat(const Heartbeat& heartbeat) {
  std::string out;
  out.reserve(kMaxHeartbeatBytes);
  json::Writer w(out);
  w.begin_object();
  write_integer(w, "boot_epoch", heartbeat.boot_epoch);
  w.member("status", wire_name(heartbeat.status));
  write_bytes(w, "inventory_hash", heartbeat.inventory_hash);
  write_bytes(w, "readiness_hash", heartbeat.readiness_hash);
  write_integer(w, "queue_depth", heartbeat.queue_depth);
  w.member("agent_version", heartbeat.agent_version);
  w.end_object();
  return out;
}

base::Result<Heartbeat> decode_heartbeat(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kRequestLimits));
  TRY(auto in, MemberReader::open(document.root(), "A heartbeat"));
  Heartbeat heartbeat;
  TRY(heartbeat.boot_epoch, in.integer("boot_epoch", 1, kMaxBootEpoch));
  TRY(heartbeat.status, in.choice<NodeStatus>("status", kStatusNames));
  TRY(heartbeat.inventory_hash, in.bytes<32>("inventory_hash"));
  TRY(heartbeat.readiness_hash, in.bytes<32>("readiness_hash"));
  TRY(heartbeat.queue_depth, in.integer("queue_depth", 0, kMaxQueueDepth));
  TRY(heartbeat.agent_version,
      in.formed("agent_version", valid_agent_version,
                "must be 1 to 32 of A-Z, a-z, 0-9, dot, underscore, plus and hyphen"));
  TRY_OK(in.done());
  return heartbeat;
}

std::string encode_heartbeat_answer(const HeartbeatAnswer& answer) {
  std::string out;
  out.reserve(256);
  json::Writer w(out);
  w.begin_object();
  write_time(w, "server_time", answer.server_time_ms);
  write_integer(w, "command_cursor", answer.command_cursor);
  w.member("want_inventory", answer.want_inventory);
  w.member("want_readiness", answer.want_readiness);
  write_integer(w, "next_heartbeat_ms", answer.next_heartbeat_ms);
  w.key("notices");
  w.begin_array();
  for (const NodeNotice notice : answer.notices) w.value(wire_name(notice));
  w.end_array();
  w.end_object();
  return out;
}

base::Result<HeartbeatAnswer> decode_heartbeat_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kAnswerLimits));
  TRY(auto in, MemberReader::open(document.root(), "The answer to a heartbeat"));
  HeartbeatAnswer answer;
  TRY(answer.server_time_ms, in.time("server_time"));
  TRY(answer.command_cursor, in.integer("command_cursor", 0, kMaxCommandCursor));
  TRY(answer.want_inventory, in.flag("want_inventory"));
  TRY(answer.want_readiness, in.flag("want_readiness"));
  TRY(answer.next_heartbeat_ms,
      in.integer("next_heartbeat_ms", kMinHeartbeatIntervalMs, kMaxHeartbeatIntervalMs));
  TRY(answer.notices, read_notices(in));
  return answer;
}

}  // namespace b3iq::protocol
