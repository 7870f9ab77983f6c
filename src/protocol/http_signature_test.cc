#include "protocol/http_signature.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "protocol/vector_file.h"

namespace b3iq::protocol {
namespace {

// A request of the vectors; owns its texts.
struct Sent {
  std::string method, path, query, body;
  SignatureHeaders headers;

  explicit Sent(json::Value v)
      : method(text_of(v, "method")),
        path(text_of(v, "path")),
        query(text_of(v, "query")),
        body(text_of(v, "body")),
        headers{text_of(v, "content_digest"), text_of(v, "audience"), text_of(v, "sequence"),
                text_of(v, "signature_input"), text_of(v, "signature")} {}
  CoveredRequest request() const { return {method, path, query, body}; }
  ReceivedHeaders received() const { return received(headers); }
  static ReceivedHeaders received(const SignatureHeaders& h) {
    return {h.content_digest, h.audience, h.sequence, h.signature_input, h.signature};
  }
};

SignatureTag tag_of(std::string_view name) {
  for (std::size_t i = 0; i < kSignatureTags; ++i) {
    if (wire_name(static_cast<SignatureTag>(i)) == name) return static_cast<SignatureTag>(i);
  }
  ADD_FAILURE() << name;
  return SignatureTag::enroll;
}

// Gives fixed bytes, so that a nonce is known.
class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(base::Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    std::copy_n(bytes_.begin(), out.size(), out.begin());
  }

 private:
  base::Bytes bytes_;
};

TEST(HttpSignature, FollowsTheRfcsExamples) {
  const auto vectors = read_vectors("http_signatures.json");
  const auto rfc = vectors.root().find("rfc9421");
  const auto key = seed_of(rfc);
  EXPECT_EQ(base::to_hex(key.public_key().bytes), text_of(rfc, "public_key"));
  EXPECT_EQ(base::to_base64(key.sign(base::as_bytes(text_of(rfc, "signature_base"))).bytes),
            text_of(rfc, "signature"));
  for_each_case(vectors.root().find("content_digests"), 2, [](json::Value v) {
    EXPECT_EQ(content_digest(text_of(v, "body")), text_of(v, "digest"));
  });
}

TEST(HttpSignature, SignsAndVerifiesTheVectors) {
  const auto vectors = read_vectors("http_signatures.json");
  const NodeIdentity identity(seed_of(vectors.root()));
  const auto audience = ControlPlaneId::parse(text_of(vectors.root(), "audience")).value();
  const auto now = vectors.root().find("now_seconds").integer().value();
  for_each_case(vectors.root().find("valid"), 4, [&](json::Value v) {
    const Sent sent(v);
    const auto parameters = parse_signature_input(sent.headers.signature_input);
    ASSERT_TRUE(parameters.ok()) << parameters.error().detail;
    EXPECT_EQ(signature_base(sent.request(), sent.headers.content_digest, sent.headers.audience,
                             sent.headers.sequence, sent.headers.signature_input.substr(5)),
              text_of(v, "signature_base"));
    const SignatureTag tag = tag_of(text_of(v, "tag"));
    const auto verified = verify_request(sent.request(), sent.received(), {tag, audience, now},
                                         identity.public_key());
    ASSERT_TRUE(verified.ok()) << verified.error().detail;
    EXPECT_EQ(verified->node_id, identity.node_id());
    EXPECT_EQ(std::to_string(verified->sequence), sent.headers.sequence);
    FixedRandom random(base::from_base64url(parameters->nonce).value());
    const auto signed_again = sign_request(
        sent.request(), {tag, audience, verified->sequence, parameters->created_seconds}, identity,
        random);
    EXPECT_EQ(signed_again.signature_input, sent.headers.signature_input);
    EXPECT_EQ(signed_again.signature, sent.headers.signature);
    EXPECT_EQ(signed_again.content_digest, sent.headers.content_digest);
  });
}

// CASES G4 #44, #45, #46, #52.
TEST(HttpSignature, RefusesTheVectors) {
  const auto vectors = read_vectors("http_signatures.json");
  const auto key = crypto::ed25519_public_key(hex_of(vectors.root(), "public_key")).value();
  const auto audience = ControlPlaneId::parse(text_of(vectors.root(), "audience")).value();
  const auto now = vectors.root().find("now_seconds").integer().value();
  for_each_case(vectors.root().find("refused"), 55, [&](json::Value v) {
    const Sent sent(v);
    const auto verified = verify_request(sent.request(), sent.received(),
                                         {SignatureTag::heartbeat, audience, now}, key);
    ASSERT_FALSE(verified.ok());
    EXPECT_EQ(base::error_info(verified.error().code).wire_name, text_of(v, "code"))
        << verified.error().detail;
  });
}

TEST(HttpSignature, TellsTheSkewAndTheTimeOfTheServer) {
  const auto identity = NodeIdentity::generate(base::system_random());
  const auto audience = control_plane_id_of(identity.public_key());
  const CoveredRequest request{"POST", "/v1/x", "", "{}"};
  const auto headers = sign_request(request, {SignatureTag::poll, audience, 5, 1'795'253'400 - 600},
                                    identity, base::system_random());
  const auto verified =
      verify_request(request, Sent::received(headers),
                     {SignatureTag::poll, audience, 1'795'253'400}, identity.public_key());
  ASSERT_FALSE(verified.ok());
  EXPECT_EQ(verified.error().code, base::ErrorCode::clock_skew);
  EXPECT_NE(verified.error().detail.find("skew_seconds=-600:"), std::string::npos)
      << verified.error().detail;
  EXPECT_NE(verified.error().detail.find("2026-11-21T"), std::string::npos)
      << verified.error().detail;
}

TEST(HttpSignature, EveryTagIsWorthlessForEveryOtherRoute) {
  const auto identity = NodeIdentity::generate(base::system_random());
  const auto audience = control_plane_id_of(identity.public_key());
  const CoveredRequest request{"POST", "/v1/x", "a=b", "{}"};
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kSignatureTags; ++i) {
    const auto tag = static_cast<SignatureTag>(i);
    EXPECT_TRUE(names.insert(wire_name(tag)).second);
    const auto headers =
        sign_request(request, {tag, audience, 1, 1000}, identity, base::system_random());
    for (std::size_t j = 0; j < kSignatureTags; ++j) {
      const auto verified =
          verify_request(request, Sent::received(headers),
                         {static_cast<SignatureTag>(j), audience, 1000}, identity.public_key());
      EXPECT_EQ(verified.ok(), i == j);
    }
  }
}

RC_GTEST_PROP(HttpSignatureProperty, AnyChangedByteOfAHeaderIsRefused,
              (std::uint8_t header, std::uint16_t at, std::uint8_t bit)) {
  static const auto identity = NodeIdentity::generate(base::system_random());
  const auto audience = control_plane_id_of(identity.public_key());
  const CoveredRequest request{"POST", "/v1/x", "a=b", "{}"};
  auto headers = sign_request(request, {SignatureTag::result, audience, 77, 1000}, identity,
                              base::system_random());
  const ExpectedSignature expected{SignatureTag::result, audience, 1000};
  RC_ASSERT(verify_request(request, Sent::received(headers), expected, identity.public_key()).ok());
  std::string* const all[] = {&headers.content_digest, &headers.audience, &headers.sequence,
                              &headers.signature_input, &headers.signature};
  std::string& changed = *all[header % 5];
  changed[at % changed.size()] ^= static_cast<char>(1 << (bit % 8));
  RC_ASSERT(
      !verify_request(request, Sent::received(headers), expected, identity.public_key()).ok());
}

}  // namespace
}  // namespace b3iq::protocol
