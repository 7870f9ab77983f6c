#include "control/public_api/public_routes.h"

#include <fmt/format.h>

#include "control/limits/client_address.h"
#include "http/query_parameters.h"
#include "json/json.h"
#include "protocol/public_model_name.h"
#include "protocol/public_network_view.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Request;
using http::Response;
using protocol::NodeId;

namespace {

constexpr std::int64_t kDefaultPublicPage = 50;

template <class View>
std::string text_of(const View& view) {
  std::string text;
  json::Writer w(text);
  protocol::write_json(w, view);
  return text;
}

// What a route's query may name.
enum class Takes : std::uint8_t { nothing, page, model };

// A request, read. Two requests for the same have equal ones, however they are spelt.
struct Question {
  std::string node;  // "" where the path names none
  std::int64_t limit = kDefaultPublicPage;
  std::string after;
  std::string model;
};

Error unknown_parameter(Takes takes) {
  switch (takes) {
    case Takes::page:
      return {ErrorCode::invalid_request, "The query takes limit and after."};
    case Takes::model:
      return {ErrorCode::invalid_request, "The query takes model."};
    case Takes::nothing:
      break;
  }
  return {ErrorCode::invalid_request, "This takes no query; leave it out."};
}

Result<Question> read_question(const Request& request, Takes takes) {
  Question asked;
  if (!request.path_parameters.empty()) asked.node = request.path_parameters.front();
  const auto read = [&](std::string_view name, std::string_view raw) -> Status {
    TRY(const auto value, http::text_parameter(name, raw, protocol::kMaxPublicModelNameBytes));
    if (takes == Takes::page && name == "limit") {
      TRY(asked.limit, http::integer_parameter(name, value, 1, kMaxPublicPage));
    } else if (takes == Takes::page && name == "after") {
      asked.after = value;
    } else if (takes == Takes::model && name == "model") {
      asked.model = value;
    } else {
      return unknown_parameter(takes);
    }
    return {};
  };
  TRY_OK(http::each_parameter(request.query, read));
  if (takes == Takes::model && !protocol::is_public_model_name(asked.model)) {
    return Error(ErrorCode::invalid_request,
                 "Name the model: ?model=NAME, as GET /v1/public/models lists it.", "model");
  }
  return asked;
}

// A route has a free text at most once, at the end.
std::string key_of(std::string_view route, const Question& asked) {
  return fmt::format("{}\n{}\n{}\n{}{}", route, asked.node, asked.limit, asked.after, asked.model);
}

// {"object":"list","data":[…],"next_after":…}; `views` may leave some out.
template <class Views>
std::string list_text(const Views& views, std::string_view next_after) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("object", "list");
  w.key("data");
  w.begin_array();
  for (const auto& view : views) protocol::write_json(w, view);
  w.end_array();
  w.key("next_after");
  if (next_after.empty()) {
    w.null();
  } else {
    w.value(next_after);
  }
  w.end_object();
  return text;
}

Task<Result<PublicBody>> network(const PublicParts& parts, const Question&) {
  CO_TRY(const auto facts, co_await parts.facts.network());
  auto view = protocol::public_network_summary(facts);
  auto text = text_of(view);
  view.generated_at.clear();
  co_return public_body(std::move(text), text_of(view));
}

Task<Result<PublicBody>> nodes(const PublicParts& parts, const Question& asked) {
  if (!asked.after.empty() && !NodeId::valid(asked.after)) {
    co_return Error(ErrorCode::invalid_request, "after is the next_after of the page before.",
                    "after");
  }
  CO_TRY(const auto page, co_await parts.facts.nodes(asked.after, asked.limit));
  std::vector<protocol::PublicNodeCard> cards;
  cards.reserve(page.nodes.size());
  for (const auto& node : page.nodes)
    cards.push_back(protocol::public_node_card(node, parts.facts.now_ms()));
  co_return public_body(list_text(cards, page.next_after_id));
}

Task<Result<PublicBody>> node(const PublicParts& parts, const Question& asked) {
  CO_TRY(auto id, NodeId::parse(asked.node));
  CO_TRY(const auto facts, co_await parts.facts.node(std::move(id)));
  co_return public_body(text_of(protocol::public_node_card(facts, parts.facts.now_ms())));
}

Task<Result<PublicBody>> models(const PublicParts& parts, const Question& asked) {
  CO_TRY(const auto page, co_await parts.facts.models(asked.after, asked.limit));
  std::vector<protocol::PublicModel> views;
  for (const auto& facts : page.models)
    if (auto view = protocol::public_model(facts)) views.push_back(*std::move(view));
  co_return public_body(list_text(views, page.next_after_id));
}

Task<Result<PublicBody>> transport_key(const PublicParts& parts, const Question& asked) {
  CO_TRY(auto id, NodeId::parse(asked.node));
  CO_TRY(const auto binding, co_await parts.facts.transport_key(std::move(id)));
  co_return public_body(text_of(protocol::public_transport_key(binding)));
}

Task<Result<PublicBody>> route_readiness(const PublicParts& parts, const Question& asked) {
  CO_TRY(const auto id, NodeId::parse(asked.node));
  CO_TRY(const auto facts, co_await parts.facts.readiness(id, asked.model));
  auto view = protocol::public_readiness(id, asked.model, facts);
  auto text = text_of(view);
  view.checked_at.clear();
  co_return public_body(std::move(text), text_of(view));
}

struct PublicRoute {
  std::string_view pattern;
  std::string_view id;
  Takes takes;
  Task<Result<PublicBody>> (*make)(const PublicParts&, const Question&);
};

Task<Result<Response>> answer(const PublicParts& parts, const PublicRoute& route,
                              const Request& request) {
  CO_TRY_OK(parts.limits.take(client_address(request, parts.trusted_proxies)));
  CO_TRY(const auto asked, read_question(request, route.takes));
  const auto key = key_of(route.id, asked);
  PublicAnswers::Make make = [&] { return route.make(parts, asked); };
  CO_TRY(const auto body, co_await parts.answers.get(key, std::move(make)));
  co_return public_answer(request, *body);
}

constexpr PublicRoute kRoutes[] = {
    {"/v1/public/network", "getNetwork", Takes::nothing, network},
    {"/v1/public/nodes", "listPublicNodes", Takes::page, nodes},
    {"/v1/public/nodes/{node}", "getPublicNode", Takes::nothing, node},
    {"/v1/public/nodes/{node}/transport-key", "getTransportKey", Takes::nothing, transport_key},
    {"/v1/public/nodes/{node}/route-readiness", "getRouteReadiness", Takes::model, route_readiness},
    {"/v1/public/models", "listPublicModels", Takes::page, models},
};

}  // namespace

void add_public_routes(http::Router& router, const PublicParts& parts) {
  for (const auto& route : kRoutes) {
    router.add(http::Method::get, route.pattern, route.id, parts.level, public_error, 0,
               [parts, &route](Request& request, const http::Public::Principal&) {
                 return answer(parts, route, request);
               });
  }
}

}  // namespace b3iq::control
