#include "control/public_api/public_receipt_routes.h"

#include <fmt/format.h>

#include "control/limits/client_address.h"
#include "json/json.h"
#include "protocol/public_receipt_view.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kBytes = "application/octet-stream";

Task<Result<std::string>> receipt(PublicReceipts& receipts, std::string_view hash) {
  CO_TRY(const auto facts, co_await receipts.receipt(hash));
  std::string text;
  json::Writer w(text);
  protocol::write_json(w, protocol::public_accepted_receipt(facts));
  co_return text;
}
Task<Result<std::string>> proof(PublicReceipts& receipts, std::string_view hash) {
  return receipts.proof(hash);
}
Task<Result<std::string>> statement(PublicReceipts& receipts, std::string_view) {
  co_return receipts.statement();
}
Task<Result<std::string>> checkpoint(PublicReceipts& receipts, std::string_view) {
  return receipts.checkpoint();
}
Task<Result<std::string>> tile(PublicReceipts& receipts, std::string_view rest) {
  return receipts.tile(rest);
}

struct ReceiptRoute {
  std::string_view pattern;
  std::string_view id;
  std::string_view content_type;
  std::string_view cache_control;
  // The second: the path's parameter, "" where it has none.
  Task<Result<std::string>> (*make)(PublicReceipts&, std::string_view);
};

// Asked for anew each time, with If-None-Match: caches that keep different checkpoints would make
// the log seem to go back.
constexpr std::string_view kNever = "no-cache";
constexpr std::string_view kUsual = "public, max-age=5";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

constexpr ReceiptRoute kRoutes[] = {
    {"/v1/receipts/{receipt_hash}", "getReceipt", kJson, kUsual, receipt},
    {"/v1/receipts/{receipt_hash}/proof", "getReceiptProof", kText, kNever, proof},
    {"/v1/log", "getReceiptLog", kJson, kUsual, statement},
    {"/v1/log/checkpoint", "getLogCheckpoint", kText, kNever, checkpoint},
    {"/v1/log/tile/{tile*}", "getLogTile", kBytes, kForEver, tile},
};

Task<Result<Response>> answer(const PublicReceiptParts& parts, const ReceiptRoute& route,
                              const Request& request) {
  CO_TRY_OK(parts.limits.take(client_address(request, parts.trusted_proxies)));
  if (!request.query.empty())
    co_return Error(ErrorCode::invalid_request, "This takes no query; leave it out.");
  const auto parameter =
      request.path_parameters.empty() ? std::string_view() : request.path_parameters.front();
  CO_TRY(auto body, co_await route.make(parts.receipts, parameter));
  co_return public_answer(request, public_body(std::move(body)),
                          {route.content_type, route.cache_control});
}

}  // namespace

void add_public_receipt_routes(http::Router& router, const PublicReceiptParts& parts) {
  for (const auto& route : kRoutes) {
    router.add(http::Method::get, route.pattern, route.id, parts.level, public_error, 0,
               [parts, &route](Request& request, const http::Public::Principal&) {
                 return answer(parts, route, request);
               });
  }
}

}  // namespace b3iq::control
