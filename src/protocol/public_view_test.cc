// The exact names that public surfaces may show. A new name here is a decision about privacy, not a
// test to be adapted.
#include "protocol/public_view.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "protocol/identity.h"
#include "protocol/messages/changed_json.h"
#include "protocol/messages/message_examples.h"
#include "protocol/public_network_view.h"
#include "protocol/public_receipt_view.h"
#include "protocol/receipt.h"
#include "protocol/request_judgement.h"

namespace b3iq::protocol {
namespace {

void collect(json::Value value, const std::string& path, std::set<std::string>& names) {
  for (std::size_t i = 0; i < value.size() && value.is_object(); ++i) {
    const auto member = value.member(i);
    const std::string name =
        path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
    names.insert(name);
    collect(member.value, name, names);
  }
}

std::set<std::string> names_of(const std::string& text) {
  std::set<std::string> names;
  auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok());
  if (document.ok()) collect(document->root(), "", names);
  return names;
}

// Of what the node signed.
std::set<std::string> receipt_names() {
  std::set<std::string> names = {"receipt"};
  for (const char* name :
       {"type", "node_id", "job_id", "model_id", "model_profile_id", "runtime_kind",
        "dispatch_mode", "privacy_class", "usage", "usage.prompt_tokens", "usage.completion_tokens",
        "usage.total_tokens", "policy_version", "started_at", "completed_at", "finish",
        "content_commitment", "tee_attestation_hash", "signature_ed25519"})
    names.insert(std::string("receipt.") + name);
  return names;
}

SignedReceipt full_receipt(const NodeIdentity& identity) {
  SignedReceipt signed_receipt;
  Receipt& receipt = signed_receipt.receipt;
  receipt.node_id = identity.node_id();
  receipt.job_id = JobId::make(1, base::system_random());
  receipt.model_id = receipt.model_profile_id = receipt.runtime_kind = "x";
  receipt.policy_version = "1";
  receipt.tee_attestation_hash.emplace();
  signed_receipt.signature = sign_receipt(encode_receipt(receipt).document, identity);
  return signed_receipt;
}

TEST(PublicView, AnAcceptedReceiptShowsTheseNamesAlone) {
  const auto identity = NodeIdentity::generate(base::system_random());
  const auto receipt = full_receipt(identity);
  std::string text;
  json::Writer writer(text);
  write_json(writer, public_accepted_receipt({receipt, ReceiptStatus::evidence_only, 1}));
  auto names = receipt_names();
  for (const char* name : {"receipt_hash", "node_id", "job_id", "node_class", "model_id",
                           "signature_ed25519", "status", "received_at", "batch_id"})
    names.insert(name);
  EXPECT_EQ(names_of(text), names);
  auto document = json::Document::parse(text);
  const auto shown = decode_receipt(document->root().find("receipt"));
  ASSERT_TRUE(shown.ok());
  EXPECT_TRUE(verify_receipt(*shown, identity.public_key()).ok());
}

TEST(PublicView, AReceiptShowsTheseNamesAlone) {
  const auto identity = NodeIdentity::generate(base::system_random());
  const auto signed_receipt = full_receipt(identity);
  std::string text;
  json::Writer writer(text);
  write_json(writer, public_receipt(signed_receipt));
  auto names = receipt_names();
  names.insert("receipt_hash");
  EXPECT_EQ(names_of(text), names);
  // Anybody can check it from what is shown.
  auto document = json::Document::parse(text);
  const auto shown = decode_receipt(document->root().find("receipt"));
  ASSERT_TRUE(shown.ok());
  EXPECT_TRUE(verify_receipt(*shown, identity.public_key()).ok());
  EXPECT_EQ(document->root().find("receipt_hash").string(),
            receipt_hash_text(encode_receipt(signed_receipt.receipt).hash));
}

TEST(PublicView, ANodeShowsTheseNamesAlone) {
  const auto identity = NodeIdentity::generate(base::system_random());
  std::string text;
  json::Writer writer(text);
  write_json(writer, public_node(identity));
  EXPECT_EQ(names_of(text), (std::set<std::string>{"node_id", "public_key_ed25519"}));
}

template <class View>
std::string text_of_view(const View& view) {
  std::string text;
  json::Writer writer(text);
  write_json(writer, view);
  return text;
}

// With the members of a list's first element.
std::set<std::string> names_with_lists(const std::string& text) {
  auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  std::vector<std::string> paths;
  if (document.ok()) list_paths(document->root(), "", paths);
  return {paths.begin(), paths.end()};
}

// A marker in every text that a node or its control plane could put there.
constexpr std::string_view kMarker = "MARKER-7f3a";

NodeFacts node_facts() {
  NodeFacts facts;
  facts.node_id = fixture::node().node_id();
  facts.public_key = fixture::node().public_key();
  facts.heartbeat_at_ms = fixture::kNowMs - 1;
  facts.heartbeat_expires_at_ms = fixture::kNowMs + 45'000;
  facts.status = NodeStatus::ready;
  facts.public_inference_enabled = true;
  for (const ModelProfile& profile : fixture::readiness().models)
    facts.models.push_back({profile, ObservedBenchmark{fixture::kNowMs - 1, 180, 33'712}});
  return facts;
}

TEST(PublicView, G9_117_ANodeCardShowsTheseNamesAlone) {
  const auto text = text_of_view(public_node_card(node_facts(), fixture::kNowMs));
  EXPECT_EQ(names_with_lists(text),
            (std::set<std::string>{"node_id",
                                   "public_key_ed25519",
                                   "liveness",
                                   "status",
                                   "suspended",
                                   "last_heartbeat_at",
                                   "public_inference_enabled",
                                   "models",
                                   "models[0].model_id",
                                   "models[0].status",
                                   "models[0].runtime_kind",
                                   "models[0].route_tier",
                                   "models[0].network_eligible",
                                   "models[0].benchmark_verified",
                                   "models[0].paid_route_eligible",
                                   "models[0].queue_health",
                                   "models[0].observed_benchmark",
                                   "models[0].observed_benchmark.observed_at",
                                   "models[0].observed_benchmark.fresh",
                                   "models[0].observed_benchmark.first_token_ms",
                                   "models[0].observed_benchmark.decode_millitokens_per_second"}));
}

TEST(PublicView, G9_117_WhatIsNotPublicTextIsLeftOut) {
  NodeFacts facts = node_facts();
  facts.models[0].profile.model_id = "/home/" + std::string(kMarker);
  facts.models[1].profile.runtime_kind = "http://" + std::string(kMarker);
  const auto text = text_of_view(public_node_card(facts, fixture::kNowMs));
  EXPECT_EQ(text.find(kMarker), std::string::npos) << text;
  EXPECT_NE(text.find("\"runtime_kind\":\"unknown\""), std::string::npos);
  EXPECT_FALSE(public_model({.model_id = "localhost:11434", .nodes_installed = 1}));
  const auto readiness =
      public_readiness(facts.node_id, "http://" + std::string(kMarker), ReadinessFacts{});
  EXPECT_EQ(text_of_view(readiness).find(kMarker), std::string::npos);
}

TEST(PublicView, G9_117_TheNetworkAndItsModelsShowTheseNamesAlone) {
  const NetworkFacts network{fixture::kNowMs, fixture::control_plane().id(), 3, 2, 5};
  EXPECT_EQ(names_with_lists(text_of_view(public_network_summary(network))),
            (std::set<std::string>{"control_plane_id", "nodes_enrolled", "nodes_online",
                                   "models_offered", "generated_at"}));
  const auto model = public_model({"llama3.1:8b", 3, 2, 1, RouteTier::network_beta});
  ASSERT_TRUE(model);
  EXPECT_EQ(names_with_lists(text_of_view(*model)),
            (std::set<std::string>{"model_id", "nodes_installed", "nodes_online",
                                   "nodes_route_ready", "best_route_tier"}));
}

TEST(PublicView, G9_117_ABindingAndAReadinessShowTheseNamesAlone) {
  EXPECT_EQ(names_with_lists(text_of_view(public_transport_key(fixture::binding()))),
            (std::set<std::string>{"node_id", "transport_key", "transport_key.type",
                                   "transport_key.node_id", "transport_key.public_key_ed25519",
                                   "transport_key.key_id", "transport_key.public_key_x25519",
                                   "transport_key.not_before", "transport_key.not_after",
                                   "transport_key.signature_ed25519"}));
  const auto text =
      text_of_view(public_readiness(fixture::node().node_id(), "llama3.1:8b", ReadinessFacts{}));
  EXPECT_EQ(names_with_lists(text),
            (std::set<std::string>{"node_id", "model_id", "ready", "checked_at", "blockers",
                                   "blockers[0].code", "blockers[0].gate", "blockers[0].message",
                                   "blockers[0].next_action"}));
  const auto document = json::Document::parse(text);
  EXPECT_EQ(document->root().find("blockers").size(), kReadinessBlockers - 4);
  EXPECT_EQ(document->root().find("ready").boolean(), false);
}

TEST(PublicView, LivenessIsComputedFromTime) {
  EXPECT_EQ(liveness_of(std::nullopt, 0), Liveness::offline);
  EXPECT_EQ(liveness_of(100, 99), Liveness::online);
  EXPECT_EQ(liveness_of(100, 100), Liveness::stale);
  EXPECT_EQ(liveness_of(100, 100 + kOfflineAfterMs), Liveness::offline);
  NodeFacts silent = node_facts();
  silent.heartbeat_at_ms.reset();
  silent.heartbeat_expires_at_ms.reset();
  silent.status.reset();
  silent.models[0].observed.reset();
  const auto document =
      json::Document::parse(text_of_view(public_node_card(silent, fixture::kNowMs)));
  EXPECT_EQ(document->root().find("liveness").string(), "offline");
  EXPECT_EQ(document->root().find("status").string(), "unknown");
  EXPECT_TRUE(document->root().find("last_heartbeat_at").is_null());
  EXPECT_TRUE(document->root().find("models").at(0).find("observed_benchmark").is_null());
}

// Records of the inside have no writer: only a type of public_view.h can be written.
template <class T>
concept Writable = requires(json::Writer& w, const T& value) { write_json(w, value); };
static_assert(Writable<PublicReceipt> && Writable<PublicNode>);
static_assert(Writable<PublicNetworkSummary> && Writable<PublicNodeCard> && Writable<PublicModel> &&
              Writable<PublicTransportKey> && Writable<PublicReadiness>);
static_assert(!Writable<NodeFacts> && !Writable<NodeInventory> && !Writable<NodeReadiness> &&
              !Writable<Heartbeat> && !Writable<LeasedCommand> && !Writable<CommandResult> &&
              !Writable<StoredNode> && !Writable<ReadinessFacts> && !Writable<TransportKey> &&
              !Writable<RouterSecret> && !Writable<ControlPlaneIdentity>);
static_assert(!Writable<Receipt> && !Writable<SignedReceipt> && !Writable<NodeIdentity>);

}  // namespace
}  // namespace b3iq::protocol
