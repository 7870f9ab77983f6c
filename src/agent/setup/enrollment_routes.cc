#include "agent/setup/enrollment_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 8 * 1024;
constexpr std::size_t kMaxAllowedKinds = 16;

std::string_view detail_of(const ManagedReport& report) {
  if (!report.record) {
    return "This node works for its owner alone and speaks to no control plane. To change that: "
           "b3iq-host enroll";
  }
  if (!report.serves) return "The node is enrolled, and does not serve now: b3iq-host serve";
  switch (report.link.state) {
    case LinkState::connecting:
      return "The first heartbeat is on its way.";
    case LinkState::connected:
      return "The control plane takes this node's heartbeats.";
    case LinkState::unreachable:
      return "The last heartbeat failed and is tried again. The node serves its owner as before.";
    case LinkState::suspended:
      return "The control plane has suspended this node. The node serves its owner as before.";
    case LinkState::removed:
      return "The control plane does not know this node any more. The node serves its owner as "
             "before.";
    case LinkState::superseded:
      return "Another machine runs with this node's identity, and started later. This one serves "
             "its owner as before.";
  }
  return "";
}

std::string_view state_of(const ManagedReport& report) {
  if (!report.record) return "not_enrolled";
  return report.serves ? link_state_name(report.link.state) : "stopped";
}

void write_time(json::Writer& w, std::string_view name, std::optional<std::int64_t> at_ms) {
  w.key(name);
  if (at_ms) {
    w.value(base::format_rfc3339(*at_ms));
  } else {
    w.null();
  }
}

void write_texts(json::Writer& w, std::string_view name, const std::vector<std::string>& texts) {
  w.key(name);
  w.begin_array();
  for (const auto& text : texts) w.value(text);
  w.end_array();
}

void write_error(json::Writer& w, const std::optional<Error>& error) {
  w.key("error");
  if (!error) {
    w.null();
    return;
  }
  w.begin_object();
  w.member("code", base::error_info(error->code).wire_name);
  w.member("detail", error->detail);
  w.end_object();
}

void write_control_plane(json::Writer& w, const std::optional<EnrollmentRecord>& record) {
  w.key("control_plane");
  if (!record) {
    w.null();
    return;
  }
  w.begin_object();
  w.member("url", record->control_plane_url);
  w.member("id", record->control_plane_id.text());
  w.member("public_key_ed25519", record->control_plane_public_key);
  w.end_object();
}

void write_transport_key(json::Writer& w, const ManagedReport& report) {
  w.key("transport_key");
  if (!report.record) {
    w.null();
    return;
  }
  w.begin_object();
  std::optional<std::int64_t> until_ms;
  if (report.key_bound_until_ms != 0) until_ms = report.key_bound_until_ms;
  write_time(w, "bound_until", until_ms);
  write_error(w, report.key_binding_error);
  w.end_object();
}

void write_blockers(json::Writer& w, const std::vector<protocol::ReadinessBlocker>& blockers) {
  w.key("blockers");
  w.begin_array();
  for (const auto blocker : blockers) {
    const auto& info = protocol::blocker_info(blocker);
    w.begin_object();
    w.member("code", info.code);
    w.member("gate", protocol::wire_name(info.gate));
    w.member("message", info.message);
    w.member("next_action", info.next_action);
    w.end_object();
  }
  w.end_array();
}

void write_commands(json::Writer& w, const ManagedReport& report) {
  w.key("commands");
  w.begin_object();
  write_texts(w, "allowed", report.allowed);
  w.member("pending", static_cast<std::int64_t>(report.pending));
  w.key("running");
  w.begin_array();
  for (const auto& running : report.running) {
    w.begin_object();
    w.member("id", running.id.text());
    w.member("kind", protocol::wire_name(running.kind));
    w.member("phase", protocol::wire_name(running.progress.phase));
    w.member("done", running.progress.done);
    w.member("total", running.progress.total);
    w.end_object();
  }
  w.end_array();
  w.end_object();
}

void write_models(json::Writer& w, const std::vector<ModelBlockers>& models) {
  w.key("models");
  w.begin_array();
  for (const auto& model : models) {
    w.begin_object();
    w.member("id", model.model_id);
    write_blockers(w, model.blockers);
    w.end_object();
  }
  w.end_array();
}

Response enrollment(const ManagedService& managed) {
  return object_answer([&](json::Writer& w) { write_enrollment(w, managed); });
}

Result<std::vector<std::string>> read_allowed(json::Value list) {
  std::vector<std::string> kinds;
  if (!list) return kinds;
  const auto wrong = Error(ErrorCode::invalid_request,
                           "'allow' must be a short list of kinds of commands.", "allow");
  if (!list.is_array() || list.size() > kMaxAllowedKinds) return wrong;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto kind = list.at(i).string();
    if (!kind) return wrong;
    if (std::ranges::find(kinds, *kind) == kinds.end()) kinds.emplace_back(*kind);
  }
  return kinds;
}

Result<EnrollOrder> read_order(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const auto root = document.root();
  if (!root.is_object())
    return Error(ErrorCode::invalid_request, "The body must be a JSON object.");
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto name = root.member(i).name;
    if (name != "control_plane_url" && name != "enrollment_token" && name != "allow") {
      return Error(ErrorCode::invalid_request,
                   fmt::format("There is no member '{}' here.", name.substr(0, 64)),
                   std::string(name.substr(0, 64)));
    }
  }
  const auto url = root.find("control_plane_url").string();
  const auto token = root.find("enrollment_token").string();
  if (!url)
    return Error(ErrorCode::invalid_request, "'control_plane_url' is needed, as a text.",
                 "control_plane_url");
  if (!token)
    return Error(ErrorCode::invalid_request, "'enrollment_token' is needed, as a text.",
                 "enrollment_token");
  TRY(auto allow, read_allowed(root.find("allow")));
  return EnrollOrder{std::string(*url), crypto::Secret(*token), std::move(allow)};
}

Task<Result<Response>> enroll(const EnrollmentRoutes& self, std::string_view body,
                              std::string actor) {
  CO_TRY(auto order, read_order(body));
  CO_TRY_OK(co_await self.managed.enroll(std::move(order), std::move(actor)));
  auto response = enrollment(self.managed);
  response.status = 201;
  co_return response;
}

Task<Result<Response>> unenroll(const EnrollmentRoutes& self, std::string actor) {
  CO_TRY(const auto departure, co_await self.managed.unenroll(std::move(actor)));
  co_return object_answer([&](json::Writer& w) {
    w.member("object", "departure");
    w.member("told", departure.told);
    write_error(w, departure.error);
  });
}

}  // namespace

void write_enrollment(json::Writer& w, const ManagedService& managed) {
  const auto report = managed.report();
  w.member("object", "enrollment");
  w.member("mode", report.record ? "managed" : "local");
  w.member("state", managed.fault() ? "not_usable" : state_of(report));
  w.member("detail",
           managed.fault() ? std::string_view(managed.fault()->detail) : detail_of(report));
  write_control_plane(w, report.record);
  std::optional<std::int64_t> enrolled_at_ms;
  if (report.record) enrolled_at_ms = report.record->enrolled_at_ms;
  write_time(w, "enrolled_at", enrolled_at_ms);
  write_time(w, "last_heartbeat_at", report.link.last_heartbeat_at_ms);
  write_error(w, report.link.error);
  w.key("notices");
  w.begin_array();
  for (const auto notice : report.link.notices) w.value(protocol::wire_name(notice));
  w.end_array();
  w.member("clock_offset_ms", report.clock_offset_ms);
  write_transport_key(w, report);
  write_commands(w, report);
  write_blockers(w, report.blockers);
  write_models(w, report.models);
}

void EnrollmentRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  router.add(Method::get, "/setup/v1/enrollment", "getEnrollment", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return enrollment(self.managed);
             });
  router.add(Method::post, "/setup/v1/enrollment", "enrollNode", levels.owner, native_error,
             kMaxBody, [self](http::Request& request, const Principal& caller) {
               return enroll(self, request.body, std::string(caller.account()));
             });
  router.add(Method::delete_, "/setup/v1/enrollment", "unenrollNode", levels.owner, native_error, 0,
             [self](http::Request&, const Principal& caller) {
               return unenroll(self, std::string(caller.account()));
             });
}

}  // namespace b3iq::agent
