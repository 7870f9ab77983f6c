#include "control/wake/nats_link.h"

#include <fmt/format.h>
#include <nats/nats.h>

#include <limits>
#include <thread>

#include "control/wake/nats_loop.h"
#include "control/wake/wake_message.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::int64_t kWatchTurnMs = 1'000;

struct FreeOptions {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using Options = std::unique_ptr<natsOptions, FreeOptions>;

// What libnats says in this thread, without the place in its source.
std::string told(natsStatus status) {
  const char* text = nats_GetLastError(nullptr);
  if (!text || !*text) return natsStatus_GetText(status);
  const std::string_view all(text);
  const auto place = all.find("): ");
  return std::string(all.starts_with('(') && place != all.npos ? all.substr(place + 3) : all);
}

Error failed(const NatsServer& server, std::string_view why) {
  return Error(
      ErrorCode::runtime_unreachable,
      fmt::format("The NATS server {} cannot be used: {}. Check 'nats' in config.json and the "
                  "server; until then replicas find commands by polling.",
                  server.name(), why));
}

// What is wrong shows in what the reader and publish() get; without a handler libnats would print
// to standard error.
void ignore_error(natsConnection* /*connection*/, natsSubscription* /*subscription*/,
                  natsStatus /*status*/, void* /*closure*/) {}

}  // namespace

struct NatsLink::Impl {
  NatsLoop loop;
  natsConnection* connection = nullptr;
  natsSubscription* subscription = nullptr;
  std::string subject;
  std::thread reader;

  natsStatus set_options(natsOptions* options, const NatsSettings& settings,
                         const NatsServer& server, const NatsCredentials& credentials);
  static natsStatus set_tls(natsOptions* options, const NatsSettings& settings,
                            const NatsServer& server);
  static natsStatus set_credentials(natsOptions* options, const NatsSettings& settings,
                                    const NatsCredentials& credentials);
  natsStatus subscribe();
  natsStatus say_hello();
  void read(NatsReceiver& receiver);
};

natsStatus NatsLink::Impl::set_options(natsOptions* options, const NatsSettings& settings,
                                       const NatsServer& server,
                                       const NatsCredentials& credentials) {
  const auto url = (server.tls ? "tls://" : "nats://") + server.name();
  auto status = natsOptions_SetURL(options, url.c_str());
  const auto then = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  then(natsOptions_SetName(options, "b3iq-control-plane"));
  // The owner connects again by itself, to the servers it knows, with files read anew.
  then(natsOptions_SetAllowReconnect(options, false));
  then(natsOptions_SetIgnoreDiscoveredServers(options, true));
  then(natsOptions_SetTimeout(options, kNatsConnectMs));
  then(natsOptions_SetWriteDeadline(options, kNatsWriteMs));
  then(natsOptions_SetPingInterval(options, kNatsPingMs));
  // libnats pings and never finds the answers wanting: it would close on its timer's thread, beside
  // a read of ours. NatsLoop::watch() does instead.
  then(natsOptions_SetMaxPingsOut(options, std::numeric_limits<int>::max()));
  then(natsOptions_SetNoEcho(options, true));
  then(natsOptions_SetSendAsap(options, true));
  then(natsOptions_SetErrorHandler(options, &ignore_error, nullptr));
  then(loop.serve(options));
  if (server.tls) then(set_tls(options, settings, server));
  then(set_credentials(options, settings, credentials));
  return status;
}

natsStatus NatsLink::Impl::set_tls(natsOptions* options, const NatsSettings& settings,
                                   const NatsServer& server) {
  // Secure is asked for, not only taken when the server offers it.
  auto status = natsOptions_SetSecure(options, true);
  const auto then = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  then(natsOptions_SetExpectedHostname(options, server.host.c_str()));
  if (!settings.tls_ca.empty())
    then(natsOptions_LoadCATrustedCertificates(options, settings.tls_ca.c_str()));
  if (!settings.tls_certificate.empty()) {
    then(natsOptions_LoadCertificatesChain(options, settings.tls_certificate.c_str(),
                                           settings.tls_key.c_str()));
  }
  return status;
}

natsStatus NatsLink::Impl::set_credentials(natsOptions* options, const NatsSettings& settings,
                                           const NatsCredentials& credentials) {
  std::string secret(credentials.secret.reveal_text());  // libnats wants an end mark
  auto status = NATS_OK;
  switch (credentials.form) {
    case NatsCredentials::Form::none:
      break;
    case NatsCredentials::Form::jwt:
      status = natsOptions_SetUserCredentialsFromFiles(options, settings.credentials_file.c_str(),
                                                       nullptr);
      break;
    case NatsCredentials::Form::password:
      status = natsOptions_SetUserInfo(options, credentials.user.c_str(), secret.c_str());
      break;
    case NatsCredentials::Form::token:
      status = natsOptions_SetToken(options, secret.c_str());
      break;
  }
  crypto::wipe(secret.data(), secret.size());
  return status;
}

natsStatus NatsLink::Impl::subscribe() {
  const auto status = natsConnection_SubscribeSync(&subscription, connection, subject.c_str());
  if (status != NATS_OK) return status;
  return natsSubscription_SetPendingLimits(subscription, kMaxNatsPendingMessages,
                                           kMaxNatsPendingBytes);
}

// What the server does not permit it says before it answers the flush.
natsStatus NatsLink::Impl::say_hello() {
  const auto hello = encode_wake({});
  auto status = natsConnection_Publish(connection, subject.c_str(), hello.data(),
                                       static_cast<int>(hello.size()));
  if (status == NATS_OK) status = natsConnection_FlushTimeout(connection, kNatsConnectMs);
  const char* unused = nullptr;
  if (status == NATS_OK) status = natsConnection_GetLastError(connection, &unused);
  // A flood that came before anybody read: messages were lost, which read() is prepared for.
  return status == NATS_SLOW_CONSUMER ? NATS_OK : status;
}

// The reader's thread. Ends when the connection is closed, by either side.
void NatsLink::Impl::read(NatsReceiver& receiver) {
  for (;;) {
    natsMsg* message = nullptr;
    const auto status = natsSubscription_NextMsg(&message, subscription, kWatchTurnMs);
    loop.watch();
    // Having been slow loses messages, which is told once by this status.
    if (status == NATS_TIMEOUT || status == NATS_SLOW_CONSUMER) continue;
    if (status != NATS_OK) break;
    const auto bytes = static_cast<std::size_t>(natsMsg_GetDataLength(message));
    receiver.on_message({bytes > 0 ? natsMsg_GetData(message) : "", bytes});
    natsMsg_Destroy(message);
  }
  receiver.on_lost();
}

NatsLink::NatsLink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<NatsLink>> NatsLink::connect(const NatsSettings& settings,
                                                    const NatsServer& server) {
  TRY(const auto credentials, read_nats_credentials(settings.credentials_file));
  natsOptions* raw = nullptr;
  auto status = natsOptions_Create(&raw);
  const Options options(raw);
  std::unique_ptr<NatsLink> link(new NatsLink(std::make_unique<Impl>()));
  auto& self = *link->impl_;
  if (status == NATS_OK) status = self.set_options(raw, settings, server, credentials);
  self.subject = settings.subject;
  if (status == NATS_OK) status = natsConnection_Connect(&self.connection, raw);
  if (status == NATS_OK) status = self.subscribe();
  if (status == NATS_OK) status = self.say_hello();
  if (status != NATS_OK) {
    const auto said = link->last_error();
    return failed(server, said.empty() ? told(status) : said);
  }
  return link;
}

void NatsLink::start_reading(NatsReceiver& receiver) {
  impl_->reader = std::thread([impl = impl_.get(), &receiver] { impl->read(receiver); });
}

NatsLink::~NatsLink() {
  impl_->loop.end();
  natsConnection_Close(impl_->connection);
  if (impl_->reader.joinable()) impl_->reader.join();
  natsSubscription_Destroy(impl_->subscription);
  natsConnection_Destroy(impl_->connection);
}

bool NatsLink::publish(std::string_view payload) {
  if (natsConnection_Buffered(impl_->connection) > kMaxNatsUnsentBytes &&
      !impl_->loop.wait_until_sent(kNatsWriteMs)) {
    return false;
  }
  return natsConnection_Publish(impl_->connection, impl_->subject.c_str(), payload.data(),
                                static_cast<int>(payload.size())) == NATS_OK;
}

std::string NatsLink::last_error() const {
  if (!impl_->connection) return {};
  if (auto reason = impl_->loop.cut_reason(); !reason.empty()) return reason;
  const char* text = nullptr;
  const auto status = natsConnection_GetLastError(impl_->connection, &text);
  if (status == NATS_OK) return {};
  return text && *text ? text : natsStatus_GetText(status);
}

std::int64_t NatsLink::dropped() const {
  std::int64_t count = 0;
  if (natsSubscription_GetDropped(impl_->subscription, &count) != NATS_OK) return 0;
  return count;
}

}  // namespace b3iq::control
