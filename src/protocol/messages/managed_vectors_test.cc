// The golden vectors of the managed plane: made here, of fixed keys and examples, and compared byte
// by byte with the files. web/shared/src/verify/managed_vectors.test.ts checks them with another
// language.
//   B3IQ_WRITE_VECTORS=1 protocol_test --gtest_filter='ManagedVectors.*'   writes the files anew.
#include <gtest/gtest.h>

#include "protocol/document_writer.h"
#include "protocol/http_signature.h"
#include "protocol/messages/message_examples.h"
#include "protocol/public_network_view.h"
#include "protocol/readiness.h"
#include "protocol/vector_file.h"
#include "protocol/vector_writer.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

class VectorWriter {
 public:
  explicit VectorWriter(std::string_view comment) : w_(text_) {
    w_.begin_object();
    w_.member("comment", comment);
    w_.member("node_seed", kNodeSeed);
    w_.member("node_id", node().node_id().text());
    w_.member("node_public_key", base::to_base64url(node().public_key().bytes));
    w_.member("control_plane_seed", kControlPlaneSeed);
    w_.member("control_plane_id", control_plane().id().text());
    w_.member("control_plane_public_key", base::to_base64url(control_plane().public_key().bytes));
  }
  json::Writer& json() { return w_; }
  // A signed request that carries `body`.
  void request(std::string_view name, std::string_view method, const std::string& path,
               const std::string& body, SignatureTag tag) {
    CountingRandom random;
    const SignatureHeaders headers = sign_request(
        {method, path, "", body}, {tag, control_plane().id(), 17, kNowMs / 1000}, node(), random);
    w_.key(name);
    w_.begin_object();
    w_.member("method", method);
    w_.member("path", path);
    w_.member("tag", wire_name(tag));
    w_.member("body", body);
    w_.member("content_digest", headers.content_digest);
    w_.member("audience", headers.audience);
    w_.member("sequence", headers.sequence);
    w_.member("signature_input", headers.signature_input);
    w_.member("signature", headers.signature);
    w_.end_object();
  }
  void compare(const std::string& file) {
    w_.end_object();
    compare_vectors(file, text_);
  }

 private:
  std::string text_;
  json::Writer w_;
};

// Names the case, so that a failure shows which.
void write_refused(json::Writer& w, std::string_view name, std::string_view body,
                   const base::Error& error) {
  w.begin_object();
  w.member("name", name);
  w.member("body", body);
  w.member("code", base::error_info(error.code).wire_name);
  w.member("param", error.param);
  w.end_object();
}

TEST(ManagedVectors, TransportKeyBinding) {
  VectorWriter v(
      "b3iq-transport-key-v1: signed_binding is the canonical text with its signature over "
      "'b3iq-transport-key-v1' 0x00 and the canonical text without it. transport_secret is the "
      "X25519 secret in hex. now is a time at which it is valid.");
  v.json().member("transport_secret", kTransportSecret);
  v.json().member("transport_public_key", base::to_base64url(transport_key().public_key().bytes));
  v.json().member("key_id", transport_key().key_id().text());
  write_time(v.json(), "now", kNowMs);
  v.json().member("signed_binding", encode_transport_key_binding(binding()));
  v.compare("managed_transport_key_binding.json");
}

TEST(ManagedVectors, Challenge) {
  VectorWriter v(
      "The first exchange of an enrollment: 'request' is sent unsigned; 'challenge' is signed by "
      "the control plane (b3iq-enrollment-challenge-v1). The token is an example.");
  v.json().member("request", encode_challenge_request(challenge_request()));
  v.json().member("challenge", encode_challenge(challenge(), control_plane()));
  v.json().key("refused_requests");
  v.json().begin_array();
  for (std::string_view body :
       {R"({})", R"({"node_id":"b3n_x"})", R"({"node_id":7,"public_key_ed25519":"","x":1})"}) {
    write_refused(v.json(), "a request that is not complete", body,
                  decode_challenge_request(body).error());
  }
  v.json().end_array();
  v.compare("managed_challenge.json");
}

// A sealed box is another one each time, so the vector's own is opened and put back.
SealedRouterSecret sealed_of_the_vector() {
  if (::getenv("B3IQ_WRITE_VECTORS") == nullptr) {
    const auto vectors = read_vectors("managed_enrollment.json");
    const auto answer = decode_enrollment_answer(text_of(vectors.root(), "answer"));
    EXPECT_TRUE(answer.ok());
    if (answer.ok()) return answer->router_secret_sealed;
  }
  return seal_router_secret(master().derive(node().node_id(), 1), transport_key().public_key())
      .value();
}

TEST(ManagedVectors, Enrollment) {
  VectorWriter v(
      "The second exchange: 'statement' is b3iq-enrollment-v1, signed by the node, and 'request' "
      "the signed request that carries it. The router secret is HMAC-SHA-256 of router_master over "
      "'b3iq-router-secret-v1' 0x00 node_id 0x00 router_generation; router_secret_sealed is a "
      "libsodium sealed box to the binding's key, whose secret is transport_secret.");
  v.json().member("transport_secret", kTransportSecret);
  v.json().member("router_master", kMasterSecret);
  v.json().member("router_generation", 1);
  v.json().member("router_secret", base::to_hex(master().derive(node().node_id(), 1).reveal()));
  v.json().member("router_key_id", router_key_id_of(node().node_id(), 1).text());
  const std::string text = encode_enrollment(statement(), node());
  v.json().member("statement", text);
  v.request("request", "POST", std::string(kEnrollmentPath), text, SignatureTag::enroll);
  const SealedRouterSecret sealed = sealed_of_the_vector();
  const auto opened = open_router_secret(sealed, transport_key());
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(
      base::equal_constant_time(opened->reveal(), master().derive(node().node_id(), 1).reveal()));
  v.json().member("answer", encode_enrollment_answer(enrollment_answer(sealed)));
  v.request("unenroll", "POST", unenroll_path(node().node_id()), encode_unenroll({kBootEpoch}),
            SignatureTag::unenroll);
  v.json().member("unenroll_answer", encode_unenroll_answer({kNowMs}));
  v.compare("managed_enrollment.json");
}

TEST(ManagedVectors, Heartbeat) {
  VectorWriter v(
      "A heartbeat, its answer, and the error of a clock that is 601 s behind. The hashes are "
      "those "
      "of managed_inventory.json.");
  v.request("request", "POST", heartbeats_path(node().node_id()), encode_heartbeat(heartbeat()),
            SignatureTag::heartbeat);
  v.json().member("answer", encode_heartbeat_answer(heartbeat_answer()));
  const base::Error error(base::ErrorCode::clock_skew, "The clocks differ.");
  v.json().member("clock_skew_error", managed_error_body(error, {kNowMs, -601, {}}, "req_1"));
  const base::Error replay(base::ErrorCode::replayed, "Taken already.", "", 1'000);
  v.json().member("replay_error", managed_error_body(replay, {{}, {}, 17}, "req_2"));
  v.compare("managed_heartbeat.json");
}

TEST(ManagedVectors, Inventory) {
  VectorWriter v(
      "A report of both parts; each hash is SHA-256 of the part's canonical text, in base64url.");
  v.request("request", "PUT", inventory_path(node().node_id()),
            encode_inventory_report(inventory_report()), SignatureTag::inventory);
  v.json().member("inventory", canonical_inventory(inventory()));
  v.json().member("inventory_hash", base::to_base64url(inventory_hash(inventory())));
  v.json().member("readiness", canonical_readiness(readiness()));
  v.json().member("readiness_hash", base::to_base64url(readiness_hash(readiness())));
  v.json().member("answer", encode_inventory_answer({kNowMs, inventory_hash(inventory()), {}}));
  v.compare("managed_inventory.json");
}

TEST(ManagedVectors, Poll) {
  VectorWriter v(
      "A poll that also renews a lease, and the answers that bring one command of each kind.");
  v.request("request", "POST", poll_path(node().node_id()), encode_poll(poll()),
            SignatureTag::poll);
  v.json().key("answers");
  v.json().begin_array();
  for (const CommandArguments& arguments : all_arguments()) {
    v.json().begin_object();
    v.json().member("kind", wire_name(kind_of(arguments)));
    v.json().member("answer", encode_poll_answer(poll_answer(arguments)));
    v.json().end_object();
  }
  v.json().end_array();
  v.compare("managed_poll.json");
}

TEST(ManagedVectors, Result) {
  VectorWriter v(
      "b3iq-command-result-v1 of every kind and one failure, signed by the node; 'request' carries "
      "the first under its lease.");
  v.json().key("results");
  v.json().begin_array();
  const auto write = [&](std::string_view name, const CommandResult& result) {
    const std::string document = sign_command_result(result, node());
    v.json().begin_object();
    v.json().member("name", name);
    v.json().member("document", document);
    v.json().member("document_hash", base::to_hex(crypto::sha256(document)));
    v.json().end_object();
  };
  for (const CommandOutcome& outcome : all_outcomes())
    write(wire_name(kind_of(outcome)), result_of(outcome, kind_of(outcome)));
  write("failed", result_of(failure(), CommandKind::model_install));
  v.json().end_array();
  const auto first = result_of(all_outcomes()[0], CommandKind::benchmark_smoke);
  v.request("request", "POST", result_path(node().node_id(), command_id()),
            encode_result_request(lease_token(), sign_command_result(first, node())),
            SignatureTag::result);
  v.json().member("answer", encode_result_answer({command_id(), CommandState::succeeded}));
  v.compare("managed_result.json");
}

TEST(ManagedVectors, Readiness) {
  VectorWriter v(
      "Every blocker in gate order with its public texts, and the public verdict on a node of "
      "which "
      "nothing is known.");
  v.json().key("blockers");
  v.json().begin_array();
  for (std::size_t i = 0; i < kReadinessBlockers; ++i) {
    const BlockerInfo& info = blocker_info(static_cast<ReadinessBlocker>(i));
    v.json().begin_object();
    v.json().member("code", info.code);
    v.json().member("gate", wire_name(info.gate));
    v.json().member("message", info.message);
    v.json().member("next_action", info.next_action);
    v.json().end_object();
  }
  v.json().end_array();
  ReadinessFacts facts;
  facts.now_ms = kNowMs;
  v.json().key("nothing_known");
  write_json(v.json(), public_readiness(node().node_id(), "llama3.1:8b", facts));
  v.compare("managed_readiness.json");
}

}  // namespace
}  // namespace b3iq::protocol
