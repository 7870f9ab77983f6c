// One request to a control plane's own router, as a test makes it, and the whole answer with its
// headers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/control_app.h"
#include "http/blocking_task.h"
#include "json/json.h"

namespace b3iq::control {

struct EdgeAnswer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  std::string header(std::string_view name) const {
    for (const auto& [known, value] : headers)
      if (known == name) return value;
    return "";
  }
  // The stable code of an error answer; "" of another.
  std::string code() const {
    const auto document = json::Document::parse(body);
    if (!document.ok()) return "";
    return std::string(document->root().find("error").find("code").string().value_or(""));
  }
  // A top-level text or number of the answer.
  std::string member(std::string_view name) const {
    const auto document = json::Document::parse(body);
    if (!document.ok()) return "";
    const auto value = document->root().find(name);
    return std::string(value.string().value_or(value ? "(no text)" : ""));
  }
};

struct EdgeRequest {
  http::Method method = http::Method::get;
  std::string target;  // path and query
  std::string body;
  std::string bearer;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string peer = "198.51.100.7";
};

namespace detail {

inline base::Task<EdgeAnswer> answered(const http::Route& route, http::Request& request) {
  EdgeAnswer answer;
  auto task = route.handler(request);
  auto response = co_await std::move(task);
  answer.status = response.status;
  for (const auto& header : response.headers)
    answer.headers.emplace_back(header.name, header.value);
  if (auto* text = std::get_if<std::string>(&response.body)) {
    answer.body = std::move(*text);
    co_return answer;
  }
  auto& source = *std::get<std::unique_ptr<http::BodySource>>(response.body);
  for (;;) {
    auto piece = co_await source.next();
    if (!piece.ok() || piece->empty()) co_return answer;
    answer.body.append(*piece);
  }
}

}  // namespace detail

inline EdgeAnswer call(ControlApp& app, const EdgeRequest& from) {
  http::Request request;
  request.method = from.method;
  request.method_text = http::method_name(from.method);
  request.target = from.target;
  const auto question = from.target.find('?');
  request.path = std::string_view(from.target).substr(0, question);
  if (question != std::string::npos)
    request.query = std::string_view(from.target).substr(question + 1);
  request.body = from.body;
  request.request_id = "req_test";
  request.peer_address = from.peer;
  request.loop = &app.loop();
  const auto authorization = "Bearer " + from.bearer;
  if (!from.bearer.empty()) request.headers.push_back({"Authorization", authorization});
  for (const auto& [name, value] : from.headers) request.headers.push_back({name, value});
  const auto match = app.router().match(request);
  if (match.route == nullptr) return {404, "", {}};
  return http::run_task(app.loop(), detail::answered(*match.route, request));
}

}  // namespace b3iq::control
