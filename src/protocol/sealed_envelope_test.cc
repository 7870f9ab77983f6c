#include "protocol/sealed_envelope.h"

#include <gtest/gtest.h>

#include "protocol/messages/changed_json.h"
#include "protocol/messages/message_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

std::string written(const SealedEnvelope& sealed) {
  std::string out;
  json::Writer w(out);
  write_sealed_envelope(w, sealed);
  return out;
}
base::Result<SealedEnvelope> read(const std::string& text) {
  TRY(const auto document, json::Document::parse(text));
  return decode_sealed_envelope(document.root());
}
// The code and the member that it names.
std::string refusal(const std::string& text) {
  const auto envelope = read(text);
  if (envelope.ok()) return "taken";
  return std::string(base::error_info(envelope.error().code).wire_name) + " " +
         envelope.error().param;
}
std::string with(std::string_view member, const std::string& value) {
  const std::string instead = "\"" + value + "\"";
  return changed(written(envelope()), std::string(member), &instead);
}

TEST(SealedEnvelope, WhatIsWrittenIsReadAndDamageRefused) {
  expect_refuses_damage(written(envelope()), {.optional = {"aad_hash"}, .any_text = {"ciphertext"}},
                        [](const std::string& text) { return read(text).ok(); });
  const auto again = read(written(envelope()));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(written(*again), written(envelope()));
}

TEST(SealedEnvelope, G5_65_EveryRefusalHasTheStableCodeAndNamesTheMember) {
  EXPECT_EQ(refusal(with("version", "b3iq-private-transport-v2")),
            "invalid_encrypted_request version");
  EXPECT_EQ(refusal(with("algorithm", "x25519-hkdf-sha256-aes256gcm")),
            "invalid_encrypted_request algorithm");
  EXPECT_EQ(refusal(with("key_id", "b3x_D6YCKXQ7VPVZJ3LR")), "invalid_encrypted_request key_id");
  EXPECT_EQ(refusal(with("nonce", base::to_base64url(counted<11>(0)))),
            "invalid_encrypted_request nonce");
  EXPECT_EQ(refusal(with("nonce", base::to_base64url(counted<13>(0)))),
            "invalid_encrypted_request nonce");
  EXPECT_EQ(refusal(with("ciphertext", base::to_base64url(counted<15>(0)))),
            "invalid_encrypted_request ciphertext");
  EXPECT_EQ(refusal(with("ciphertext", base::to_base64url(counted<17>(0)) + "=")),
            "invalid_encrypted_request ciphertext");
  EXPECT_EQ(refusal(with("aad_hash", base::to_hex(counted<32>(4)))),
            "invalid_encrypted_request aad_hash");
  // Bits behind the last byte: a second spelling of the same bytes.
  EXPECT_EQ(refusal(with("client_public_key_x25519", std::string(42, 'B') + "C")),
            "invalid_encrypted_request client_public_key_x25519");
  EXPECT_EQ(refusal(changed(written(envelope()), "nonce", nullptr)),
            "invalid_encrypted_request nonce");
}

TEST(SealedEnvelope, G5_66_AFieldMoreIsRefused) {
  EXPECT_EQ(refusal(changed(written(envelope()), "+", nullptr)), "invalid_encrypted_request ");
  const std::string prompt = R"(,"prompt":"in the clear"})";
  std::string text = written(envelope());
  text.replace(text.size() - 1, 1, prompt);
  const auto read_back = read(text);
  ASSERT_FALSE(read_back.ok());
  EXPECT_EQ(read_back.error().detail.find("prompt"), std::string::npos) << "nothing is echoed";
  EXPECT_EQ(read_back.error().detail.find("clear"), std::string::npos);
}

TEST(SealedEnvelope, G5_59_AKeyOfLowOrderOrAnotherSpellingIsRefused) {
  for (std::string_view hex :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1ccc"}) {
    EXPECT_EQ(refusal(with("client_public_key_x25519", base::to_base64url(bytes_of_hex<32>(hex)))),
              "invalid_encrypted_request client_public_key_x25519")
        << hex;
  }
}

TEST(SealedEnvelope, SizesAreBounded) {
  SealedEnvelope large = envelope();
  large.ciphertext.assign(kMaxSealedRequestBytes, 7);
  EXPECT_TRUE(read(written(large)).ok());
  large.ciphertext.push_back(7);
  EXPECT_EQ(refusal(written(large)), "invalid_encrypted_request ciphertext");
}

TEST(SealedEnvelope, AnAnswerIsLargerAndItsRefusalIsNotTheCustomers) {
  SealedEnvelope large = envelope();
  large.ciphertext.assign(kMaxSealedAnswerBytes, 7);
  const auto document = json::Document::parse(written(large));
  EXPECT_TRUE(decode_sealed_answer(document->root()).ok());
  large.ciphertext.push_back(7);
  const auto over = json::Document::parse(written(large));
  const auto refused = decode_sealed_answer(over->root());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::invalid_request);
  EXPECT_EQ(refused.error().param, "ciphertext");
}

}  // namespace
}  // namespace b3iq::protocol
