#include "control/nodes/node_service.h"

#include <fmt/format.h>

#include "control/nodes/lease_store.h"
#include "control/nodes/node_outline_store.h"
#include "control/nodes/node_store.h"
#include "control/nodes/validity_store.h"
#include "protocol/member_reader.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using protocol::NodeId;
using storage::Transaction;

namespace {

Error no_such_node(const NodeId& id) {
  return Error(
      ErrorCode::not_found,
      fmt::format("There is no node {} here; list them with `admin nodes list`.", id.text()));
}

Status check_page(std::int64_t limit) {
  if (limit >= 1 && limit <= kMaxNodesPerPage) return {};
  return Error(ErrorCode::invalid_request,
               fmt::format("Give a limit from 1 to {}.", kMaxNodesPerPage), "limit");
}

Status check_reason(const std::string& reason) {
  if (reason.empty() || protocol::is_printable(reason, kMaxReasonBytes)) return {};
  return Error(ErrorCode::invalid_request,
               fmt::format("A reason is a text of at most {} bytes, without control characters.",
                           kMaxReasonBytes),
               "reason");
}

}  // namespace

Task<Result<NodePage>> NodeService::list(NodeQuery query) {
  CO_TRY_OK(check_page(query.limit));
  NodePage page;
  ++query.limit;  // one more tells whether there is another page
  auto body = [&](Transaction& tx) -> Task<Status> {
    page.nodes.clear();
    co_return co_await select_nodes(tx, query, page.nodes);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (std::ssize(page.nodes) == query.limit) {
    page.nodes.pop_back();
    page.next_after_id = page.nodes.back().node_id.text();
  }
  co_return page;
}

Task<Result<NodeDetails>> NodeService::get(NodeId id) {
  NodeDetails details;
  bool found = false;
  auto body = [&](Transaction& tx) -> Task<Status> {
    details = {};
    co_return co_await select_node(tx, id.text(), details, found);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!found) co_return no_such_node(id);
  co_return details;
}

Task<Result<NodeCounts>> NodeService::counts() {
  NodeCounts counts;
  const auto now = clock_.wall_ms();
  auto body = [&](Transaction& tx) -> Task<Status> {
    counts = {};
    co_return co_await select_counts(tx, now, counts);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return counts;
}

Task<Result<std::vector<ModelCount>>> NodeService::models(std::string after_id,
                                                          std::int64_t limit) {
  CO_TRY_OK(check_page(limit));
  std::vector<ModelCount> models;
  const auto now = clock_.wall_ms();
  auto body = [&](Transaction& tx) -> Task<Status> {
    models.clear();
    co_return co_await select_model_counts(tx, now, after_id, limit, models);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return models;
}

Task<Result<std::int64_t>> NodeService::models_offered() {
  std::int64_t offered = 0;
  const auto now = clock_.wall_ms();
  auto body = [&](Transaction& tx) -> Task<Status> {
    co_return co_await select_models_offered(tx, now, offered);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return offered;
}

Task<Result<NodeOutlinePage>> NodeService::outlines(std::string after_id, std::int64_t limit) {
  CO_TRY_OK(check_page(limit));
  NodeOutlinePage page;
  auto body = [&](Transaction& tx) -> Task<Status> {
    page.nodes.clear();
    // One more tells whether there is another page.
    co_return co_await select_node_outlines(tx, after_id, limit + 1, page.nodes);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (std::ssize(page.nodes) > limit) {
    page.nodes.pop_back();
    page.next_after_id = page.nodes.back().node_id.text();
  }
  co_return page;
}

Task<Result<NodeOutline>> NodeService::outline(NodeId id) {
  NodeOutline node;
  bool found = false;
  auto body = [&](Transaction& tx) -> Task<Status> {
    co_return co_await select_node_outline(tx, id.text(), node, found);
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  if (!found) co_return no_such_node(id);
  co_return node;
}

Task<Result<NodeSummary>> NodeService::suspend(NodeId id, std::string reason, ActBy by) {
  co_return co_await change(std::move(id), Change::suspend, std::move(reason), std::move(by));
}

Task<Result<NodeSummary>> NodeService::resume(NodeId id, std::string actor) {
  co_return co_await change(std::move(id), Change::resume, {}, std::move(actor));
}

Task<Result<NodeSummary>> NodeService::remove(NodeId id, std::string reason, ActBy by) {
  co_return co_await change(std::move(id), Change::remove, std::move(reason), std::move(by));
}

Task<Result<NodeSummary>> NodeService::change(NodeId id, Change change, std::string reason,
                                              ActBy by) {
  CO_TRY_OK(check_reason(reason));
  NodeDetails node;
  const auto now = clock_.wall_ms();
  const auto standing = change == Change::resume    ? NodeStanding::enrolled
                        : change == Change::suspend ? NodeStanding::suspended
                                                    : NodeStanding::removed;
  AuditAct act{by.actor,
               change == Change::resume    ? "node.resumed"
               : change == Change::suspend ? "node.suspended"
                                           : "node.removed",
               id.text()};
  auto body = [&](Transaction& tx) -> Task<Status> {
    node = {};
    bool found = false;
    CO_TRY_OK(co_await select_node(tx, id.text(), node, found));
    if (!found) co_return no_such_node(id);
    if (node.summary.standing == NodeStanding::removed && change != Change::remove) {
      co_return Error(ErrorCode::node_removed,
                      "The node was removed. Only a new enrollment token brings it back.");
    }
    bool changed = false;
    CO_TRY_OK(co_await set_standing(tx, id.text(), standing, changed));
    if (!changed) co_return Status();
    if (standing == NodeStanding::enrolled) {
      CO_TRY_OK(co_await begin_validity(tx, id.text(), now));
    } else {
      CO_TRY_OK(co_await end_validity(tx, id.text(), now));
    }
    CO_TRY_OK(co_await set_standing_reason(tx, id.text(), reason));
    if (change == Change::remove)
      CO_TRY_OK(co_await commands_.cancel_all(tx, id, "The node was removed.", now));
    node.summary.standing = standing;
    node.summary.standing_reason = reason;
    if (change != Change::resume) {
      const auto gated =
          change == Change::remove ? ApprovalAct::node_remove : ApprovalAct::node_suspend;
      CO_TRY(act.actor, co_await gate_.pass(tx, gated, id.text(), by));
    }
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return std::move(node.summary);
}

Task<Result<NodeSummary>> NodeService::set_tags(NodeId id, std::vector<std::string> tags,
                                                std::string actor) {
  CO_TRY_OK(check_tags(tags));
  NodeDetails node;
  const AuditAct act{actor, "node.tagged", id.text()};
  const std::string joined = join_tags(tags);
  auto body = [&](Transaction& tx) -> Task<Status> {
    node = {};
    bool found = false;
    CO_TRY_OK(co_await control::set_tags(tx, id.text(), joined, found));
    if (!found) co_return no_such_node(id);
    CO_TRY_OK(co_await select_node(tx, id.text(), node, found));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  co_return std::move(node.summary);
}

Task<Status> NodeService::unenroll(SignedAct act) {
  const auto now = clock_.wall_ms();
  const NodeId& id = act.request.node_id;
  const AuditAct audited{id.text(), "node.unenrolled", id.text()};
  auto body = [&](Transaction& tx) -> Task<Status> {
    CO_TRY_OK(co_await claim_sequence(tx, act));
    bool changed = false;
    CO_TRY_OK(co_await set_standing(tx, id.text(), NodeStanding::removed, changed));
    CO_TRY_OK(co_await end_validity(tx, id.text(), now));
    CO_TRY_OK(co_await set_standing_reason(tx, id.text(), "The node left by itself."));
    CO_TRY_OK(co_await commands_.cancel_all(tx, id, "The node left by itself.", now));
    co_return co_await audit_.append(tx, audited);
  };
  co_return co_await database_.write(std::move(body));
}

}  // namespace b3iq::control
