#include "control/cli/admin_channel.h"

#include <fmt/format.h>

#include <cstdlib>

#include "cli/secret_source.h"
#include "control/cli/control_file.h"
#include "control/control_app.h"
#include "crypto/secret.h"
#include "http/blocking_task.h"
#include "http/client.h"
#include "json/json.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::size_t kMaxAnswerBytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxErrorBytes = 64 * 1024;
constexpr std::size_t kMaxTargetBytes = 8 * 1024;

class RemoteChannel final : public AdminChannel {
 public:
  RemoteChannel(http::Origin origin, crypto::Secret secret, std::string ca_file)
      : origin_(std::move(origin)), secret_(std::move(secret)), ca_file_(std::move(ca_file)) {}

  Status stream(http::Method method, std::string_view path, std::string_view body,
                const Sink& sink) override {
    http::EventLoop loop;
    const auto anywhere = [](std::string_view, std::uint16_t) { return Status(); };
    http::Client client(loop, {}, anywhere, {ca_file_});
    return http::run_task(loop, exchange(client, method, path, body, sink));
  }

 private:
  Task<Status> exchange(http::Client& client, http::Method method, std::string_view path,
                        std::string_view body, const Sink& sink) {
    http::ClientRequest request;
    request.method = method;
    request.path = path;
    std::string authorization = "Bearer " + std::string(secret_.reveal_text());
    request.headers = {{"Authorization", authorization}, {"Content-Type", "application/json"}};
    if (!body.empty()) request.body.push_back(body);
    auto response = co_await client.send(origin_, request, {});
    crypto::wipe(authorization.data(), authorization.size());
    if (!response.ok()) co_return unreachable(response.error());
    if ((*response)->status() >= 300) {
      auto text = co_await (*response)->read_all(kMaxErrorBytes);
      co_return error_of_admin_answer((*response)->status(), text.ok() ? *text : std::string());
    }
    for (;;) {
      auto piece = co_await (*response)->read_some();
      if (!piece.ok()) co_return std::move(piece).error();
      if (piece->empty()) co_return Status();
      CO_TRY_OK(sink(*piece));
    }
  }

  Error unreachable(const Error& error) const {
    return Error(
        ErrorCode::control_plane_unreachable,
        fmt::format("The control plane at {}://{}:{} does not answer: {} Check the "
                    "address, and that it is served: b3iq-control-plane serve",
                    origin_.tls ? "https" : "http", origin_.host, origin_.port, error.detail));
  }

  http::Origin origin_;
  crypto::Secret secret_;
  std::string ca_file_;
};

// No server: the routes themselves, in this process.
class OfflineChannel final : public AdminChannel {
 public:
  explicit OfflineChannel(std::unique_ptr<ControlApp> app) : app_(std::move(app)) {}

  Status stream(http::Method method, std::string_view path, std::string_view body,
                const Sink& sink) override {
    const auto authorization = fmt::format("Bearer {}", app_->operator_token());
    http::Request request;
    request.method = method;
    const auto question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string_view::npos) request.query = path.substr(question + 1);
    request.headers = {{"Authorization", authorization}};
    request.body = body;
    request.request_id = "cli";
    request.peer_address = "127.0.0.1";
    const auto match = app_->router().match(request);
    if (!match.route) {
      return Error(ErrorCode::not_found,
                   fmt::format("This version's control plane has nothing at {}.",
                               path.substr(0, kMaxTargetBytes)));
    }
    return http::run_task(app_->loop(), run(*match.route, request, sink));
  }

 private:
  static Task<Status> run(const http::Route& route, http::Request& request, const Sink& sink) {
    auto response = co_await route.handler(request);
    if (auto* text = std::get_if<std::string>(&response.body)) {
      if (response.status >= 300) co_return error_of_admin_answer(response.status, *text);
      co_return sink(*text);
    }
    auto& source = *std::get<std::unique_ptr<http::BodySource>>(response.body);
    for (;;) {
      auto piece = co_await source.next();
      if (!piece.ok()) co_return std::move(piece).error();
      if (piece->empty()) co_return Status();
      CO_TRY_OK(sink(*piece));
    }
  }

  std::unique_ptr<ControlApp> app_;
};

std::string from_environment(const char* variable) {
  const char* set = std::getenv(variable);
  return set == nullptr ? std::string() : std::string(set);
}

Result<crypto::Secret> read_admin_key(const AdminTarget& target) {
  const auto file =
      target.key_file.empty() ? from_environment("B3IQ_ADMIN_KEY_FILE") : target.key_file;
  if (file.empty()) {
    return Error(ErrorCode::config_invalid,
                 "--url needs a credential: --admin-key-file FILE (chmod 600; '-' reads standard "
                 "input), or the file's name in B3IQ_ADMIN_KEY_FILE.");
  }
  if (file == "-") return cli::read_secret_line();
  return cli::read_secret_input(file);
}

Result<std::unique_ptr<AdminChannel>> open_remote(const AdminTarget& target,
                                                  const std::string& url) {
  TRY(auto origin, http::parse_origin(url));
  const bool loopback = origin.host == "localhost" ||
                        http::classify_address(origin.host) == http::AddressClass::loopback;
  if (!origin.tls && !loopback) {
    return Error(ErrorCode::config_invalid,
                 "The credential would cross the network in the clear. Use the https:// address of "
                 "the control plane.");
  }
  TRY(auto secret, read_admin_key(target));
  return std::unique_ptr<AdminChannel>(
      new RemoteChannel(std::move(origin), std::move(secret), target.ca_file));
}

}  // namespace

Error error_of_admin_answer(int status, std::string_view body) {
  const auto document = json::Document::parse(body);
  if (document.ok()) {
    const auto error = document->root().find("error");
    const auto code = base::error_code_from_wire(error.find("code").string().value_or(""));
    if (const auto detail = error.find("detail").string())
      return Error(code.value_or(ErrorCode::upstream_failed), std::string(*detail));
  }
  return Error(ErrorCode::upstream_failed,
               fmt::format("The answer has status {} and is none of a control plane's. Is another "
                           "program listening at that address?",
                           status));
}

Result<std::string> AdminChannel::call(http::Method method, std::string_view path,
                                       std::string_view body) {
  std::string text;
  const auto keep = [&text](std::string_view piece) -> Status {
    if (text.size() + piece.size() > kMaxAnswerBytes)
      return Error(ErrorCode::upstream_failed, "The answer is too large. Ask for a smaller page.");
    text.append(piece);
    return {};
  };
  TRY_OK(stream(method, path, body, keep));
  return text;
}

Result<std::unique_ptr<AdminChannel>> AdminChannel::open(const AdminTarget& target) {
  const auto url =
      target.url.empty() && target.home.empty() ? from_environment("B3IQ_CONTROL_URL") : target.url;
  if (!url.empty()) return open_remote(target, url);
  TRY(const auto home, find_control_home(target.home));
  if (auto file = read_control_file(home)) {
    TRY(auto origin, http::parse_origin(file->url));
    return std::unique_ptr<AdminChannel>(
        new RemoteChannel(std::move(origin), crypto::Secret(file->operator_secret), {}));
  }
  TRY(auto settings, load_control_settings(home, {}));
  TRY(auto app, ControlApp::open(home, std::move(settings), ControlUse::offline));
  return std::unique_ptr<AdminChannel>(new OfflineChannel(std::move(app)));
}

}  // namespace b3iq::control
