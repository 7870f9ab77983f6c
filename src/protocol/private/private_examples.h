// Tests only: one private job with fixed keys, as the golden vectors have it
// (tests/vectors/private_transport.json).
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "protocol/messages/message_examples.h"
#include "protocol/private/request_opener.h"
#include "protocol/private/request_sealer.h"
#include "protocol/private/sealed_part.h"
#include "protocol/receipt.h"

namespace b3iq::protocol::fixture {

// Gives these bytes and no others.
class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(const std::string& hex) : bytes_(base::from_hex(hex).value()) {}
  void fill(std::span<std::uint8_t> out) override {
    B3_CHECK(used_ + out.size() <= bytes_.size());
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(used_), out.size(), out.begin());
    used_ += out.size();
  }
  bool all_used() const { return used_ == bytes_.size(); }

 private:
  base::Bytes bytes_;
  std::size_t used_ = 0;
};

inline constexpr std::string_view kClientSecret =
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
inline constexpr std::string_view kRequestNonce = "202122232425262728292a2b";
inline constexpr std::string_view kAnswerNonce = "303132333435363738393a3b";
inline constexpr std::string_view kStreamPrefix = "40414243444546";
inline constexpr std::string_view kChatBody =
    R"({"model":"llama3.1:8b", "messages":[{"role":"user","content":"Wie heißt der Fluss durch Bern? 川"}],"temperature":0.20})";
inline constexpr std::string_view kChatAnswer =
    R"({"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Die Aare."},"finish_reason":"stop"}]})";
inline constexpr std::string_view kChatError =
    R"({"status":400,"title":"The request is not valid","detail":"messages is empty. Send at least one.","code":"invalid_request"})";

inline ClientJobId client_job_id() { return ClientJobId::parse("trip-planner_7").value(); }
inline NodeTransportKey node_transport_key() {
  return {transport_key().public_key(), transport_key().key_id()};
}
inline crypto::X25519SecretKey client_pair() {
  return crypto::X25519SecretKey::from_bytes(bytes_of_hex<32>(kClientSecret));
}
inline JobSecret job_secret() {
  return JobSecret::of_client(client_pair(), transport_key().public_key(), transport_key().key_id())
      .value();
}

inline PrivateRequest private_request() {
  return {client_job_id(), node().node_id(), "llama3.1:8b", counted<16>(0x50), kChatBody};
}
inline ExpectedRequest expected_request() {
  return {client_job_id(), node().node_id(), "llama3.1:8b"};
}
inline SealedRequest sealed_request() {
  FixedRandom random(std::string(kClientSecret) + std::string(kRequestNonce));
  auto sealed = seal_request(private_request(), node_transport_key(), random);
  B3_CHECK(sealed.ok() && random.all_used());
  return std::move(sealed).value();
}
// With the node's one key.
inline base::Result<OpenedRequest> opened(const SealedEnvelope& envelope,
                                          const ExpectedRequest& expected = expected_request()) {
  static const TransportKey key = transport_key();
  const TransportKey* const keys[] = {&key};
  return open_request(keys, envelope, expected);
}

inline std::string private_receipt() {
  Receipt receipt;
  receipt.node_id = node().node_id();
  receipt.job_id = JobId::from_ulid(kCommandUlid);
  receipt.model_id = receipt.model_profile_id = "llama3.1:8b";
  receipt.runtime_kind = "embedded";
  receipt.dispatch_mode = DispatchMode::private_job;
  receipt.privacy_class = PrivacyClass::private_transport;
  receipt.usage = {17, 4};
  receipt.policy_version = "1";
  receipt.started_at_ms = kNowMs;
  receipt.completed_at_ms = kNowMs + 412;
  receipt.content_commitment =
      content_commitment(counted<32>(0x60), crypto::sha256(kChatBody), crypto::sha256(kChatAnswer));
  return sign_encoded_receipt(encode_receipt(receipt).document, node());
}
// `receipt` is private_receipt(), and outlives this.
inline JobAnswer completed_answer(const std::string& receipt) {
  return {AnswerStatus::completed, kChatAnswer, AnswerReceipt{receipt, counted<32>(0x60)}};
}
inline JobAnswer failed_answer() { return {AnswerStatus::failed, kChatError, {}}; }

// What a plaintext looks like when it was sealed by somebody who does not keep to the form.
inline SealedEnvelope sealed_text(SealedPart part, std::string text) {
  text.resize(text.size() + kEnvelopeTagBytes);
  FixedRandom random{std::string(kRequestNonce)};
  return seal_part(job_secret(), part, client_job_id(), client_pair().public_key(),
                   base::Bytes(text.begin(), text.end()), random);
}

}  // namespace b3iq::protocol::fixture
