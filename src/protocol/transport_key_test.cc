// A node's transport key, its binding, the control plane's identity and the router secret.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "crypto/hmac.h"
#include "protocol/messages/changed_json.h"
#include "protocol/messages/message_examples.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

base::Result<SignedTransportKeyBinding> read_binding(const std::string& text) {
  TRY(const auto document, json::Document::parse(text));
  return decode_transport_key_binding(document.root());
}

TEST(TransportKeyBinding, WhatIsBoundIsReadAndVerifies) {
  const auto text = encode_transport_key_binding(binding());
  const auto read = read_binding(text);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_TRUE(verify_transport_key_binding(*read, node().node_id(), kNowMs).ok());
  EXPECT_EQ(read->binding.key_id, transport_key().key_id());
  EXPECT_EQ(read->binding.public_key_x25519, transport_key().public_key());
  EXPECT_EQ(encode_transport_key_binding(*read), text);
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(
      verify_document(kTransportKeyBindingType, document->root(), node().public_key()).ok());
}

TEST(TransportKeyBinding, RefusesDamage) {
  const std::string hash = "\"" + base::to_base64url(counted<32>(7)) + "\"";
  std::string text = encode_transport_key_binding(binding());
  text.insert(1, "\"attestation_report_hash\":" + hash + ",");
  expect_refuses_damage(text, {.optional = {"attestation_report_hash"}},
                        [](const std::string& body) { return read_binding(body).ok(); });
}

// CASES G4: a control plane that swaps the key is caught.
TEST(TransportKeyBinding, ASwappedKeyIsCaught) {
  const auto other_key = TransportKey::generate(base::system_random());
  const auto other_node = NodeIdentity::generate(base::system_random());
  const auto code = [](const SignedTransportKeyBinding& b) {
    const auto status = verify_transport_key_binding(b, node().node_id(), kNowMs);
    return status.ok() ? base::ErrorCode::internal : status.error().code;
  };
  auto swapped = binding();
  swapped.binding.public_key_x25519 = other_key.public_key();
  EXPECT_EQ(code(swapped), base::ErrorCode::invalid_signature);
  swapped.binding.key_id = other_key.key_id();
  EXPECT_EQ(code(swapped), base::ErrorCode::invalid_signature);
  swapped = bind_transport_key(other_node, other_key.public_key(), kNowMs, 1000);
  EXPECT_EQ(code(swapped), base::ErrorCode::invalid_signature);
  swapped.binding.node_id = node().node_id();
  EXPECT_EQ(code(swapped), base::ErrorCode::invalid_signature);
  swapped = binding();
  swapped.binding.not_after_ms += 1;
  EXPECT_EQ(code(swapped), base::ErrorCode::invalid_signature);
  swapped = binding();
  swapped.binding.attestation_report_hash.emplace();
  EXPECT_EQ(code(swapped), base::ErrorCode::invalid_signature);
}

TEST(TransportKeyBinding, IsValidInItsTimeOnly) {
  const auto bound = bind_transport_key(node(), transport_key().public_key(), kNowMs, 60'000);
  const auto param_at = [&](std::int64_t now) {
    const auto status = verify_transport_key_binding(bound, node().node_id(), now);
    return status.ok() ? std::string() : status.error().param;
  };
  EXPECT_EQ(param_at(kNowMs - kTransportKeySkewMs - 1), "not_before");
  EXPECT_EQ(param_at(kNowMs - kTransportKeySkewMs), "");
  EXPECT_EQ(param_at(kNowMs + 59'999), "");
  EXPECT_EQ(param_at(kNowMs + 60'000), "not_after");
}

TEST(RouterSecret, FollowsItsFormula) {
  const auto secret = master().derive(node().node_id(), 12);
  std::string message("b3iq-router-secret-v1\0", 22);
  message.append(node().node_id().text()).push_back('\0');
  message.append("12");
  const auto key = bytes_of_hex<32>(kMasterSecret);
  const auto expected = crypto::hmac_sha256(key, {base::as_bytes(message)});
  EXPECT_TRUE(base::equal_constant_time(secret.reveal(), expected));
  const auto other = NodeIdentity::generate(base::system_random());
  EXPECT_FALSE(
      base::equal_constant_time(secret.reveal(), master().derive(node().node_id(), 1).reveal()));
  EXPECT_FALSE(
      base::equal_constant_time(secret.reveal(), master().derive(other.node_id(), 12).reveal()));
  EXPECT_NE(router_key_id_of(node().node_id(), 1), router_key_id_of(node().node_id(), 12));
  EXPECT_NE(router_key_id_of(node().node_id(), 1), router_key_id_of(other.node_id(), 1));
  EXPECT_TRUE(RouterKeyId::valid(router_key_id_of(node().node_id(), 1).text()));
}

TEST(RouterSecret, OnlyTheNodeOpensIt) {
  const auto secret = master().derive(node().node_id(), 1);
  const auto sealed = seal_router_secret(secret, transport_key().public_key()).value();
  const auto opened = open_router_secret(sealed, transport_key());
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(base::equal_constant_time(opened->reveal(), secret.reveal()));
  EXPECT_EQ(open_router_secret(sealed, TransportKey::generate(base::system_random())).error().code,
            base::ErrorCode::corrupt);
  EXPECT_EQ(seal_router_secret(secret, crypto::X25519PublicKey{}).error().code,
            base::ErrorCode::invalid_request);
}

class KeyFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "b3iq-keys-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

TEST_F(KeyFiles, EachKindIsReadBackFromItsOwnFileOnly) {
  base::Random& random = base::system_random();
  const auto transport = TransportKey::create(path("x"), random);
  const auto identity = ControlPlaneIdentity::create(path("c"), random);
  const auto router = RouterMasterSecret::create(path("m"), random);
  const auto node_identity = NodeIdentity::create(path("n"), random);
  ASSERT_TRUE(transport.ok() && identity.ok() && router.ok() && node_identity.ok());
  EXPECT_EQ(TransportKey::load(path("x"))->key_id(), transport->key_id());
  EXPECT_EQ(ControlPlaneIdentity::load(path("c"))->id(), identity->id());
  EXPECT_EQ(NodeIdentity::load(path("n"))->node_id(), node_identity->node_id());
  EXPECT_TRUE(base::equal_constant_time(
      RouterMasterSecret::load(path("m"))->derive(node().node_id(), 1).reveal(),
      router->derive(node().node_id(), 1).reveal()));
  for (const auto& name : {"c", "m", "n"})
    EXPECT_EQ(TransportKey::load(path(name)).error().code, base::ErrorCode::corrupt) << name;
  for (const auto& name : {"x", "m", "n"})
    EXPECT_EQ(ControlPlaneIdentity::load(path(name)).error().code, base::ErrorCode::corrupt);
  for (const auto& name : {"x", "c", "n"})
    EXPECT_EQ(RouterMasterSecret::load(path(name)).error().code, base::ErrorCode::corrupt);
  EXPECT_EQ(TransportKey::create(path("x"), random).error().code, base::ErrorCode::conflict);
  EXPECT_EQ(TransportKey::load(path("none")).error().code, base::ErrorCode::not_found);
  struct stat state{};
  ASSERT_EQ(::stat(path("x").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace b3iq::protocol
