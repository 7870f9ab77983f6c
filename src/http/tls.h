// TLS over a Stream's own socket calls (OpenSSL, TLS 1.2 and later): no buffer is held between
// records.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace b3iq::http {

class Stream;
enum class IoState : std::uint8_t;
struct IoResult;

class TlsSession;

class TlsContext {
 public:
  // The server's side: certificate chain and private key as PEM files.
  static base::Result<std::unique_ptr<TlsContext>> server(const std::string& certificate_chain,
                                                          const std::string& private_key);
  // The client's side: trusts the system's authorities, or only those of `ca_file` when it is
  // named.
  static base::Result<std::unique_ptr<TlsContext>> client(const std::string& ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Null when memory ran out.
  std::unique_ptr<TlsSession> accept() const;
  // The peer's certificate must be valid for `host`, a name or a numeric address.
  std::unique_ptr<TlsSession> connect(const std::string& host) const;

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

class TlsSession {
 public:
  explicit TlsSession(ssl_st* ssl) : ssl_(ssl) {}
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  IoState handshake(Stream& stream);
  IoResult read(Stream& stream, std::span<char> buffer);
  IoResult write(Stream& stream, std::span<const char> bytes);
  void send_close_notify();
  // Why the handshake failed, in OpenSSL's words (certificate verification first).
  const std::string& failure() const { return failure_; }

 private:
  void attach(Stream& stream);
  IoState state_of(Stream& stream, int result, bool reading);

  ssl_st* ssl_;
  Stream* stream_ = nullptr;
  bool broken_ = false;
  std::string failure_;
};

}  // namespace b3iq::http
