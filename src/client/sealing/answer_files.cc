#include "client/sealing/answer_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

base::Status write_whole(const std::string& path, std::string_view text) {
  const auto failed = [&](int cause) {
    return base::Error(base::ErrorCode::file_failed,
                       "The envelope cannot be written to " + path + ": " + ::strerror(cause) + ".",
                       path);
  };
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed(errno);
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int cause = errno;
      ::close(fd);
      return failed(cause);
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::close(fd) == 0 ? base::Status() : failed(errno);
}

}  // namespace

base::Status write_sealed_request(const protocol::SealedRequest& sealed,
                                  const std::string& envelope_path,
                                  const std::string& answer_key_path) {
  const auto key = sealed.opener.save();
  TRY_OK(crypto::write_secret_file(answer_key_path, key.reveal(), crypto::IfExists::fail));
  auto written = write_whole(envelope_path, envelope_text(sealed.envelope));
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
