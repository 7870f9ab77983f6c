#include "http/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>

#include "http/stream.h"

namespace b3iq::http {
namespace {

std::string openssl_reason() {
  char text[160] = "unknown reason";
  if (const auto code = ERR_peek_error(); code != 0) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

base::Error config_error(const std::string& what) {
  return {base::ErrorCode::config_invalid, what + ": " + openssl_reason()};
}

ssl_ctx_st* new_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  if (!context) return nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

bool is_numeric(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

int bio_read_call(BIO* bio, char* out, std::size_t size, std::size_t* got) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = recv(static_cast<Stream*>(BIO_get_data(bio))->fd(), out, size, 0);
  if (count > 0) {
    *got = static_cast<std::size_t>(count);
    return 1;
  }
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return 0;
}

int bio_write_call(BIO* bio, const char* bytes, std::size_t size, std::size_t* put) {
  BIO_clear_retry_flags(bio);
  // Unlike OpenSSL's own socket BIO this raises no SIGPIPE.
  const ssize_t count =
      send(static_cast<Stream*>(BIO_get_data(bio))->fd(), bytes, size, MSG_NOSIGNAL);
  if (count >= 0) {
    *put = static_cast<std::size_t>(count);
    return 1;
  }
  if (errno == EAGAIN || errno == EINTR) BIO_set_retry_write(bio);
  return 0;
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return 0;
}

// The method table is immutable once made; OpenSSL keeps no other form of it.
const BIO_METHOD* stream_bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    BIO_meth_set_read_ex(made, bio_read_call);
    BIO_meth_set_write_ex(made, bio_write_call);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

}  // namespace

base::Result<std::unique_ptr<TlsContext>> TlsContext::server(const std::string& certificate_chain,
                                                             const std::string& private_key) {
  ERR_clear_error();
  std::unique_ptr<TlsContext> self(new TlsContext(new_context(TLS_server_method())));
  if (!self->context_) return config_error("TLS cannot be set up");
  if (SSL_CTX_use_certificate_chain_file(self->context_, certificate_chain.c_str()) != 1) {
    return config_error("the certificate chain " + certificate_chain + " cannot be read as PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(self->context_, private_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(self->context_) != 1) {
    return config_error("the private key " + private_key +
                        " cannot be read, or is not the certificate's");
  }
  SSL_CTX_set_session_cache_mode(self->context_, SSL_SESS_CACHE_OFF);
  return self;
}

base::Result<std::unique_ptr<TlsContext>> TlsContext::client(const std::string& ca_file) {
  ERR_clear_error();
  std::unique_ptr<TlsContext> self(new TlsContext(new_context(TLS_client_method())));
  if (!self->context_) return config_error("TLS cannot be set up");
  const int loaded = ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(self->context_)
                         : SSL_CTX_load_verify_locations(self->context_, ca_file.c_str(), nullptr);
  if (loaded != 1) {
    return config_error(ca_file.empty()
                            ? "the system's certificate authorities cannot be read"
                            : "the certificate authorities of " + ca_file + " cannot be read");
  }
  SSL_CTX_set_verify(self->context_, SSL_VERIFY_PEER, nullptr);
  return self;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::unique_ptr<TlsSession> TlsContext::accept() const {
  SSL* ssl = SSL_new(context_);
  if (!ssl) return nullptr;
  SSL_set_accept_state(ssl);
  return std::make_unique<TlsSession>(ssl);
}

std::unique_ptr<TlsSession> TlsContext::connect(const std::string& host) const {
  SSL* ssl = SSL_new(context_);
  if (!ssl) return nullptr;
  auto session = std::make_unique<TlsSession>(ssl);
  SSL_set_connect_state(ssl);
  if (is_numeric(host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1) return nullptr;
  } else {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set1_host(ssl, host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) {
      return nullptr;
    }
  }
  return session;
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

void TlsSession::attach(Stream& stream) {
  BIO* bio = BIO_new(stream_bio_method());
  if (!bio) return;
  BIO_set_data(bio, &stream);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  stream_ = &stream;
}

IoState TlsSession::state_of(Stream& stream, int result, bool reading) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      stream.readable_ = false;
      if (!reading) {
        stream.writable_ = false;
        stream.write_wants_read_ = true;
      }
      return IoState::again;
    case SSL_ERROR_WANT_WRITE:
      stream.writable_ = false;
      if (reading) {
        stream.readable_ = false;
        stream.read_wants_write_ = true;
      }
      return IoState::again;
    case SSL_ERROR_ZERO_RETURN:
      return IoState::end;
    default:
      broken_ = true;
      if (failure_.empty()) {
        const long verified = SSL_get_verify_result(ssl_);
        failure_ =
            verified == X509_V_OK ? openssl_reason() : X509_verify_cert_error_string(verified);
      }
      ERR_clear_error();
      return IoState::failed;
  }
}

IoState TlsSession::handshake(Stream& stream) {
  if (!stream_) attach(stream);
  if (!stream_) return IoState::failed;
  stream.read_wants_write_ = false;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  return result == 1 ? IoState::done : state_of(stream, result, true);
}

IoResult TlsSession::read(Stream& stream, std::span<char> buffer) {
  if (broken_) return {IoState::failed};
  stream.read_wants_write_ = false;
  ERR_clear_error();
  std::size_t got = 0;
  const int result = SSL_read_ex(ssl_, buffer.data(), buffer.size(), &got);
  if (result == 1) return {IoState::done, got};
  return {state_of(stream, result, true)};
}

IoResult TlsSession::write(Stream& stream, std::span<const char> bytes) {
  if (broken_) return {IoState::failed};
  stream.write_wants_read_ = false;
  ERR_clear_error();
  std::size_t put = 0;
  const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &put);
  if (result == 1) return {IoState::done, put};
  return {state_of(stream, result, false)};
}

void TlsSession::send_close_notify() {
  if (!broken_ && stream_) SSL_shutdown(ssl_);
  ERR_clear_error();
}

}  // namespace b3iq::http
