// A control plane for tests, on the test's own loop: it checks what a node sends with the
// protocol's own code, and answers as it is told to.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/server.h"
#include "protocol/control_plane_identity.h"
#include "protocol/http_signature.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/inventory.h"
#include "protocol/messages/managed_error.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"
#include "protocol/messages/stream_frames.h"
#include "protocol/messages/unenroll.h"
#include "protocol/request_judgement.h"

namespace b3iq::agent {

class ScriptedControlPlane {
 public:
  // Over TLS when there is a certificate.
  ScriptedControlPlane(http::EventLoop& loop, const base::Clock& clock,
                       std::optional<http::TlsFiles> tls = std::nullopt)
      : loop_(loop),
        clock_(clock),
        identity_(protocol::ControlPlaneIdentity::generate(base::system_random())),
        router_(render),
        scheme_(tls ? "https" : "http") {
    add_routes();
    http::ServerOptions options;
    options.listen = {"127.0.0.1", 0};
    options.tls = std::move(tls);
    server_ = http::Server::start(loop, router_, std::move(options)).value();
  }

  std::string url(const std::string& host = "127.0.0.1") const {
    return scheme_ + "://" + host + ":" + std::to_string(server_->port());
  }
  std::uint16_t port() const { return server_->port(); }
  const protocol::ControlPlaneIdentity& identity() const { return identity_; }

  // What it does.
  std::int64_t clock_ahead_ms = 0;
  std::int64_t next_heartbeat_ms = 15'000;
  bool want_inventory = true;  // until it has one
  std::vector<protocol::NodeNotice> notices;
  // Asked before a route does anything: an answer instead of its own. `route` is "heartbeat",
  // "poll", …
  std::function<std::optional<http::Response>(std::string_view route)> instead;
  protocol::StoredNode stored;
  bool hangs = false;         // takes requests and answers none while it is set
  std::string hanging_route;  // likewise
  std::deque<protocol::LeasedCommand> commands;
  std::map<std::string, protocol::LeaseState> leases;  // by command; else held
  std::set<std::string> lost;                          // whose results are not taken
  bool closed_streams = false;                         // takes no frames any more
  std::set<std::string> refused_streams;               // of jobs: no request with one is taken

  // What it has seen.
  std::map<std::string, int> seen;  // requests by route, refused ones too
  std::vector<protocol::Heartbeat> heartbeats;
  std::vector<std::int64_t> sequences;  // of heartbeats that were taken
  std::vector<protocol::InventoryReport> inventories;
  std::vector<protocol::PollRequest> polls;
  std::vector<protocol::CommandResult> results;
  std::vector<std::string> documents;
  std::vector<protocol::LeaseToken> result_leases;        // that results were brought under
  std::optional<protocol::EnrollmentStatement> enrolled;  // the last one
  bool had_token = false;                                 // who asked for the last challenge
  int left = 0;
  std::map<std::string, std::vector<std::string>> streams;  // frames by job
  std::vector<std::size_t> frame_batches;                   // how many streams each request had

  std::int64_t now_ms() const { return clock_.wall_ms() + clock_ahead_ms; }

  // A command for the node; its id.
  protocol::CommandId command(protocol::CommandArguments arguments) {
    const auto id = protocol::CommandId::make(now_ms(), base::system_random());
    lease(id, std::move(arguments));
    return id;
  }
  void lease(const protocol::CommandId& id, protocol::CommandArguments arguments) {
    commands.push_back({id, std::move(arguments), protocol::LeaseToken::make(base::system_random()),
                        now_ms() + protocol::kDefaultLeaseMs, now_ms(), now_ms() + 3'600'000, 1});
  }

  static http::Response refusal(base::ErrorCode code, protocol::ManagedErrorFacts facts = {}) {
    http::Response response;
    response.status = base::error_info(code).http_status;
    response.body = protocol::managed_error_body({code, "No."}, facts, "req");
    return response;
  }

 private:
  using Answer = base::Task<base::Result<http::Response>>;
  struct Refused {
    http::Response response;
  };

  static http::Response render(const base::Error& error, const http::Request&) {
    http::Response response;
    response.status = base::error_info(error.code).http_status;
    response.body = protocol::managed_error_body(error, {}, "req");
    return response;
  }
  static http::Response ok(std::string body) {
    http::Response response;
    response.body = std::move(body);
    return response;
  }
  static std::string header(const http::Request& request, std::string_view name) {
    return std::string(request.header(name).value_or(""));
  }

  // Nothing when the request may take effect.
  std::optional<http::Response> check(const http::Request& request, protocol::SignatureTag tag,
                                      std::optional<std::int64_t> boot_epoch) {
    const protocol::CoveredRequest covered{request.method_text, request.target, "", request.body};
    const auto digest = header(request, "Content-Digest");
    const auto audience = header(request, "B3IQ-Audience");
    const auto sequence = header(request, "B3IQ-Sequence");
    const auto input = header(request, "Signature-Input");
    const auto signature = header(request, "Signature");
    const protocol::ReceivedHeaders headers{digest, audience, sequence, input, signature};
    const auto seconds = now_ms() / 1000;
    const auto verified =
        protocol::verify_request(covered, headers, {tag, identity_.id(), seconds}, node_key_);
    if (!verified.ok()) {
      const auto refused = protocol::signature_refusal(verified.error(), headers, seconds);
      http::Response response;
      response.status = base::error_info(refused.error.code).http_status;
      response.body = protocol::managed_error_body(refused.error, refused.facts, "req");
      return response;
    }
    stored.last_sequence = last_[tag];
    const auto judged = protocol::judge_request(*verified, {node_id_, boot_epoch}, &stored);
    if (judged.refused) {
      http::Response response;
      response.status = base::error_info(judged.refused->error.code).http_status;
      response.body =
          protocol::managed_error_body(judged.refused->error, judged.refused->facts, "req");
      return response;
    }
    last_[tag] = judged.accepted->last_sequence;
    stored.boot_epoch = judged.accepted->boot_epoch;
    return std::nullopt;
  }

 public:
  void raise_sequence(protocol::SignatureTag tag, std::int64_t by) { last_[tag] += by; }

 private:
  template <class F>
  void route(http::Method method, std::string_view pattern, std::string_view name, F handler) {
    router_.add(method, pattern, name, open_, render, 8 * 1024 * 1024,
                [this, name = std::string(name), handler](
                    http::Request& request, const http::Public::Principal&) -> Answer {
                  ++seen[name];
                  while ((hangs || hanging_route == name) && !request.cancel.cancelled())
                    co_await loop_.sleep(1);
                  if (instead) {
                    if (auto answer = instead(name)) co_return *std::move(answer);
                  }
                  co_return handler(request);
                });
  }

  void add_routes() {
    using http::Method;
    route(Method::post, protocol::kChallengesPath, "challenge",
          [this](http::Request& request) { return challenge(request); });
    route(Method::post, protocol::kEnrollmentPath, "enroll",
          [this](http::Request& request) { return enroll(request); });
    route(Method::post, "/v1/nodes/{node}/heartbeats", "heartbeat",
          [this](http::Request& request) { return heartbeat(request); });
    route(Method::put, "/v1/nodes/{node}/inventory", "inventory",
          [this](http::Request& request) { return inventory(request); });
    route(Method::post, "/v1/nodes/{node}/commands/poll", "poll",
          [this](http::Request& request) { return poll(request); });
    route(Method::post, "/v1/nodes/{node}/commands/{command}/result", "result",
          [this](http::Request& request) { return result(request); });
    route(Method::post, "/v1/nodes/{node}/frames", "frames",
          [this](http::Request& request) { return frames(request); });
    route(Method::post, "/v1/nodes/{node}/unenroll", "unenroll",
          [this](http::Request& request) { return unenroll(request); });
    route(Method::get, "/elsewhere", "elsewhere", [](http::Request&) { return ok("{}"); });
    route(Method::post, "/elsewhere", "elsewhere", [](http::Request&) { return ok("{}"); });
  }

  http::Response challenge(http::Request& request) {
    const auto asked = protocol::decode_challenge_request(request.body);
    if (!asked.ok()) return refusal(asked.error().code);
    had_token = !asked->enrollment_token.empty();
    node_id_ = asked->node_id;
    node_key_ = asked->public_key;
    protocol::Challenge challenge;
    challenge.challenge_id = protocol::ChallengeId::make(now_ms(), base::system_random());
    base::system_random().fill(challenge.nonce);
    challenge.node_id = asked->node_id;
    challenge.server_time_ms = now_ms();
    challenge.expires_at_ms = now_ms() + protocol::kChallengeLifeMs;
    return ok(protocol::encode_challenge(challenge, identity_));
  }

  http::Response enroll(http::Request& request) {
    auto statement = protocol::decode_enrollment(request.body, now_ms());
    if (!statement.ok()) return refusal(statement.error().code);
    if (auto refused = check(request, protocol::SignatureTag::enroll, statement->boot_epoch))
      return *std::move(refused);
    const protocol::RouterMasterSecret master(
        crypto::SecretBytes<32>::random(base::system_random()));
    protocol::EnrollmentAnswer answer;
    answer.heartbeat_interval_ms = next_heartbeat_ms;
    answer.server_time_ms = now_ms();
    answer.router_key_id = protocol::router_key_id_of(node_id_, 1);
    answer.router_secret_sealed =
        protocol::seal_router_secret(master.derive(node_id_, 1),
                                     statement->transport_key.binding.public_key_x25519)
            .value();
    enrolled = std::move(statement).value();
    return ok(protocol::encode_enrollment_answer(answer));
  }

  http::Response heartbeat(http::Request& request) {
    const auto beat = protocol::decode_heartbeat(request.body);
    if (!beat.ok()) return refusal(beat.error().code);
    if (auto refused = check(request, protocol::SignatureTag::heartbeat, beat->boot_epoch))
      return *std::move(refused);
    heartbeats.push_back(*beat);
    sequences.push_back(last_[protocol::SignatureTag::heartbeat]);
    protocol::HeartbeatAnswer answer;
    answer.server_time_ms = now_ms();
    answer.command_cursor = cursor_;
    answer.want_inventory = answer.want_readiness = want_inventory;
    answer.next_heartbeat_ms = next_heartbeat_ms;
    answer.notices = notices;
    return ok(protocol::encode_heartbeat_answer(answer));
  }

  http::Response inventory(http::Request& request) {
    auto report = protocol::decode_inventory_report(request.body);
    if (!report.ok()) return refusal(report.error().code);
    if (auto refused = check(request, protocol::SignatureTag::inventory, report->boot_epoch))
      return *std::move(refused);
    inventories.push_back(std::move(report).value());
    want_inventory = false;
    protocol::InventoryAnswer answer;
    answer.server_time_ms = now_ms();
    return ok(protocol::encode_inventory_answer(answer));
  }

  http::Response poll(http::Request& request) {
    const auto asked = protocol::decode_poll(request.body);
    if (!asked.ok()) return refusal(asked.error().code);
    if (auto refused = check(request, protocol::SignatureTag::poll, asked->boot_epoch))
      return *std::move(refused);
    polls.push_back(*asked);
    protocol::PollAnswer answer;
    answer.server_time_ms = now_ms();
    answer.cursor = ++cursor_;
    while (!commands.empty() && static_cast<std::int64_t>(answer.commands.size()) < asked->max) {
      answer.commands.push_back(std::move(commands.front()));
      commands.pop_front();
    }
    for (const auto& held : asked->held) {
      const auto found = leases.find(held.command_id.text());
      const auto state = found == leases.end() ? protocol::LeaseState::held : found->second;
      answer.leases.push_back(
          {held.command_id, state,
           state == protocol::LeaseState::held ? now_ms() + protocol::kDefaultLeaseMs : 0});
    }
    return ok(protocol::encode_poll_answer(answer));
  }

  http::Response result(http::Request& request) {
    auto brought = protocol::decode_result_request(request.body, node_key_);
    if (!brought.ok()) {
      ADD_FAILURE() << brought.error().detail;
      return refusal(brought.error().code);
    }
    if (auto refused = check(request, protocol::SignatureTag::result, std::nullopt))
      return *std::move(refused);
    const auto id = brought->result.command_id;
    if (lost.contains(id.text())) return refusal(base::ErrorCode::lease_lost);
    const auto state = brought->result.succeeded() ? protocol::CommandState::succeeded
                                                   : protocol::CommandState::failed;
    results.push_back(std::move(brought->result));
    result_leases.push_back(brought->lease_token);
    documents.push_back(std::move(brought->document));
    return ok(protocol::encode_result_answer({id, state}));
  }

  http::Response frames(http::Request& request) {
    auto brought = protocol::decode_stream_frames(request.body);
    if (!brought.ok()) {
      ADD_FAILURE() << brought.error().detail;
      return refusal(brought.error().code);
    }
    if (auto refused = check(request, protocol::SignatureTag::frames, std::nullopt))
      return *std::move(refused);
    frame_batches.push_back(brought->size());
    for (const auto& stream : *brought)
      if (refused_streams.contains(stream.job_id.text()))
        return refusal(base::ErrorCode::invalid_request);
    std::vector<protocol::StreamTaken> taken;
    for (auto& stream : *brought) {
      auto& there = streams[stream.job_id.text()];
      EXPECT_LE(stream.first, there.size()) << "a gap";
      const auto known = std::min(there.size() - stream.first, stream.frames.size());
      for (auto i = known; i < stream.frames.size(); ++i) there.push_back(stream.frames[i]);
      taken.push_back(
          {stream.job_id,
           closed_streams ? protocol::StreamStanding::closed : protocol::StreamStanding::open,
           static_cast<std::uint32_t>(there.size())});
    }
    return ok(protocol::encode_stream_frames_answer(taken));
  }

  http::Response unenroll(http::Request& request) {
    const auto asked = protocol::decode_unenroll(request.body);
    if (!asked.ok()) return refusal(asked.error().code);
    if (auto refused = check(request, protocol::SignatureTag::unenroll, asked->boot_epoch))
      return *std::move(refused);
    ++left;
    return ok(protocol::encode_unenroll_answer({now_ms()}));
  }

  http::EventLoop& loop_;
  const base::Clock& clock_;
  protocol::ControlPlaneIdentity identity_;
  http::Public open_;
  http::Router router_;
  std::string scheme_;
  std::unique_ptr<http::Server> server_;
  protocol::NodeId node_id_;
  crypto::Ed25519PublicKey node_key_;
  std::map<protocol::SignatureTag, std::int64_t> last_;
  std::int64_t cursor_ = 0;
};

}  // namespace b3iq::agent
