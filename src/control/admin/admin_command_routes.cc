// /v1/admin/commands.
#include <fmt/format.h>

#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "control/admin/admin_second_person.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Request;
using http::Response;
using protocol::CommandId;

namespace {

void write_document(json::Writer& w, std::string_view name, std::string_view document) {
  w.key(name);
  if (document.empty()) {
    w.null();
  } else {
    w.raw(document);
  }
}

void write_command(json::Writer& w, const Command& command) {
  w.begin_object();
  w.member("id", command.id.text());
  w.member("node_id", command.node_id.text());
  w.member("kind", protocol::wire_name(command.kind));
  write_document(w, "arguments", command.arguments);
  w.member("state", protocol::wire_name(command.state));
  w.member("queued_by", command.queued_by);
  write_time(w, "created_at", command.created_at_ms);
  write_time(w, "queued_at", command.queued_at_ms);
  write_time(w, "expires_at", command.expires_at_ms);
  w.member("attempts", command.attempts);
  w.member("max_attempts", command.max_attempts);
  write_time(w, "lease_expires_at", command.lease_expires_at_ms);
  write_text(w, "phase", command.phase);
  w.member("progress_done", command.progress_done);
  w.member("progress_total", command.progress_total);
  write_time(w, "finished_at", command.finished_at_ms);
  write_document(w, "result", command.result);
  write_text(w, "failure", command.failure);
  w.end_object();
}

Response command_answer(const Command& command) {
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_command(w, command);
  return response;
}

std::string kinds() {
  std::string names;
  for (std::size_t i = 0; i < protocol::kCommandKinds; ++i) {
    const auto kind = static_cast<CommandKind>(i);
    if (kind == CommandKind::private_inference) continue;
    names += (names.empty() ? "" : ", ") + std::string(protocol::wire_name(kind));
  }
  return names;
}

Result<CommandKind> kind_of_text(std::string_view text) {
  const auto kind = protocol::command_kind_from_name(text);
  if (kind && *kind != CommandKind::private_inference) return *kind;
  return Error(ErrorCode::invalid_request,
               fmt::format("'kind' is one of: {}. (private_inference is made by private jobs "
                           "alone.)",
                           kinds()),
               "kind");
}

// The members that an operator may leave out, with the values that they have then. On the wire to
// the node they are always there.
std::string with_defaults(CommandKind kind, json::Value given) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto member = given.member(i);
    w.key(member.name);
    w.raw(member.value.to_text());
  }
  if (kind == CommandKind::benchmark_smoke && !given.find("max_tokens"))
    w.member("max_tokens", protocol::BenchmarkSmokeArguments().max_tokens);
  w.end_object();
  return text;
}

Result<protocol::CommandArguments> read_arguments(CommandKind kind, const AdminBody& body) {
  const auto given = body.value("arguments");
  if (given && !given.is_object()) return protocol::decode_arguments(kind, given);
  return protocol::decode_arguments(kind, with_defaults(kind, given));
}

Task<Result<Response>> queue(const AdminParts& parts, const Request& request,
                             const AdminCaller& caller) {
  CO_TRY(const auto body, AdminBody::parse(request.body, {"node_id", "kind", "arguments", "expires",
                                                          "max_attempts", kApprovalMember}));
  CommandSpec spec;
  CO_TRY(const auto node, body.text("node_id"));
  CO_TRY(spec.node_id, protocol::NodeId::parse(node));
  CO_TRY(const auto kind_text, body.text("kind"));
  CO_TRY(const auto kind, kind_of_text(kind_text));
  CO_TRY(spec.arguments, read_arguments(kind, body));
  CO_TRY(spec.life_ms, life_of(body, kDefaultCommandLifeMs, parts.clock.wall_ms()));
  CO_TRY(spec.max_attempts, body.integer("max_attempts", kDefaultCommandAttempts));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  auto done = co_await parts.commands.queue(std::move(spec), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto command, std::move(done));
  co_return command_answer(command);
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  CommandQuery query;
  const auto node = [&query](const std::string& value) -> Status {
    TRY(const auto id, protocol::NodeId::parse(value));
    query.node_id = id.text();
    return {};
  };
  const auto state = [&query](const std::string& value) -> Status {
    query.state = protocol::command_state_from_name(value);
    if (query.state) return {};
    return Error(ErrorCode::invalid_request,
                 "state is queued, leased, succeeded, failed, cancelled or expired.", "state");
  };
  CO_TRY(auto page,
         read_page(request.query, kMaxCommandsPerPage, {{"node_id", node}, {"state", state}}));
  query.before_id = std::move(page.before);
  query.limit = page.limit;
  CO_TRY(const auto commands, co_await parts.commands.list(std::move(query)));
  co_return http::list_answer(
      commands, [](json::Writer& w, const Command& command) { write_command(w, command); },
      [&](json::Writer& w) {
        write_next(w, "next_before", commands.empty() ? "" : commands.back().id.text(),
                   std::ssize(commands) == page.limit);
      });
}

Task<Result<Response>> show(const AdminParts& parts, const Request& request) {
  CO_TRY(auto id, CommandId::parse(request.path_parameters.at(0)));
  CO_TRY(const auto command, co_await parts.commands.get(std::move(id)));
  co_return command_answer(command);
}

Task<Result<Response>> retry(const AdminParts& parts, const Request& request,
                             const AdminCaller& caller) {
  CO_TRY(auto id, CommandId::parse(request.path_parameters.at(0)));
  CO_TRY(const auto body, AdminBody::parse(request.body, {kApprovalMember}));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  auto done = co_await parts.commands.retry(std::move(id), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto command, std::move(done));
  co_return command_answer(command);
}

Task<Result<Response>> cancel(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(auto id, CommandId::parse(request.path_parameters.at(0)));
  CO_TRY(const auto body, AdminBody::parse(request.body, {"reason"}));
  CO_TRY(auto reason, body.text("reason", ""));
  CO_TRY(const auto command,
         co_await parts.commands.cancel(std::move(id), std::move(reason), caller.actor));
  co_return command_answer(command);
}

}  // namespace

void add_admin_command_routes(http::Router& router, const AdminParts& parts) {
  using http::Method;
  const auto act = [&](std::string_view pattern, std::string_view id, auto handler) {
    add_admin_route(router, parts.levels.operator_, Method::post, pattern, id, parts.max_body_bytes,
                    [parts, handler](Request& request, const AdminCaller& caller) {
                      return handler(parts, request, caller);
                    });
  };
  act("/v1/admin/commands", "queueCommand", queue);
  add_admin_route(router, parts.levels.viewer, Method::get, "/v1/admin/commands", "listCommands", 0,
                  [parts](Request& request, const AdminCaller&) { return list(parts, request); });
  add_admin_route(router, parts.levels.viewer, Method::get, "/v1/admin/commands/{command}",
                  "getCommand", 0,
                  [parts](Request& request, const AdminCaller&) { return show(parts, request); });
  act("/v1/admin/commands/{command}/retry", "retryCommand", retry);
  act("/v1/admin/commands/{command}/cancel", "cancelCommand", cancel);
}

}  // namespace b3iq::control
