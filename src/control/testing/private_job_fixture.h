// Tests only: a customer with credit and a node that lives, on each database; private jobs through
// the routes from both sides.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "control/testing/control_fixture.h"
#include "control/testing/edge_call.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/inventory.h"
#include "protocol/messages/managed_paths.h"
#include "protocol/messages/poll.h"
#include "protocol/messages/receipt_batch.h"

namespace b3iq::control {

struct TestCustomer {
  std::string id;
  std::string token;
};

class PrivateJobFixture : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    customer_ = new_customer("10000");
    node_ = std::make_unique<TestNode>(living_node());
  }

  EdgeAnswer admin(http::Method method, const std::string& target, const std::string& body = "") {
    return call(app(), {method, target, body, std::string(app().operator_token()), {}});
  }
  TestCustomer new_customer(const std::string& wei) {
    const auto made = admin(http::Method::post, "/v1/admin/customers", R"({"name":"Ada"})");
    const auto id = made.member("customer_id");
    const auto token = admin(http::Method::post, "/v1/admin/customers/" + id + "/tokens", "{}");
    EXPECT_EQ(token.status, 200) << token.body;
    if (wei != "0") {
      const auto credited = admin(http::Method::post, "/v1/admin/customers/" + id + "/credits",
                                  R"({"amount_wei":")" + wei + R"(","reference":"first"})");
      EXPECT_EQ(credited.status, 200) << credited.body;
    }
    return {id, token.member("secret")};
  }
  TestNode living_node() {
    auto node = enrolled_node();
    heartbeat_ok(node);
    return node;
  }
  TestNode& node() { return *node_; }
  const TestCustomer& ada() const { return customer_; }

  EdgeRequest request_of(const TestCustomer& who, http::Method method, std::string target,
                         std::string body = "") const {
    EdgeRequest request{method, std::move(target), std::move(body), "", {}};
    request.headers = {{"X-B3IQ-Customer-ID", who.id}, {"X-B3IQ-Customer-Token", who.token}};
    return request;
  }
  EdgeAnswer as(const TestCustomer& who, http::Method method, const std::string& target,
                const std::string& body = "") {
    return call(app(), request_of(who, method, target, body));
  }
  EdgeAnswer get(const std::string& target) { return as(ada(), http::Method::get, target); }

  // Nothing in it is really sealed: the control plane cannot see the difference.
  static protocol::SealedEnvelope envelope_for(const TestNode& node) {
    protocol::SealedEnvelope envelope;
    envelope.key_id = node.transport_key.key_id();
    envelope.client_public_key =
        protocol::TransportKey::generate(base::system_random()).public_key();
    base::system_random().fill(envelope.nonce);
    envelope.ciphertext.assign(48, 7);
    return envelope;
  }
  static std::string json_of(const protocol::SealedEnvelope& envelope) {
    std::string text;
    json::Writer w(text);
    protocol::write_sealed_envelope(w, envelope);
    return text;
  }
  static std::string job_body(const TestNode& node, const std::string& job_id,
                              const protocol::SealedEnvelope& envelope,
                              const std::string& more = "") {
    return fmt::format(
        R"({{"job_id":"{}","node_id":"{}","model_id":"llama3.1:8b"{},"encrypted_request":{}}})",
        job_id, node.id().text(), more, json_of(envelope));
  }
  std::string fresh_body(const std::string& job_id, const std::string& more = "") {
    return job_body(node(), job_id, envelope_for(node()), more);
  }
  EdgeAnswer queue(const std::string& body) { return queue_as(ada(), body); }
  EdgeAnswer queue_as(const TestCustomer& who, const std::string& body,
                      const std::string& idempotency_key = "") {
    auto request = request_of(who, http::Method::post, "/v1/private-inference/jobs", body);
    if (!idempotency_key.empty()) request.headers.emplace_back("Idempotency-Key", idempotency_key);
    return call(app(), request);
  }
  // As send() and send_to() take it.
  TestRequest test_request(const TestCustomer& who, http::Method method, std::string path,
                           std::string body = "") const {
    TestRequest request{method, std::move(path), "", std::move(body), {}};
    request.headers = {{"X-B3IQ-Customer-ID", who.id}, {"X-B3IQ-Customer-Token", who.token}};
    return request;
  }
  void queue_ok(const std::string& job_id) {
    const auto queued = queue(fresh_body(job_id));
    ASSERT_EQ(queued.status, 202) << queued.body;
  }

  // The node's side.
  protocol::PollAnswer poll(TestNode& by, std::vector<protocol::HeldCommand> held = {},
                            std::int64_t max = 4) {
    protocol::PollRequest asked;
    asked.boot_epoch = by.boot_epoch;
    asked.max = max;
    asked.kinds = {protocol::CommandKind::private_inference};
    asked.held = std::move(held);
    const auto answer =
        send(by.sign(protocol::SignatureTag::poll, http::Method::post, protocol::poll_path(by.id()),
                     protocol::encode_poll(asked), audience()));
    EXPECT_EQ(answer.status, 200) << answer.body;
    auto decoded = protocol::decode_poll_answer(answer.body);
    EXPECT_TRUE(decoded.ok()) << answer.body;
    return decoded.ok() ? *decoded : protocol::PollAnswer{};
  }
  protocol::LeasedCommand take_one(TestNode& by) {
    auto polled = poll(by, {}, 1);
    EXPECT_EQ(polled.commands.size(), 1U);
    return polled.commands.empty() ? protocol::LeasedCommand{} : polled.commands.front();
  }
  static const protocol::PrivateInferenceArguments& arguments_of(
      const protocol::LeasedCommand& leased) {
    return std::get<protocol::PrivateInferenceArguments>(leased.arguments);
  }
  protocol::Receipt receipt_for(const protocol::LeasedCommand& leased, const TestNode& by) const {
    const auto& arguments = arguments_of(leased);
    protocol::Receipt receipt;
    receipt.node_id = by.id();
    receipt.job_id = arguments.job_id;
    receipt.model_id = arguments.model_id;
    receipt.model_profile_id = "Llama-3.1-8B-Q4";  // its own name of what the customer's stands for
    receipt.runtime_kind = "embedded";
    receipt.dispatch_mode = protocol::DispatchMode::private_job;
    receipt.privacy_class = arguments.privacy_class;
    receipt.usage = {100, 200};
    receipt.policy_version = arguments.policy_version;
    receipt.started_at_ms = receipt.completed_at_ms = clock_.wall_ms();
    base::system_random().fill(receipt.content_commitment);
    return receipt;
  }
  static protocol::SignedReceipt signed_by(const TestNode& by, const protocol::Receipt& receipt) {
    return {receipt,
            protocol::sign_receipt(protocol::encode_receipt(receipt).document, by.identity)};
  }
  static std::string hash_of(const protocol::Receipt& receipt) {
    return protocol::receipt_hash_text(protocol::encode_receipt(receipt).hash);
  }
  using Outcome = std::variant<protocol::CommandOutcome, protocol::CommandFailure>;
  // A sealed answer for the job's request.
  static Outcome answer_to(const protocol::LeasedCommand& leased,
                           std::optional<protocol::SignedReceipt> receipt) {
    auto envelope = arguments_of(leased).envelope;
    envelope.ciphertext.assign(64, 9);
    return protocol::CommandOutcome(
        protocol::PrivateInferenceOutcome{std::move(envelope), std::move(receipt)});
  }
  std::string result_body(const protocol::LeasedCommand& leased, const TestNode& by,
                          Outcome outcome) const {
    protocol::CommandResult result;
    result.node_id = by.id();
    result.control_plane_id = audience();
    result.command_id = leased.command_id;
    result.kind = protocol::CommandKind::private_inference;
    result.outcome = std::move(outcome);
    result.started_at_ms = result.completed_at_ms = clock_.wall_ms();
    return protocol::encode_result_request(leased.lease_token,
                                           protocol::sign_command_result(result, by.identity));
  }
  TestRequest result_request(const protocol::LeasedCommand& leased, TestNode& by,
                             const std::string& body) const {
    return by.sign(protocol::SignatureTag::result, http::Method::post,
                   protocol::result_path(by.id(), leased.command_id), body, audience());
  }
  TestAnswer bring(const protocol::LeasedCommand& leased, TestNode& by, Outcome outcome) {
    return send(result_request(leased, by, result_body(leased, by, std::move(outcome))));
  }
  // Takes the one job that waits, and brings a whole answer with a receipt that counts.
  protocol::Receipt do_one(TestNode& by) {
    const auto leased = take_one(by);
    const auto receipt = receipt_for(leased, by);
    const auto brought = bring(leased, by, answer_to(leased, signed_by(by, receipt)));
    EXPECT_EQ(brought.status, 200) << brought.body;
    return receipt;
  }
  protocol::ReceiptAnswer submit(TestNode& by, const protocol::Receipt& receipt) {
    const auto encoded = protocol::encode_receipt(receipt);
    const protocol::OutgoingReceipt sent{
        protocol::receipt_hash_text(encoded.hash),
        protocol::sign_encoded_receipt(encoded.document, by.identity)};
    const auto answer = send(by.sign(
        protocol::SignatureTag::receipts, http::Method::post, protocol::receipts_path(by.id()),
        protocol::encode_receipt_batch(std::vector{sent}), audience()));
    EXPECT_EQ(answer.status, 200) << answer.body;
    auto decoded = protocol::decode_receipt_batch_answer(answer.body);
    EXPECT_TRUE(decoded.ok());
    return decoded.ok() ? decoded->receipts.at(0) : protocol::ReceiptAnswer{};
  }
  void sweep() { ASSERT_TRUE(run(app().command_clock().sweep()).ok()); }
  // The time after which a heartbeat and a token are old is jumped over.
  void pass_ms(std::int64_t ms) {
    clock_.advance_ms(ms);
    heartbeat_ok(node());
  }

  std::string member_of(const std::string& job_id, const std::string& name) {
    return get("/v1/billing/jobs/" + job_id).member(name);
  }
  // "balance reserved".
  std::string money(const TestCustomer& who) {
    const auto account = as(who, http::Method::get, "/v1/billing/account");
    return account.member("balance_wei") + " " + account.member("reserved_wei");
  }
  std::string money() { return money(ada()); }
  // "status billing".
  std::string state(const std::string& job_id) {
    const auto answer = get("/v1/billing/jobs/" + job_id);
    return answer.member("status") + " " + answer.member("billing_status");
  }
  void expect_ledger_holds() {
    const auto verdict = admin(http::Method::get, "/v1/admin/ledger/verification");
    EXPECT_NE(verdict.body.find(R"("holds_true":true)"), std::string::npos) << verdict.body;
  }

 private:
  TestCustomer customer_;
  std::unique_ptr<TestNode> node_;
};

}  // namespace b3iq::control
