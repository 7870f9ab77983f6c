#include "protocol/private/answer_opener.h"

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/private/sealed_part.h"

namespace b3iq::protocol {
namespace {

base::Error cannot_open() {
  return base::Error(
      base::ErrorCode::corrupt,
      "The sealed answer cannot be opened: it was changed, or it is not the answer "
      "of this job and this request. Fetch it again; if that does not help, send the "
      "request anew, sealed anew.");
}

base::Result<AnswerOpener> read(std::string_view text) {
  TRY(const auto document, json::Document::parse(text, {.max_bytes = kMaxAnswerKeyBytes}));
  TRY(auto in, MemberReader::open(document.root(), "An answer key"));
  TRY(const auto type, in.text("type"));
  if (type != kAnswerKeyType) return in.refused("type", "is not b3iq-private-answer-key-v1");
  TRY(auto job_id, in.id<ClientJobId>("job_id"));
  TRY(auto node_id, in.id<NodeId>("node_id"));
  TRY(auto key_id, in.id<TransportKeyId>("key_id"));
  crypto::X25519PublicKey client;
  TRY(client.bytes, in.bytes<32>("client_public_key_x25519"));
  TRY(auto bytes, in.bytes<32>("secret"));
  crypto::SecretBytes<32> prk(bytes);
  crypto::wipe(bytes.data(), bytes.size());
  TRY_OK(in.done());
  return AnswerOpener(std::move(job_id), std::move(node_id), client,
                      JobSecret(std::move(prk), std::move(key_id)));
}

}  // namespace

base::Result<OpenedAnswer> AnswerOpener::open(const SealedEnvelope& envelope) const {
  if (envelope.key_id != secret_.key_id() || envelope.client_public_key != client_)
    return cannot_open();
  auto plaintext = open_part(secret_, SealedPart::response, job_id_, envelope);
  if (!plaintext) return cannot_open();
  auto answer = decode_private_answer(plaintext->reveal_text());
  if (!answer.ok() || answer->job_id != job_id_ || answer->node_id != node_id_)
    return cannot_open();
  return OpenedAnswer{*std::move(plaintext), std::move(answer).value()};
}

ChunkOpener AnswerOpener::open_stream() const {
  return ChunkOpener(secret_.key_of(SealedPart::response_stream), job_id_);
}

crypto::Secret AnswerOpener::save() const {
  std::string text;
  text.reserve(kMaxAnswerKeyBytes);  // no copy is left behind by a growing string
  json::Writer w(text);
  w.begin_object();
  w.member("type", kAnswerKeyType);
  w.member("job_id", job_id_.text());
  w.member("node_id", node_id_.text());
  w.member("key_id", secret_.key_id().text());
  write_bytes(w, "client_public_key_x25519", client_.bytes);
  std::string secret = base::to_base64url(secret_.reveal());
  w.member("secret", std::string_view(secret));
  w.end_object();
  crypto::Secret out(text);
  crypto::wipe(secret.data(), secret.size());
  crypto::wipe(text.data(), text.size());
  return out;
}

base::Result<AnswerOpener> AnswerOpener::load(std::string_view text) {
  auto opener = read(text);
  if (opener.ok()) return opener;
  return base::Error(
      base::ErrorCode::corrupt,
      "This is not the answer key that sealing a request wrote. Without that file the "
      "answer cannot be opened: send the request anew.");
}

}  // namespace b3iq::protocol
