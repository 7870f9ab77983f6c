// Sealing and opening of whole requests and answers, on both sides.
#include <gtest/gtest.h>

#include <set>

#include "crypto/hmac.h"
#include "protocol/private/private_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

base::Error refusal(const SealedEnvelope& envelope,
                    const ExpectedRequest& expected = expected_request()) {
  const auto result = opened(envelope, expected);
  return result.ok() ? base::Error(base::ErrorCode::internal, "opened") : result.error();
}
std::string told(const base::Error& error) {
  return std::string(base::error_info(error.code).wire_name) + "|" + error.param + "|" +
         error.detail;
}
// How every failure to open is told.
std::string usual_refusal() {
  SealedEnvelope damaged = sealed_request().envelope;
  damaged.ciphertext.back() ^= 1;
  return told(refusal(damaged));
}

TEST(PrivateEnvelope, TheNodeOpensWhatTheCustomerSealedAndAnswers) {
  const auto sealed = seal_request(private_request(), node_transport_key(), base::system_random());
  ASSERT_TRUE(sealed.ok()) << sealed.error().detail;
  const auto job = opened(sealed->envelope);
  ASSERT_TRUE(job.ok()) << job.error().detail;
  EXPECT_EQ(job->body, kChatBody);
  EXPECT_EQ(job->customer_nonce, counted<16>(0x50));
  EXPECT_EQ(job->sealer.job_id(), client_job_id());

  const std::string receipt = private_receipt();
  for (const JobAnswer& answer : {completed_answer(receipt), failed_answer()}) {
    const auto envelope = job->sealer.seal(answer, base::system_random());
    ASSERT_TRUE(envelope.ok()) << envelope.error().detail;
    EXPECT_EQ(envelope->key_id, sealed->envelope.key_id);
    EXPECT_EQ(envelope->client_public_key, sealed->envelope.client_public_key);
    const auto read = sealed->opener.open(*envelope);
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(read->answer.status, answer.status);
    EXPECT_EQ(read->answer.body, answer.body);
    EXPECT_EQ(read->answer.receipt.has_value(), answer.receipt.has_value());
  }
}

TEST(PrivateEnvelope, KeysAreThoseOfTheFormula) {
  const auto secret = job_secret();
  std::string info = "b3iq-private-transport-v1 response-stream";
  info.push_back('\0');
  info += transport_key().key_id().text();
  base::Bytes expected(32);
  crypto::hkdf_expand(crypto::SecretBytes<32>(secret.reveal()), base::as_bytes(info), expected);
  EXPECT_EQ(base::to_hex(secret.key_of(SealedPart::response_stream).reveal()),
            base::to_hex(expected));
  std::set<std::string> keys;
  for (const auto part : {SealedPart::request, SealedPart::response, SealedPart::response_stream})
    keys.insert(base::to_hex(secret.key_of(part).reveal()));
  EXPECT_EQ(keys.size(), 3u);
  const auto at_node = JobSecret::of_node(transport_key(), client_pair().public_key());
  EXPECT_EQ(base::to_hex(at_node->reveal()), base::to_hex(secret.reveal()));
}

// A request key is used once: each sealing draws its own pair.
TEST(PrivateEnvelope, G5_64_EverySealingHasItsOwnKeyAndNonce) {
  std::set<std::array<std::uint8_t, 32>> keys;
  std::set<std::array<std::uint8_t, 12>> nonces;
  for (int i = 0; i < 100; ++i) {
    const auto sealed =
        seal_request(private_request(), node_transport_key(), base::system_random());
    keys.insert(sealed->envelope.client_public_key.bytes);
    nonces.insert(sealed->envelope.nonce);
  }
  EXPECT_EQ(keys.size(), 100u);
  EXPECT_EQ(nonces.size(), 100u);
}

TEST(PrivateEnvelope, G5_60_AnyBitOfAnyFieldIsRefusedAlike) {
  const SealedEnvelope good = sealed_request().envelope;
  const std::string usual = usual_refusal();
  EXPECT_TRUE(usual.starts_with("invalid_encrypted_request||")) << usual;
  const auto flip_all = [&](auto bytes_of) {
    const std::size_t size = [&] {
      SealedEnvelope copy = good;
      return bytes_of(copy).size();
    }();
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      SealedEnvelope bad = good;
      bytes_of(bad)[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      EXPECT_EQ(told(refusal(bad)), usual) << bit;
    }
  };
  flip_all([](SealedEnvelope& e) { return std::span<std::uint8_t>(e.nonce); });
  flip_all([](SealedEnvelope& e) { return std::span<std::uint8_t>(e.ciphertext); });
  flip_all([](SealedEnvelope& e) { return std::span<std::uint8_t>(*e.aad_hash); });
  flip_all([](SealedEnvelope& e) { return std::span<std::uint8_t>(e.client_public_key.bytes); });
  SealedEnvelope cut = good;
  cut.ciphertext.pop_back();
  EXPECT_EQ(told(refusal(cut)), usual);
  cut.ciphertext.resize(kEnvelopeTagBytes);
  EXPECT_EQ(told(refusal(cut)), usual);
  cut.ciphertext.clear();
  EXPECT_EQ(told(refusal(cut)), usual);
  SealedEnvelope without = good;
  without.aad_hash.reset();
  EXPECT_TRUE(opened(without).ok()) << "aad_hash is optional";
}

// As it is written: also the names of its members, version, algorithm and key id.
TEST(PrivateEnvelope, G5_60_AnyBitOfTheWrittenEnvelopeIsRefused) {
  std::string good;
  json::Writer w(good);
  write_sealed_envelope(w, sealed_request().envelope);
  const auto opens = [](const std::string& text) {
    const auto document = json::Document::parse(text);
    if (!document.ok()) return false;
    const auto envelope = decode_sealed_envelope(document->root());
    return envelope.ok() && opened(*envelope).ok();
  };
  ASSERT_TRUE(opens(good));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(opens(bad)) << bit % 8 << " of " << bit / 8 << ": " << bad;
  }
}

TEST(PrivateEnvelope, G5_61_AnotherJobNodeOrModelIsRefusedAlike) {
  const SealedEnvelope good = sealed_request().envelope;
  const std::string usual = usual_refusal();
  ExpectedRequest other = expected_request();
  other.job_id = ClientJobId::parse("trip-planner_8").value();
  EXPECT_EQ(told(refusal(good, other)), usual);
  SealedEnvelope moved = good;
  moved.aad_hash = additional_data_hash(SealedPart::request, other.job_id);
  EXPECT_EQ(told(refusal(moved, other)), usual) << "also with the other job's hash";
  other = expected_request();
  other.node_id = NodeIdentity::generate(base::system_random()).node_id();
  EXPECT_EQ(told(refusal(good, other)), usual);
  other = expected_request();
  other.model_id = "llama3.1:70b";
  EXPECT_EQ(told(refusal(good, other)), usual);
}

TEST(PrivateEnvelope, WhatIsInsideIsCheckedAndRefusedAlike) {
  const std::string usual = usual_refusal();
  std::string text(base::as_text(*encode_private_request(private_request(), 0)));
  EXPECT_TRUE(opened(sealed_text(SealedPart::request, text)).ok());
  EXPECT_EQ(told(refusal(sealed_text(SealedPart::request, text + " "))), usual);
  EXPECT_EQ(told(refusal(sealed_text(SealedPart::request, ""))), usual);
  EXPECT_EQ(told(refusal(sealed_text(SealedPart::request, "{}"))), usual);
  EXPECT_EQ(told(refusal(sealed_text(SealedPart::response, text))), usual)
      << "under the key of another part";
  text.replace(text.find("trip-planner_7"), 14, "trip-planner_8");
  EXPECT_EQ(told(refusal(sealed_text(SealedPart::request, text))), usual)
      << "ids inside that are not those outside";
}

TEST(PrivateEnvelope, G5_65_TheOldKeyOpensInItsGraceAndAnUnknownOneIsNamed) {
  const auto before = transport_key();
  const auto now = TransportKey::generate(base::system_random());
  const SealedEnvelope envelope = sealed_request().envelope;
  const TransportKey* const both[] = {&now, &before};
  EXPECT_TRUE(open_request(both, envelope, expected_request()).ok());
  const TransportKey* const one[] = {&now};
  const auto gone = open_request(one, envelope, expected_request());
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, base::ErrorCode::transport_key_unknown);
  EXPECT_EQ(gone.error().param, "key_id");
  EXPECT_EQ(open_request({}, envelope, expected_request()).error().code,
            base::ErrorCode::transport_key_unknown);
  SealedEnvelope relabelled = envelope;
  relabelled.key_id = now.key_id();
  EXPECT_EQ(told(open_request(both, relabelled, expected_request()).error()), usual_refusal());
}

TEST(PrivateEnvelope, G5_59_NothingIsSealedToOrOpenedWithALowOrderKey) {
  crypto::X25519PublicKey low;
  low.bytes[0] = 1;
  const auto sealed =
      seal_request(private_request(), {low, transport_key_id_of(low)}, base::system_random());
  ASSERT_FALSE(sealed.ok());
  EXPECT_EQ(sealed.error().code, base::ErrorCode::invalid_request);
  SealedEnvelope envelope = sealed_request().envelope;
  envelope.client_public_key = low;
  EXPECT_EQ(told(refusal(envelope)), usual_refusal());
}

TEST(PrivateEnvelope, G5_67_AKeyIdOfAnotherKeyIsNotSealedTo) {
  auto key = node_transport_key();
  key.public_key = TransportKey::generate(base::system_random()).public_key();
  EXPECT_EQ(seal_request(private_request(), key, base::system_random()).error().param,
            "public_key_x25519");
}

TEST(PrivateEnvelope, TheAadHashIsCheckedWithoutAKey) {
  SealedEnvelope envelope = sealed_request().envelope;
  EXPECT_TRUE(check_request_aad(envelope, client_job_id()).ok());
  const auto moved = check_request_aad(envelope, ClientJobId::parse("other").value());
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().code, base::ErrorCode::invalid_encrypted_request);
  EXPECT_EQ(moved.error().param, "aad_hash");
  envelope.aad_hash.reset();
  EXPECT_TRUE(check_request_aad(envelope, ClientJobId::parse("other").value()).ok());
}

TEST(PrivateAnswerEnvelope, OnlyThisRequestsAnswerIsOpenedAndAllElseRefusedAlike) {
  const auto sealed = sealed_request();
  const auto job = opened(sealed.envelope);
  const std::string receipt = private_receipt();
  FixedRandom random{std::string(kAnswerNonce)};
  const auto good = job->sealer.seal(completed_answer(receipt), random).value();
  ASSERT_TRUE(sealed.opener.open(good).ok());
  const auto why = [&](const SealedEnvelope& envelope) {
    const auto read = sealed.opener.open(envelope);
    return read.ok() ? std::string("opened") : told(read.error());
  };
  SealedEnvelope bad = good;
  bad.ciphertext[0] ^= 1;
  const std::string usual = why(bad);
  EXPECT_TRUE(usual.starts_with("data_corrupt||")) << usual;
  for (std::size_t at = 0; at < good.ciphertext.size(); ++at) {
    bad = good;
    bad.ciphertext[at] ^= 0x80;
    EXPECT_EQ(why(bad), usual) << at;
  }
  bad = good;
  bad.nonce[11] ^= 1;
  EXPECT_EQ(why(bad), usual);
  bad = good;
  bad.aad_hash = counted<32>(0);
  EXPECT_EQ(why(bad), usual);
  bad = good;
  bad.key_id = TransportKey::generate(base::system_random()).key_id();
  EXPECT_EQ(why(bad), usual);
  bad = good;
  bad.client_public_key = transport_key().public_key();
  EXPECT_EQ(why(bad), usual);
  EXPECT_EQ(why(sealed.envelope), usual) << "the request itself";

  // The same customer, job and node; another sealing.
  const auto other = seal_request(private_request(), node_transport_key(), base::system_random());
  const auto other_job = opened(other->envelope);
  auto swapped = other_job->sealer.seal(completed_answer(receipt), base::system_random()).value();
  EXPECT_EQ(why(swapped), usual);
  swapped.client_public_key = good.client_public_key;
  EXPECT_EQ(why(swapped), usual);

  // Sealed rightly, but with other ids inside.
  const PrivateAnswer of_another_job{
      ClientJobId::parse("other").value(), node().node_id(), AnswerStatus::failed, kChatError, {}};
  std::string text(base::as_text(*encode_private_answer(of_another_job, 0)));
  EXPECT_EQ(why(sealed_text(SealedPart::response, text)), usual);
}

TEST(PrivateAnswerEnvelope, AKeptKeyOpensInAnotherProcess) {
  const auto sealed = sealed_request();
  const auto job = opened(sealed.envelope);
  const auto envelope = job->sealer.seal(failed_answer(), base::system_random()).value();
  const crypto::Secret kept = sealed.opener.save();
  EXPECT_LE(kept.size(), kMaxAnswerKeyBytes);
  const auto loaded = AnswerOpener::load(kept.reveal_text());
  ASSERT_TRUE(loaded.ok()) << loaded.error().detail;
  EXPECT_EQ(loaded->job_id(), client_job_id());
  EXPECT_EQ(loaded->node_id(), node().node_id());
  EXPECT_EQ(loaded->client_public_key(), client_pair().public_key());
  ASSERT_TRUE(loaded->open(envelope).ok());
  const std::string text(kept.reveal_text());
  for (const std::string& bad : {std::string(), std::string("{}"), text.substr(1), text + "x",
                                 "{\"x\":1," + text.substr(1)}) {
    const auto refused = AnswerOpener::load(bad);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, base::ErrorCode::corrupt);
    EXPECT_EQ(refused.error().detail.find("secret\""), std::string::npos);
  }
}

TEST(PrivateAnswerEnvelope, G5_64_EverySealingHasItsOwnNonce) {
  const auto job = opened(sealed_request().envelope);
  const auto one = job->sealer.seal(failed_answer(), base::system_random()).value();
  const auto two = job->sealer.seal(failed_answer(), base::system_random()).value();
  EXPECT_NE(one.nonce, two.nonce);
  EXPECT_NE(one.ciphertext, two.ciphertext);
}

}  // namespace
}  // namespace b3iq::protocol
