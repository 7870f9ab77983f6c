#include "control/nodes/node_routes.h"

#include "protocol/messages/heartbeat.h"
#include "protocol/messages/inventory.h"
#include "protocol/messages/unenroll.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using protocol::SignatureTag;

void add_node_routes(http::Router& router, const NodeRouteParts& parts) {
  auto heartbeat = [&heartbeats = parts.heartbeats](SignedCall& call) -> Task<Result<std::string>> {
    CO_TRY(const auto sent, protocol::decode_heartbeat(call.request.body));
    CO_TRY(const auto answer, co_await heartbeats.record(call.verified, sent, call.facts));
    co_return protocol::encode_heartbeat_answer(answer);
  };
  add_signed(router, http::Method::post, "/v1/nodes/{node_id}/heartbeats", "sendHeartbeat",
             parts.levels.heartbeat, protocol::kMaxHeartbeatBytes, heartbeat);

  auto inventory = [&inventories =
                        parts.inventories](SignedCall& call) -> Task<Result<std::string>> {
    CO_TRY(const auto report, protocol::decode_inventory_report(call.request.body));
    const SignedAct act{SignatureTag::inventory, call.verified, report.boot_epoch, &call.facts};
    CO_TRY(const auto answer, co_await inventories.put(act, report));
    co_return protocol::encode_inventory_answer(answer);
  };
  add_signed(router, http::Method::put, "/v1/nodes/{node_id}/inventory", "putInventory",
             parts.levels.inventory, protocol::kMaxInventoryBytes, inventory);

  auto unenroll = [&nodes = parts.nodes,
                   &clock = parts.clock](SignedCall& call) -> Task<Result<std::string>> {
    CO_TRY(const auto asked, protocol::decode_unenroll(call.request.body));
    const SignedAct act{SignatureTag::unenroll, call.verified, asked.boot_epoch, &call.facts};
    CO_TRY_OK(co_await nodes.unenroll(act));
    co_return protocol::encode_unenroll_answer({clock.wall_ms()});
  };
  add_signed(router, http::Method::post, "/v1/nodes/{node_id}/unenroll", "unenrollNode",
             parts.levels.unenroll, protocol::kMaxUnenrollBytes, unenroll);
}

}  // namespace b3iq::control
