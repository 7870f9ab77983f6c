#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "agent/cli/agent_file.h"
#include "agent/cli/api_channel.h"
#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/run_task.h"
#include "agent/cli/secret_input.h"
#include "agent/cli/terminal.h"
#include "base/text.h"
#include "crypto/secret.h"
#include "http/client.h"
#include "http/sse.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

constexpr std::size_t kMaxAnswerBytes = 16 * 1024 * 1024;

// Where to ask and with which key.
struct Access {
  http::Origin origin;
  crypto::Secret key;
};

// Clients of OpenAI's API take the address with its version: "http://127.0.0.1:8831/v1".
std::string without_version(std::string url) {
  constexpr std::string_view kVersion = "/v1";
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with(kVersion) && !url.ends_with("//v1")) url.resize(url.size() - kVersion.size());
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// `operator_token`: "" unless the node of this home is asked.
Result<crypto::Secret> read_key(const ChatOptions& options, std::string_view operator_token) {
  if (options.api_key_stdin) return read_secret_line();
  std::string path = options.api_key_file;
  if (path.empty()) {
    if (const char* set = std::getenv("B3IQ_LOCAL_KEY_FILE")) path = set;
  }
  if (!path.empty()) return read_secret_input(path);
  // The operator of the node's own machine needs no key.
  if (!operator_token.empty()) return crypto::Secret(operator_token);
  return Error(
      ErrorCode::unauthorized,
      "A key is needed: --api-key-file FILE, --api-key-stdin or B3IQ_LOCAL_KEY_FILE. Make one with "
      "`b3iq-host keys create --name NAME`.");
}

Result<Access> find_access(const Home& home, const ChatOptions& options) {
  const auto node = read_agent_file(home);
  std::string url = options.url;
  if (url.empty()) {
    if (const char* set = std::getenv("B3IQ_LOCAL_BASE_URL")) url = set;
  }
  if (url.empty() && node) {
    if (node->draining) return draining_error(*node);
    url = node->url;
  }
  if (url.empty()) {
    return Error(
        ErrorCode::runtime_unreachable,
        fmt::format(
            "No node serves {}. Start it with `b3iq-host serve`, or name another with --url.",
            home.root));
  }
  Access access;
  url = without_version(std::move(url));
  TRY(access.origin, http::parse_origin(url));
  const bool own = node && (url == node->url || url == node->listen_url);
  TRY(access.key, read_key(options, own ? node->operator_token : ""));
  return access;
}

std::string chat_body(const ChatOptions& options, std::string_view model, std::string_view message,
                      bool stream) {
  std::string body;
  json::Writer w(body);
  const auto add = [&](std::string_view role, std::string_view content) {
    w.begin_object();
    w.member("role", role);
    w.member("content", content);
    w.end_object();
  };
  w.begin_object();
  w.member("model", model);
  w.key("messages");
  w.begin_array();
  if (!options.system.empty()) add("system", options.system);
  add("user", message);
  w.end_array();
  w.member("stream", stream);
  if (options.temperature >= 0) w.member("temperature", options.temperature);
  if (options.max_tokens > 0) w.member("max_tokens", options.max_tokens);
  w.end_object();
  return body;
}

class ChatClient {
 public:
  ChatClient(http::EventLoop& loop, const Access& access)
      : access_(access),
        client_(loop, {}, [](std::string_view, std::uint16_t) { return Status(); }) {}

  Task<Result<std::string>> first_model() {
    auto response = co_await send(http::Method::get, "/v1/models", "");
    if (!response.ok()) co_return std::move(response).error();
    auto text = co_await whole(**response);
    if (!text.ok()) co_return std::move(text).error();
    CO_TRY(const auto document, json::Document::parse(text.value()));
    const auto id = document.root().find("data").at(0).find("id").string();
    if (!id)
      co_return Error(ErrorCode::model_not_found,
                      "The node lists no model. See `b3iq-host doctor`.");
    co_return std::string(*id);
  }

  Task<Result<std::string>> answer(std::string_view body) {
    auto response = co_await send(http::Method::post, "/v1/chat/completions", body);
    if (!response.ok()) co_return std::move(response).error();
    co_return co_await whole(**response);
  }

  // Prints the answer as it comes.
  Task<Status> stream(std::string_view body) {
    auto response = co_await send(http::Method::post, "/v1/chat/completions", body);
    if (!response.ok()) co_return std::move(response).error();
    if ((*response)->status() >= 400) {
      auto text = co_await whole(**response);
      co_return text.ok() ? Error(ErrorCode::upstream_failed, "The node refused.")
                          : std::move(text).error();
    }
    http::SseReader reader;
    bool done = false;
    for (;;) {
      auto piece = co_await (*response)->read_some();
      if (!piece.ok()) co_return std::move(piece).error();
      if (piece->empty()) break;
      CO_TRY_OK(reader.feed(*piece));
      http::SseReader::Event event;
      while (reader.next(event)) {
        if (event.data == "[DONE]") {
          done = true;
        } else {
          CO_TRY_OK(print_event(event.data));
        }
      }
    }
    fmt::print("\n");
    if (!done) co_return Error(ErrorCode::upstream_failed, "The answer broke off before its end.");
    co_return Status();
  }

 private:
  static Status print_event(std::string_view data) {
    TRY(const auto document, json::Document::parse(data));
    if (document.root().find("error")) return error_of_answer(200, data);
    const auto delta = document.root().find("choices").at(0).find("delta").find("content").string();
    if (delta && !delta->empty()) {
      std::fwrite(delta->data(), 1, delta->size(), stdout);
      std::fflush(stdout);
    }
    return {};
  }

  Task<Result<std::string>> whole(http::ClientResponse& response) {
    auto text = co_await response.read_all(kMaxAnswerBytes);
    if (!text.ok()) co_return std::move(text).error();
    if (response.status() >= 400) co_return error_of_answer(response.status(), text.value());
    co_return text;
  }

  Task<Result<std::unique_ptr<http::ClientResponse>>> send(http::Method method,
                                                           std::string_view path,
                                                           std::string_view body) {
    http::ClientRequest request;
    request.method = method;
    request.path = path;
    const auto authorization = fmt::format("Bearer {}", access_.key.reveal_text());
    request.headers = {{"Authorization", authorization}, {"Content-Type", "application/json"}};
    if (!body.empty()) request.body.push_back(body);
    co_return co_await client_.send(access_.origin, request, {});
  }

  const Access& access_;
  http::Client client_;
};

Task<Status> converse(ChatClient& client, const ChatOptions& options, std::string_view message) {
  std::string model = options.model;
  if (model.empty()) {
    auto first = co_await client.first_model();
    if (!first.ok()) co_return std::move(first).error();
    model = std::move(first).value();
  }
  const bool stream = options.form == OutputForm::text;
  const auto body = chat_body(options, model, message, stream);
  if (stream) co_return co_await client.stream(body);
  auto answer = co_await client.answer(body);
  if (!answer.ok()) co_return std::move(answer).error();
  fmt::print("{}\n", answer.value());
  co_return Status();
}

}  // namespace

int run_chat(const Home& home, const ChatOptions& options) {
  auto access = find_access(home, options);
  if (!access.ok()) return print_error(access.error());
  std::string message = options.message;
  if (message.empty() || message == "-") {
    if (is_terminal(0) && message.empty()) fmt::print(stderr, "Type the message, then Ctrl-D.\n");
    message.assign(std::istreambuf_iterator<char>(std::cin), {});
    message = base::trimmed(message);
  }
  if (message.empty()) {
    return print_error(Error(ErrorCode::invalid_request,
                             "There is no message: give one as an argument or on standard input."));
  }
  http::EventLoop loop;
  ChatClient client(loop, access.value());
  const auto status = run_task(loop, converse(client, options, message));
  return status.ok() ? kExitOk : print_error(status.error());
}

}  // namespace b3iq::agent
