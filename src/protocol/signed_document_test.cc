#include "protocol/signed_document.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"
#include "protocol/vector_file.h"

namespace b3iq::protocol {
namespace {

base::Status verify_text(std::string_view text, const crypto::Ed25519PublicKey& key) {
  TRY(const auto document, json::Document::parse(text));
  return verify_document("b3iq-transport-key-v1", document.root(), key);
}

TEST(SignedDocument, FollowsTheVectors) {
  const auto vectors = read_vectors("signed_documents.json");
  const auto key = seed_of(vectors.root());
  for_each_case(vectors.root().find("documents"), 3, [&](json::Value vector) {
    const auto type = text_of(vector, "type");
    auto document = json::Document::parse(text_of(vector, "document"));
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(base::to_hex(base::as_bytes(signed_bytes(type, document->root()).value())),
              text_of(vector, "signed_bytes"));
    EXPECT_EQ(sign_document(type, document->root(), key).value(),
              text_of(vector, "signed_document"));
    auto signed_one = json::Document::parse(text_of(vector, "signed_document"));
    EXPECT_TRUE(verify_document(type, signed_one->root(), key.public_key()).ok());
    // Signing again replaces the signature.
    EXPECT_EQ(sign_document(type, signed_one->root(), key).value(),
              text_of(vector, "signed_document"));
  });
}

// CASES G4 #44 and #49.
TEST(SignedDocument, AcceptsOtherSpellingsAndRefusesOtherContents) {
  const auto vectors = read_vectors("signed_documents.json");
  const auto key = seed_of(vectors.root());
  for_each_case(vectors.root().find("accepted"), 2, [&](json::Value vector) {
    EXPECT_TRUE(verify_text(text_of(vector, "document"), key.public_key()).ok());
  });
  for_each_case(vectors.root().find("refused"), 14, [&](json::Value vector) {
    EXPECT_FALSE(verify_text(text_of(vector, "document"), key.public_key()).ok());
  });
}

TEST(SignedDocument, SaysWhatIsWrong) {
  const auto key = crypto::Ed25519SecretKey::generate(base::system_random());
  const auto document = json::Document::parse(R"({"type":"b3iq-example-v1","a":1})");
  EXPECT_EQ(verify_document("b3iq-other-v1", document->root(), key.public_key()).error().param,
            "type");
  const auto unsigned_one = verify_document("b3iq-example-v1", document->root(), key.public_key());
  EXPECT_EQ(unsigned_one.error().code, base::ErrorCode::invalid_signature);
  EXPECT_EQ(unsigned_one.error().param, "signature_ed25519");
}

RC_GTEST_PROP(SignedDocumentProperty, WhatWasSignedVerifiesUntilAByteChanges,
              (const std::map<std::string, std::string>& members, std::uint8_t flip)) {
  const auto key = crypto::Ed25519SecretKey::generate(base::system_random());
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", "b3iq-example-v1");
  for (const auto& [name, value] : members) {
    if (name != "type" && name != kSignatureMember && base::valid_utf8(name)) w.member(name, value);
  }
  w.end_object();
  auto document = json::Document::parse(text);
  RC_ASSERT(document.ok());
  auto signed_text = sign_document("b3iq-example-v1", document->root(), key);
  RC_ASSERT(signed_text.ok());
  auto read = json::Document::parse(*signed_text);
  RC_ASSERT(verify_document("b3iq-example-v1", read->root(), key.public_key()).ok());
  RC_ASSERT(json::canonical(read->root()).value() == *signed_text);
  std::string changed = *signed_text;
  changed[flip % changed.size()] ^= 1;
  auto other = json::Document::parse(changed);
  if (other.ok())
    RC_ASSERT(!verify_document("b3iq-example-v1", other->root(), key.public_key()).ok());
}

}  // namespace
}  // namespace b3iq::protocol
