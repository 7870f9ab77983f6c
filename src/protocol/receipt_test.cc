#include "protocol/receipt.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "protocol/signed_document.h"
#include "protocol/vector_file.h"

namespace b3iq::protocol {
namespace {

base::Result<SignedReceipt> decode_text(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  return decode_receipt(document.root());
}

TEST(Receipt, FollowsTheVectors) {
  const auto vectors = read_vectors("receipts.json");
  const NodeIdentity identity(seed_of(vectors.root()));
  EXPECT_EQ(identity.node_id().text(), text_of(vectors.root(), "node_id"));
  for_each_case(vectors.root().find("valid"), 4, [&](json::Value v) {
    auto decoded = decode_text(text_of(v, "signed_document"));
    ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
    EXPECT_TRUE(verify_receipt(*decoded, identity.public_key()).ok());
    const EncodedReceipt encoded = encode_receipt(decoded->receipt);
    EXPECT_EQ(encoded.document, text_of(v, "document"));
    EXPECT_EQ(receipt_hash_text(encoded.hash), text_of(v, "receipt_hash"));
    EXPECT_EQ(parse_receipt_hash(text_of(v, "receipt_hash")), encoded.hash);
    EXPECT_EQ(sign_encoded_receipt(encoded.document, identity), text_of(v, "signed_document"));
    // A receipt is a signed document like any other.
    auto document = json::Document::parse(text_of(v, "signed_document"));
    EXPECT_TRUE(verify_document(kReceiptType, document->root(), identity.public_key()).ok());
    EXPECT_EQ(json::canonical(document->root()).value(), text_of(v, "signed_document"));
  });
}

TEST(Receipt, RefusesTheVectors) {
  const auto vectors = read_vectors("receipts.json");
  const auto key = crypto::ed25519_public_key(hex_of(vectors.root(), "public_key")).value();
  for_each_case(vectors.root().find("refused"), 35, [&](json::Value v) {
    const auto decoded = decode_text(text_of(v, "receipt"));
    if (text_of(v, "fails_at") == "decode") {
      ASSERT_FALSE(decoded.ok());
      EXPECT_EQ(decoded.error().code, base::ErrorCode::invalid_request);
    } else {
      ASSERT_TRUE(decoded.ok()) << decoded.error().detail;
      EXPECT_EQ(verify_receipt(*decoded, key).error().code, base::ErrorCode::invalid_signature);
    }
  });
}

TEST(Receipt, CommitsToSaltRequestAndResponse) {
  const auto vectors = read_vectors("receipts.json");
  const auto v = vectors.root().find("commitment");
  const auto salt_bytes = base::from_base64url(text_of(v, "salt")).value();
  const std::span<const std::uint8_t, 32> salt(salt_bytes.data(), 32);
  const auto request = crypto::sha256(text_of(v, "request"));
  const auto response = crypto::sha256(text_of(v, "response"));
  EXPECT_EQ(base::to_base64url(content_commitment(salt, request, response)),
            text_of(v, "content_commitment"));
  EXPECT_NE(content_commitment(salt, response, request),
            content_commitment(salt, request, response));
}

TEST(Receipt, EveryMemberChangesTheHash) {
  Receipt receipt;
  receipt.node_id = NodeIdentity::generate(base::system_random()).node_id();
  receipt.job_id = JobId::make(1, base::system_random());
  receipt.model_id = receipt.model_profile_id = "m";
  receipt.runtime_kind = "embedded";
  const auto plain = encode_receipt(receipt).hash;
  const auto differs = [&](auto change) {
    Receipt changed = receipt;
    change(changed);
    return encode_receipt(changed).hash != plain;
  };
  EXPECT_TRUE(differs(
      [](Receipt& r) { r.node_id = NodeIdentity::generate(base::system_random()).node_id(); }));
  EXPECT_TRUE(differs([](Receipt& r) { r.job_id = JobId::make(1, base::system_random()); }));
  EXPECT_TRUE(differs([](Receipt& r) { r.model_id = "n"; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.model_profile_id = "n"; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.runtime_kind = "openai"; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.dispatch_mode = DispatchMode::private_job; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.privacy_class = PrivacyClass::private_transport; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.usage.prompt_tokens = 1; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.usage.completion_tokens = 1; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.policy_version = "1"; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.started_at_ms = 1; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.completed_at_ms = 1; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.finish = ReceiptFinish::error; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.content_commitment[31] = 1; }));
  EXPECT_TRUE(differs([](Receipt& r) { r.tee_attestation_hash.emplace(); }));
}

TEST(Receipt, NamesOfItsClosedSetsReadBack) {
  for (int i = 0; i < 6; ++i) {
    const auto finish = static_cast<ReceiptFinish>(i);
    EXPECT_EQ(receipt_finish_from_name(wire_name(finish)), finish);
  }
  EXPECT_FALSE(receipt_finish_from_name("done"));
  EXPECT_FALSE(parse_receipt_hash("0x00"));
  EXPECT_FALSE(parse_receipt_hash("0X" + std::string(64, '0')));
  EXPECT_FALSE(parse_receipt_hash(std::string(66, '0')));
}

// Any text, brought into the rules of check_receipt.
std::string as_model_name(const std::string& text) {
  std::string name = "\xE2\x82\xAC";
  for (char c : text) {
    if (c >= 0x20 && c < 0x7f && name.size() < kMaxReceiptModelBytes) name.push_back(c);
  }
  return name;
}

RC_GTEST_PROP(ReceiptProperty, WhatIsWrittenIsRead,
              (const std::string& model, std::uint32_t prompt, std::uint32_t completion,
               std::uint32_t second, std::uint32_t took, std::uint8_t enums)) {
  static const auto identity = NodeIdentity::generate(base::system_random());
  Receipt receipt;
  receipt.node_id = identity.node_id();
  receipt.job_id = JobId::make(second, base::system_random());
  receipt.model_id = receipt.model_profile_id = as_model_name(model);
  receipt.runtime_kind = "embedded";
  receipt.usage = {prompt, completion};
  receipt.started_at_ms = std::int64_t{second} * 1000 + took % 1000;
  receipt.completed_at_ms = receipt.started_at_ms + took;
  receipt.finish = static_cast<ReceiptFinish>(enums % 6);
  receipt.dispatch_mode = static_cast<DispatchMode>(enums % 3);
  receipt.privacy_class = static_cast<PrivacyClass>(enums % 2);
  if (enums & 64) receipt.policy_version = "v";
  if (enums & 128) receipt.tee_attestation_hash = crypto::sha256(model);
  RC_ASSERT(check_receipt(receipt).ok());
  const EncodedReceipt encoded = encode_receipt(receipt);
  auto document = json::Document::parse(encoded.document);
  RC_ASSERT(document.ok());
  RC_ASSERT(json::canonical(document->root()).value() == encoded.document);
  const auto read = decode_text(sign_encoded_receipt(encoded.document, identity));
  RC_ASSERT(read.ok());
  RC_ASSERT(encode_receipt(read->receipt).document == encoded.document);
  RC_ASSERT(verify_receipt(*read, identity.public_key()).ok());
}

}  // namespace
}  // namespace b3iq::protocol
