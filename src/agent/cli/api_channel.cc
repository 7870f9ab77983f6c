#include "agent/cli/api_channel.h"

#include <fmt/format.h>

#include "agent/app.h"
#include "agent/backup/pending_restore.h"
#include "agent/cli/agent_file.h"
#include "agent/cli/run_task.h"
#include "http/client.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kMaxAnswerBytes = 16 * 1024 * 1024;

Result<ApiAnswer> checked(int status, std::string body) {
  if (status >= 400) return error_of_answer(status, body);
  return ApiAnswer{status, std::move(body)};
}

class RunningNode final : public ApiChannel {
 public:
  RunningNode(const Home& home, AgentFile file) : home_(home), file_(std::move(file)) {}
  bool running() const override { return true; }

  Result<ApiAnswer> call(http::Method method, std::string_view path,
                         std::string_view body) override {
    TRY(const auto origin, http::parse_origin(file_.url));
    http::EventLoop loop;
    http::Client client(loop, {}, [](std::string_view, std::uint16_t) { return base::Status(); });
    return run_task(loop, exchange(client, origin, method, path, body));
  }

 private:
  Task<Result<ApiAnswer>> exchange(http::Client& client, const http::Origin& origin,
                                   http::Method method, std::string_view path,
                                   std::string_view body) {
    http::ClientRequest request;
    request.method = method;
    request.path = path;
    const std::string authorization = "Bearer " + file_.operator_token;
    request.headers = {{"Authorization", authorization}, {"Content-Type", "application/json"}};
    if (!body.empty()) request.body.push_back(body);
    auto response = co_await client.send(origin, request, {});
    if (!response.ok()) co_return why_silent(std::move(response).error());
    auto text = co_await response.value()->read_all(kMaxAnswerBytes);
    if (!text.ok()) co_return std::move(text).error();
    co_return checked(response.value()->status(), std::move(text).value());
  }

  // A node that drains has closed its port.
  Error why_silent(Error error) const {
    const auto now = read_agent_file(home_);
    return now && now->draining ? draining_error(*now) : std::move(error);
  }

  Home home_;
  AgentFile file_;
};

class OfflineNode final : public ApiChannel {
 public:
  explicit OfflineNode(std::unique_ptr<App> app) : app_(std::move(app)) {}
  bool running() const override { return false; }

  Result<ApiAnswer> call(http::Method method, std::string_view path,
                         std::string_view body) override {
    const auto authorization = fmt::format("Bearer {}", app_->operator_token());
    http::Request request;
    request.method = method;
    const auto question = path.find('?');
    request.path = path.substr(0, question);
    if (question != std::string_view::npos) request.query = path.substr(question + 1);
    request.headers = {{"Authorization", authorization}};
    request.body = body;
    request.request_id = "cli";
    const auto match = app_->router().match(request);
    if (!match.route)
      return Error(ErrorCode::internal, fmt::format("The node has no route {}.", path));
    auto response = run_task(app_->loop(), match.route->handler(request));
    TRY_OK(run_task(app_->loop(), app_->settled()));
    return checked(response.status, std::get<std::string>(std::move(response.body)));
  }

 private:
  std::unique_ptr<App> app_;
};

}  // namespace

Error error_of_answer(int status, std::string_view body) {
  const auto document = json::Document::parse(body);
  if (document.ok()) {
    const auto error = document->root().find("error");
    const auto code = base::error_code_from_wire(error.find("code").string().value_or(""));
    auto detail = error.find("detail").string();
    if (!detail) detail = error.find("message").string();
    if (detail) return Error(code.value_or(ErrorCode::upstream_failed), std::string(*detail));
  }
  return Error(ErrorCode::upstream_failed,
               fmt::format("The node answered with status {} and no error text.", status));
}

Result<std::unique_ptr<ApiChannel>> ApiChannel::open(const Home& home) {
  if (auto file = read_agent_file(home))
    return std::unique_ptr<ApiChannel>(new RunningNode(home, *std::move(file)));
  TRY_OK(finish_restore(home));
  TRY(auto settings, load_settings(home.config(), ""));
  TRY(auto app, App::open(home, std::move(settings), AppUse::offline));
  return std::unique_ptr<ApiChannel>(new OfflineNode(std::move(app)));
}

}  // namespace b3iq::agent
