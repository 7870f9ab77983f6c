#include "agent/local_api/receipts_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/query.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr std::int64_t kMaxPage = 100;

struct PageRequest {
  ReceiptQuery query;
  std::string receipt_hash;
};

Result<PageRequest> parse_query(std::string_view text) {
  PageRequest page;
  TRY_OK(each_parameter(text, [&page](std::string_view name, std::string_view value) -> Status {
    if (name == "limit") {
      TRY(page.query.limit, integer_parameter(name, value, 1, kMaxPage));
    } else if (name == "before") {
      TRY(page.query.before_seq,
          integer_parameter(name, value, 1, std::numeric_limits<std::int64_t>::max()));
    } else if (name == "receipt_hash") {
      page.receipt_hash = value;
    } else {
      return Error(ErrorCode::invalid_request, "The query takes limit, before and receipt_hash.",
                   std::string(name));
    }
    return {};
  }));
  return page;
}

void write_receipt(json::Writer& w, const SignedReceipt& receipt) {
  w.begin_object();
  w.member("seq", receipt.seq);
  w.member("receipt_hash", receipt.receipt_hash);
  w.member("account", receipt.account);
  w.key("receipt");
  w.raw(receipt.json);
  w.end_object();
}

Task<Result<http::Response>> list_receipts(ReceiptLog& log, http::Request& request,
                                           const Principal& principal) {
  CO_TRY(auto page, parse_query(request.query));
  if (!principal.is_user()) page.query.account = std::string(principal.account());
  std::vector<SignedReceipt> receipts;
  if (!page.receipt_hash.empty()) {
    auto found = co_await log.find(page.receipt_hash, page.query.account);
    if (!found.ok()) co_return std::move(found).error();
    receipts.push_back(std::move(found).value());
  } else {
    // One more than asked tells whether there is a next page.
    ++page.query.limit;
    auto listed = co_await log.list(page.query);
    if (!listed.ok()) co_return std::move(listed).error();
    receipts = std::move(listed).value();
  }
  const bool more =
      page.receipt_hash.empty() && static_cast<std::int64_t>(receipts.size()) == page.query.limit;
  if (more) receipts.pop_back();

  co_return list_answer(receipts, write_receipt, [&](json::Writer& w) {
    w.member("has_more", more);
    w.key("next_before");
    if (more) {
      w.value(receipts.back().seq);
    } else {
      w.null();
    }
  });
}

}  // namespace

void ReceiptsRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/v1/receipts", "listReceipts", level, native_error, 0,
             [self](http::Request& request, const Principal& principal) {
               return list_receipts(self.receipts, request, principal);
             });
}

}  // namespace b3iq::agent
