// The golden vectors of private transport: made here, of fixed keys, and compared byte by byte with
// tests/vectors/private_transport.json. web/shared/src/private/ checks the same file with another
// implementation.
//   B3IQ_WRITE_VECTORS=1 protocol_test --gtest_filter='PrivateVectors.*'   writes the file anew.
#include <gtest/gtest.h>

#include <functional>

#include "crypto/x25519_agreement.h"
#include "protocol/document_writer.h"
#include "protocol/messages/changed_json.h"
#include "protocol/private/padding.h"
#include "protocol/private/private_examples.h"
#include "protocol/vector_writer.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

std::string text_of(const SealedEnvelope& envelope) {
  std::string out;
  json::Writer w(out);
  write_sealed_envelope(w, envelope);
  return out;
}
std::string plain_request() {
  return std::string(base::as_text(*encode_private_request(private_request(), 0)));
}
std::string plain_answer(const JobAnswer& answer) {
  return std::string(base::as_text(*encode_private_answer(
      {client_job_id(), node().node_id(), answer.status, answer.body, answer.receipt}, 0)));
}
SealedEnvelope sealed_answer(const JobAnswer& answer) {
  const auto job = opened(sealed_request().envelope);
  FixedRandom random{std::string(kAnswerNonce)};
  return job->sealer.seal(answer, random).value();
}
std::vector<std::string> stream_pieces() {
  return {"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Die\"}}]}\n\n",
          "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" Aare.\"}}]}\n\n", "",
          "data: [DONE]\n\n"};
}
std::vector<SealedChunk> stream_chunks(ChunkPadding padding) {
  const auto job = opened(sealed_request().envelope);
  FixedRandom random{std::string(kStreamPrefix)};
  ChunkSealer sealer = job->sealer.seal_stream(padding, random);
  std::vector<SealedChunk> chunks;
  const auto pieces = stream_pieces();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    chunks.push_back(sealer
                         .seal(base::as_bytes(pieces[i]),
                               i + 1 == pieces.size() ? ChunkPlace::last : ChunkPlace::more)
                         .value());
  }
  return chunks;
}

// What the node says to an envelope's text: "CODE PARAM", or "opened".
std::string node_says(const std::string& envelope, const ExpectedRequest& expected) {
  const auto document = json::Document::parse(envelope);
  if (!document.ok()) return "invalid_json ";
  const auto sealed = decode_sealed_envelope(document->root());
  const auto result = sealed.ok() ? opened(*sealed, expected) : sealed.error();
  if (result.ok()) return "opened";
  return std::string(base::error_info(result.error().code).wire_name) + " " + result.error().param;
}
bool customer_opens(const std::string& envelope) {
  const auto document = json::Document::parse(envelope);
  if (!document.ok()) return false;
  const auto sealed = decode_sealed_answer(document->root());
  return sealed.ok() && sealed_request().opener.open(*sealed).ok();
}

class PrivateVectors : public testing::Test {
 protected:
  PrivateVectors() : w_(text_) { w_.begin_object(); }

  void keys() {
    const auto secret = job_secret();
    const auto shared = crypto::x25519_agree(client_pair(), transport_key().public_key()).value();
    w_.key("given");
    w_.begin_object();
    w_.member("node_id", node().node_id().text());
    w_.member("node_public_key", base::to_base64url(node().public_key().bytes));
    w_.member("transport_secret", kTransportSecret);
    w_.member("transport_public_key", base::to_base64url(transport_key().public_key().bytes));
    w_.member("key_id", transport_key().key_id().text());
    w_.member("client_secret", kClientSecret);
    w_.member("client_public_key", base::to_base64url(client_pair().public_key().bytes));
    w_.member("job_id", client_job_id().text());
    w_.member("model_id", private_request().model_id);
    w_.member("customer_nonce", base::to_base64url(private_request().customer_nonce));
    w_.end_object();
    w_.key("derived");
    w_.begin_object();
    w_.member("shared", base::to_hex(shared.reveal()));
    w_.member("prk", base::to_hex(secret.reveal()));
    w_.member("request_key", base::to_hex(secret.key_of(SealedPart::request).reveal()));
    w_.member("response_key", base::to_hex(secret.key_of(SealedPart::response).reveal()));
    w_.member("stream_key", base::to_hex(secret.key_of(SealedPart::response_stream).reveal()));
    w_.member("request_aad", additional_data(SealedPart::request, client_job_id()));
    w_.member("response_aad", additional_data(SealedPart::response, client_job_id()));
    w_.member("stream_aad", additional_data(SealedPart::response_stream, client_job_id()));
    w_.end_object();
    w_.key("padme");
    w_.begin_object();
    for (const std::size_t size : {0u, 1u, 2u, 7u, 8u, 9u, 15u, 17u, 100u, 255u, 1000u, 1025u,
                                   5000u, 65'537u, 1'000'000u, 1'048'576u, 4'000'001u})
      w_.member(std::to_string(size), static_cast<std::uint64_t>(padme_length(size)));
    w_.end_object();
  }
  void request() {
    w_.key("request");
    w_.begin_object();
    w_.member("body", kChatBody);
    w_.member("plaintext", plain_request());
    w_.member("nonce", kRequestNonce);
    w_.key("envelope");
    w_.raw(text_of(sealed_request().envelope));
    w_.end_object();
  }
  void answers() {
    const std::string receipt = private_receipt();
    w_.key("answers");
    w_.begin_array();
    for (const JobAnswer& answer : {completed_answer(receipt), failed_answer()}) {
      w_.begin_object();
      w_.member("status", wire_name(answer.status));
      w_.member("body", answer.body);
      w_.member("receipt", answer.receipt ? answer.receipt->document : std::string_view());
      w_.member("receipt_salt",
                answer.receipt ? base::to_base64url(answer.receipt->salt) : std::string());
      w_.member("plaintext", plain_answer(answer));
      w_.member("nonce", kAnswerNonce);
      w_.key("envelope");
      w_.raw(text_of(sealed_answer(answer)));
      w_.end_object();
    }
    w_.end_array();
  }
  void frames(const std::vector<SealedChunk>& chunks) {
    w_.key("frames");
    w_.begin_array();
    for (const SealedChunk& chunk : chunks) w_.value(encode_sealed_chunk(chunk));
    w_.end_array();
  }
  void streams() {
    w_.key("streams");
    w_.begin_array();
    for (const std::size_t block : {0u, 128u}) {
      w_.begin_object();
      w_.member("block_bytes", static_cast<std::uint64_t>(block));
      w_.member("prefix", kStreamPrefix);
      w_.key("pieces");
      w_.begin_array();
      for (const std::string& piece : stream_pieces()) w_.value(piece);
      w_.end_array();
      frames(stream_chunks({block}));
      w_.end_object();
    }
    w_.end_array();
  }
  void refused_requests();
  void refused_answers();
  void refused_frames();
  void refused_streams();

  void compare() {
    w_.end_object();
    compare_vectors("private_transport.json", text_);
  }

  std::string text_;
  json::Writer w_;
};

void PrivateVectors::refused_requests() {
  const std::string good = text_of(sealed_request().envelope);
  ASSERT_EQ(node_says(good, expected_request()), "opened");
  w_.key("refused_requests");
  w_.begin_array();
  const auto add = [&](std::string_view name, const std::string& envelope,
                       const ExpectedRequest& expected = expected_request()) {
    const std::string says = node_says(envelope, expected);
    EXPECT_NE(says, "opened") << name;
    w_.begin_object();
    w_.member("name", name);
    w_.member("envelope", envelope);
    w_.member("job_id", expected.job_id.text());
    w_.member("node_id", expected.node_id.text());
    w_.member("model_id", expected.model_id);
    w_.member("code", says.substr(0, says.find(' ')));
    w_.member("param", says.substr(says.find(' ') + 1));
    w_.end_object();
  };
  const auto replace = [&](std::string_view member, const std::string& value) {
    const std::string instead = "\"" + value + "\"";
    return changed(good, std::string(member), &instead);
  };
  for (const std::string_view member :
       {"version", "key_id", "algorithm", "client_public_key_x25519", "nonce", "ciphertext"})
    add("without " + std::string(member), changed(good, std::string(member), nullptr));
  add("a member more", changed(good, "+", nullptr));
  add("the same member twice", R"({"version":"b3iq-private-transport-v1",)" + good.substr(1));
  add("another version", replace("version", "b3iq-private-transport-v2"));
  add("another algorithm", replace("algorithm", "x25519-hkdf-sha256-aes256gcm"));
  add("a key id of another form", replace("key_id", "b3x_1"));
  add("a key that the node has not", replace("key_id", "b3x_aaaaaaaaaaaaaaaa"));
  add("a nonce of 11 bytes", replace("nonce", base::to_base64url(counted<11>(0))));
  add("a nonce with padding", replace("nonce", base::to_base64url(counted<11>(0)) + "="));
  add("a ciphertext shorter than a tag", replace("ciphertext", base::to_base64url(counted<15>(0))));
  add("standard base64", replace("ciphertext", std::string(40, '+')));
  for (const std::string_view hex :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    add("a client key of low order: " + std::string(hex),
        replace("client_public_key_x25519", base::to_base64url(bytes_of_hex<32>(hex))));
  }
  auto high = client_pair().public_key();
  high.bytes[31] |= 0x80;
  add("a client key with the 256th bit",
      replace("client_public_key_x25519", base::to_base64url(high.bytes)));
  const auto flipped = [&](std::string_view name, auto flip) {
    SealedEnvelope bad = sealed_request().envelope;
    flip(bad);
    add(name, text_of(bad));
  };
  flipped("a flipped bit of the client key", [](auto& e) { e.client_public_key.bytes[0] ^= 1; });
  flipped("a flipped bit of the nonce", [](auto& e) { e.nonce[11] ^= 0x80; });
  flipped("a flipped bit of the ciphertext", [](auto& e) { e.ciphertext[0] ^= 1; });
  flipped("a flipped bit of the tag", [](auto& e) { e.ciphertext.back() ^= 1; });
  flipped("a byte cut off", [](auto& e) { e.ciphertext.pop_back(); });
  flipped("a byte more", [](auto& e) { e.ciphertext.push_back(0); });
  flipped("a flipped bit of the aad_hash", [](auto& e) { (*e.aad_hash)[5] ^= 4; });
  ExpectedRequest other = expected_request();
  other.job_id = ClientJobId::parse("trip-planner_8").value();
  add("moved to another job", good, other);
  SealedEnvelope moved = sealed_request().envelope;
  moved.aad_hash = additional_data_hash(SealedPart::request, other.job_id);
  add("moved to another job with its aad_hash", text_of(moved), other);
  other = expected_request();
  other.model_id = "llama3.1:70b";
  add("moved to another model", good, other);
  other = expected_request();
  other.node_id = node_id_of(control_plane().public_key());
  add("moved to another node of the same key", good, other);
  const auto inner = [&](std::string_view name, const std::string& plaintext,
                         SealedPart part = SealedPart::request) {
    add(name, text_of(sealed_text(part, plaintext)));
  };
  const std::string plain = plain_request();
  const std::string bare = plain.substr(0, plain.find_last_not_of(' ') + 1);
  const auto padded = [](std::string text) {
    text.resize(padme_length(text.size()), ' ');
    return text;
  };
  inner("under the key of answers", plain, SealedPart::response);
  inner("not padded", bare);
  inner("padded by one too many", plain + " ");
  inner("padded with newlines", bare + std::string(plain.size() - bare.size(), '\n'));
  inner("spaces in front", padded(" " + bare));
  inner("nothing inside", "");
  inner("no JSON inside", padded("hello"));
  inner("an array inside", padded("[" + bare + "]"));
  for (const std::string_view member :
       {"job_id", "node_id", "model_id", "customer_nonce", "request"})
    inner("inside without " + std::string(member),
          padded(changed(bare, std::string(member), nullptr)));
  inner("a member more inside", padded(changed(bare, "+", nullptr)));
  inner("a member twice inside", padded(R"({"job_id":"trip-planner_7",)" + bare.substr(1)));
  const std::string nonce = R"("AAAA")", array = "[]", job = R"("trip-planner_8")";
  inner("a short customer_nonce inside", padded(changed(bare, "customer_nonce", &nonce)));
  inner("a request that is no object inside", padded(changed(bare, "request", &array)));
  inner("another job_id inside", padded(changed(bare, "job_id", &job)));
  w_.end_array();
}

void PrivateVectors::refused_answers() {
  const std::string receipt = private_receipt();
  const std::string good = text_of(sealed_answer(completed_answer(receipt)));
  ASSERT_TRUE(customer_opens(good));
  w_.key("refused_answers");
  w_.begin_array();
  const auto add = [&](std::string_view name, const std::string& envelope) {
    EXPECT_FALSE(customer_opens(envelope)) << name;
    w_.begin_object();
    w_.member("name", name);
    w_.member("envelope", envelope);
    w_.end_object();
  };
  const auto flipped = [&](std::string_view name, auto flip) {
    SealedEnvelope bad = sealed_answer(completed_answer(receipt));
    flip(bad);
    add(name, text_of(bad));
  };
  add("a member more", changed(good, "+", nullptr));
  add("the request itself", text_of(sealed_request().envelope));
  flipped("a flipped bit of the nonce", [](auto& e) { e.nonce[0] ^= 1; });
  flipped("a flipped bit of the ciphertext", [](auto& e) { e.ciphertext[7] ^= 0x10; });
  flipped("a flipped bit of the tag", [](auto& e) { e.ciphertext.back() ^= 0x80; });
  flipped("a byte cut off", [](auto& e) { e.ciphertext.pop_back(); });
  flipped("the request's aad_hash",
          [](auto& e) { e.aad_hash = additional_data_hash(SealedPart::request, client_job_id()); });
  flipped("another client key",
          [](auto& e) { e.client_public_key = transport_key().public_key(); });
  flipped("another key id",
          [](auto& e) { e.key_id = TransportKeyId::parse("b3x_aaaaaaaaaaaaaaaa").value(); });
  const auto inner = [&](std::string_view name, std::string plaintext) {
    plaintext.resize(padme_length(plaintext.size()), ' ');
    add(name, text_of(sealed_text(SealedPart::response, plaintext)));
  };
  const std::string plain = plain_answer(completed_answer(receipt));
  const std::string bare = plain.substr(0, plain.find_last_not_of(' ') + 1);
  for (const std::string_view member :
       {"job_id", "node_id", "status", "response", "receipt", "receipt_salt"})
    inner("inside without " + std::string(member), changed(bare, std::string(member), nullptr));
  inner("a member more inside", changed(bare, "+", nullptr));
  const std::string job = R"("trip-planner_8")", failed = R"("failed")", salt = R"("AA")",
                    text = R"("x")";
  inner("another job_id inside", changed(bare, "job_id", &job));
  inner("a failed one with a response", changed(bare, "status", &failed));
  inner("a short salt inside", changed(bare, "receipt_salt", &salt));
  inner("a response that is no object", changed(bare, "response", &text));
  add("not padded", text_of(sealed_text(SealedPart::response, bare)));
  w_.end_array();
}

void PrivateVectors::refused_frames() {
  const std::string good = encode_sealed_chunk(stream_chunks({})[0]);
  w_.key("refused_frames");
  w_.begin_array();
  const auto add = [&](std::string_view name, const std::string& frame) {
    EXPECT_FALSE(decode_sealed_chunk(frame).ok()) << name;
    w_.begin_object();
    w_.member("name", name);
    w_.member("frame", frame);
    w_.end_object();
  };
  const auto nonce = [&](std::string_view hex) {
    const std::string instead = "\"" + base::to_base64url(*base::from_hex(hex)) + "\"";
    return changed(good, "nonce", &instead);
  };
  add("without nonce", changed(good, "nonce", nullptr));
  add("without ciphertext", changed(good, "ciphertext", nullptr));
  add("a member more", changed(good, "+", nullptr));
  add("a nonce of 11 bytes", nonce("4041424344454600000000"));
  add("a last byte of 2", nonce("404142434445460000000002"));
  add("a number past the limit", nonce("404142434445460010000000"));
  const std::string tag = "\"" + base::to_base64url(counted<19>(0)) + "\"";
  add("a ciphertext of 19 bytes", changed(good, "ciphertext", &tag));
  const std::string long_text = "\"" + base::to_base64url(base::Bytes(65'553, 0)) + "\"";
  w_.begin_object();
  w_.member("name", "a ciphertext of 65553 zeros (made by the reader)");
  w_.member("zeros", 65'553);
  w_.end_object();
  EXPECT_FALSE(decode_sealed_chunk(changed(good, "ciphertext", &long_text)).ok());
  add("an event's line", "data: " + good);
  w_.end_array();
}

void PrivateVectors::refused_streams() {
  const auto good = stream_chunks({});
  w_.key("refused_streams");
  w_.begin_array();
  const auto add = [&](std::string_view name, const std::vector<SealedChunk>& chunks) {
    ChunkOpener opener = sealed_request().opener.open_stream();
    std::uint64_t opened_chunks = 0;
    while (opened_chunks < chunks.size() && opener.open(chunks[opened_chunks]).ok())
      ++opened_chunks;
    EXPECT_FALSE(opener.finish().ok()) << name;
    w_.begin_object();
    w_.member("name", name);
    w_.member("opened", opened_chunks);
    frames(chunks);
    w_.end_object();
  };
  add("nothing came", {});
  add("cut off before the last", {good[0], good[1], good[2]});
  add("one left out", {good[0], good[2], good[3]});
  add("the first left out", {good[1], good[2], good[3]});
  add("two exchanged", {good[0], good[2], good[1], good[3]});
  add("one doubled", {good[0], good[0], good[1], good[2], good[3]});
  add("one behind the last", {good[0], good[1], good[2], good[3], good[3]});
  auto bad = good;
  bad[1].is_last = true;
  add("the end brought forward", {bad[0], bad[1]});
  bad = good;
  bad[3].is_last = false;
  add("the end taken away", bad);
  bad = good;
  bad[2].ciphertext.back() ^= 1;
  add("a flipped bit of a tag", bad);
  bad = good;
  bad[1].prefix[0] ^= 1;
  add("another prefix", bad);
  const auto inner = [&](std::string_view name, const base::Bytes& plaintext) {
    crypto::ChaCha20Poly1305 aead(job_secret().key_of(SealedPart::response_stream));
    SealedChunk chunk;
    chunk.prefix = good[0].prefix;
    chunk.is_last = true;
    chunk.ciphertext.resize(plaintext.size() + crypto::kAeadTagBytes);
    aead.seal(nonce_of(chunk),
              base::as_bytes(additional_data(SealedPart::response_stream, client_job_id())),
              plaintext, chunk.ciphertext);
    add(name, {chunk});
  };
  inner("a length past the end", {0, 0, 0, 2, 'x'});
  inner("padding that is not zero", {0, 0, 0, 1, 'x', 0, 1});
  w_.end_array();
}

TEST_F(PrivateVectors, AreThoseOfTheFile) {
  w_.member("comment",
            "b3iq-private-transport-v1. Secrets, keys and nonces in hex, public keys and "
            "customer_nonce in base64url. plaintext is what is sealed, padding included. A refused "
            "request is refused by the holder of transport_secret for that job, node and model "
            "with code and param; refused answers and streams by the one who sealed 'request'; "
            "'opened' is how many frames open before.");
  keys();
  request();
  answers();
  streams();
  refused_requests();
  refused_answers();
  refused_frames();
  refused_streams();
  compare();
}

}  // namespace
}  // namespace b3iq::protocol
