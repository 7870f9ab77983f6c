#include "control/enrollment/node_enrollment_routes.h"

#include "protocol/messages/managed_paths.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using protocol::SignatureTag;

void add_enrollment_routes(http::Router& router, const EnrollmentRouteParts& parts) {
  auto challenge = [parts](http::Request& request,
                           const http::Public::Principal&) -> Task<Result<http::Response>> {
    CO_TRY_OK(parts.buckets.take(parts.level.auth.address_of(request)));
    CO_TRY(auto asked, protocol::decode_challenge_request(request.body));
    CO_TRY(auto body, co_await parts.enrollments.challenge(std::move(asked)));
    co_return json_response(std::move(body));
  };
  router.add(http::Method::post, protocol::kChallengesPath, "createEnrollmentChallenge",
             parts.anybody, managed_error, protocol::kMaxChallengeRequestBytes, challenge);

  // The key is the statement's own: a node that enrolls is not known yet.
  auto enroll = [parts](http::Request& request,
                        const NodeClaim& claim) -> Task<Result<http::Response>> {
    protocol::ManagedErrorFacts facts;
    auto run = [&]() -> Task<Result<std::string>> {
      CO_TRY_OK(parts.buckets.take(parts.level.auth.address_of(request)));
      CO_TRY(const auto statement,
             protocol::decode_enrollment(request.body, parts.clock.wall_ms()));
      if (statement.node_id != claim.node_id()) {
        co_return base::Error(base::ErrorCode::invalid_signature,
                              "The request is signed by another node than the statement is about.",
                              "node_id");
      }
      CO_TRY(const auto verified, parts.level.auth.verify_with(request, SignatureTag::enroll, claim,
                                                               statement.public_key, facts));
      const SignedAct act{SignatureTag::enroll, verified, statement.boot_epoch, &facts};
      CO_TRY(const auto answer, co_await parts.enrollments.enroll(act, statement, request.body));
      co_return protocol::encode_enrollment_answer(answer);
    };
    auto task = run();
    auto body = co_await std::move(task);
    if (!body.ok()) co_return outward_refusal(body.error(), facts, request);
    co_return json_response(std::move(body).value());
  };
  router.add(http::Method::post, protocol::kEnrollmentPath, "enrollNode", parts.level,
             managed_error, protocol::kMaxEnrollmentBytes, enroll);
}

}  // namespace b3iq::control
