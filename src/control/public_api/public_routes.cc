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

struct PublicPage {
  std::int64_t limit = kDefaultPublicPage;
  std::string after;
};

Result<PublicPage> read_public_page(std::string_view query) {
  PublicPage page;
  TRY_OK(
      http::each_parameter(query, [&page](std::string_view name, std::string_view raw) -> Status {
        const auto value = http::decoded_parameter(raw);
        if (name == "limit") {
          TRY(page.limit, http::integer_parameter(name, value, 1, kMaxPublicPage));
        } else if (name == "after" && value.size() <= protocol::kMaxPublicModelNameBytes) {
          page.after = value;
        } else {
          return Error(ErrorCode::invalid_request, "The query takes limit and after.");
        }
        return {};
      }));
  return page;
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

Task<Result<PublicBody>> network(const PublicParts& parts, const Request&) {
  CO_TRY(const auto facts, co_await parts.facts.network());
  auto view = protocol::public_network_summary(facts);
  auto text = text_of(view);
  view.generated_at.clear();
  co_return public_body(std::move(text), text_of(view));
}

Task<Result<PublicBody>> nodes(const PublicParts& parts, const Request& request) {
  CO_TRY(auto asked, read_public_page(request.query));
  if (!asked.after.empty() && !NodeId::valid(asked.after)) {
    co_return Error(ErrorCode::invalid_request, "after is the next_after of the page before.",
                    "after");
  }
  CO_TRY(const auto page, co_await parts.facts.nodes(std::move(asked.after), asked.limit));
  std::vector<protocol::PublicNodeCard> cards;
  for (const auto& node : page.nodes)
    cards.push_back(protocol::public_node_card(node, parts.facts.now_ms()));
  co_return public_body(list_text(cards, page.next_after_id));
}

Task<Result<PublicBody>> node(const PublicParts& parts, const Request& request) {
  CO_TRY(auto id, NodeId::parse(request.path_parameters.at(0)));
  CO_TRY(const auto facts, co_await parts.facts.node(std::move(id)));
  co_return public_body(text_of(protocol::public_node_card(facts, parts.facts.now_ms())));
}

Task<Result<PublicBody>> models(const PublicParts& parts, const Request& request) {
  CO_TRY(auto asked, read_public_page(request.query));
  CO_TRY(const auto page, co_await parts.facts.models(std::move(asked.after), asked.limit));
  std::vector<protocol::PublicModel> views;
  for (const auto& facts : page.models)
    if (auto view = protocol::public_model(facts)) views.push_back(*std::move(view));
  co_return public_body(list_text(views, page.next_after_id));
}

Task<Result<PublicBody>> transport_key(const PublicParts& parts, const Request& request) {
  CO_TRY(auto id, NodeId::parse(request.path_parameters.at(0)));
  CO_TRY(const auto binding, co_await parts.facts.transport_key(std::move(id)));
  co_return public_body(text_of(protocol::public_transport_key(binding)));
}

Result<std::string> asked_model(std::string_view query) {
  std::string model;
  TRY_OK(http::each_parameter(query,
                              [&model](std::string_view name, std::string_view value) -> Status {
                                if (name == "model") model = http::decoded_parameter(value);
                                return {};
                              }));
  if (!protocol::is_public_model_name(model)) {
    return Error(ErrorCode::invalid_request,
                 "Name the model: ?model=NAME, as GET /v1/public/models lists it.", "model");
  }
  return model;
}

Task<Result<PublicBody>> route_readiness(const PublicParts& parts, const Request& request) {
  CO_TRY(const auto id, NodeId::parse(request.path_parameters.at(0)));
  CO_TRY(const auto model, asked_model(request.query));
  CO_TRY(const auto facts, co_await parts.facts.readiness(id, model));
  auto view = protocol::public_readiness(id, model, facts);
  auto text = text_of(view);
  view.checked_at.clear();
  co_return public_body(std::move(text), text_of(view));
}

using Make = Task<Result<PublicBody>> (*)(const PublicParts&, const Request&);

Task<Result<Response>> answer(const PublicParts& parts, Make make, const Request& request) {
  CO_TRY_OK(parts.limits.take(client_address(request, parts.trusted_proxies)));
  const auto target = fmt::format("{}?{}", request.path, request.query);
  if (const auto* kept = parts.answers.find(target)) co_return public_answer(request, *kept);
  CO_TRY(auto body, co_await make(parts, request));
  auto response = public_answer(request, body);
  parts.answers.keep(target, std::move(body));
  co_return response;
}

}  // namespace

void add_public_routes(http::Router& router, const PublicParts& parts) {
  const auto add = [&](std::string_view pattern, std::string_view id, Make make) {
    router.add(http::Method::get, pattern, id, parts.level, public_error, 0,
               [parts, make](Request& request, const http::Public::Principal&) {
                 return answer(parts, make, request);
               });
  };
  add("/v1/public/network", "getNetwork", network);
  add("/v1/public/nodes", "listPublicNodes", nodes);
  add("/v1/public/nodes/{node}", "getPublicNode", node);
  add("/v1/public/nodes/{node}/transport-key", "getTransportKey", transport_key);
  add("/v1/public/nodes/{node}/route-readiness", "getRouteReadiness", route_readiness);
  add("/v1/public/models", "listPublicModels", models);
}

}  // namespace b3iq::control
