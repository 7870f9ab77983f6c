#include "client/sealing/answer_files.h"

#include <unistd.h>

#include "client/sealing/written_file.h"
#include "crypto/secret_file.h"
#include "json/json.h"

namespace b3iq::client {
namespace {

std::string envelope_text(const protocol::SealedEnvelope& envelope) {
  std::string text;
  json::Writer w(text);
  protocol::write_sealed_envelope(w, envelope);
  return text.append("\n");
}

}  // namespace

base::Status write_sealed_request(const protocol::SealedRequest& sealed,
                                  const std::string& envelope_path,
                                  const std::string& answer_key_path) {
  const auto key = sealed.opener.save();
  TRY_OK(crypto::write_secret_file(answer_key_path, key.reveal(), crypto::IfExists::fail));
  auto written = write_whole_file(envelope_path, envelope_text(sealed.envelope));
  if (!written.ok()) ::unlink(answer_key_path.c_str());
  return written;
}

base::Result<protocol::AnswerOpener> read_answer_key(const std::string& path) {
  TRY(const auto text, crypto::read_secret_file(path));
  return protocol::AnswerOpener::load(text.reveal_text());
}

base::Result<protocol::SealedEnvelope> sealed_answer_in(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  const json::Value root = document.root();
  if (root.find("ciphertext")) return protocol::decode_sealed_answer(root);
  const json::Value response = root.find("encrypted_response");
  if (!response || response.is_null()) {
    return base::Error(base::ErrorCode::invalid_request,
                       "There is no sealed answer in this: it is the job's encrypted_response, or "
                       "the whole job once it has one. Ask for the job again when it has ended.",
                       "encrypted_response");
  }
  return protocol::decode_sealed_answer(response);
}

}  // namespace b3iq::client
