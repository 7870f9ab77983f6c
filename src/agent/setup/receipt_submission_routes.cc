#include "agent/setup/receipt_submission_routes.h"

#include <limits>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/query.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 16 * 1024;
constexpr std::int64_t kMaxPage = 100;

Result<SubmissionOrder> read_order(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const auto root = document.root();
  const auto hashes = root.find("receipt_hashes");
  const bool all = root.find("all").boolean().value_or(false);
  const Error wrong(ErrorCode::invalid_request,
                    "Name the receipts, {\"receipt_hashes\":[\"0x…\"]}, or all that were not "
                    "submitted yet: {\"all\":true}.");
  if (!root.is_object() || root.size() != 1 || all == static_cast<bool>(hashes)) return wrong;
  SubmissionOrder order;
  if (all) return order;
  if (!hashes.is_array() || hashes.size() == 0) return wrong;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const auto hash = hashes.at(i).string();
    if (!hash) return wrong;
    order.receipt_hashes.emplace_back(*hash);
  }
  return order;
}

void write_submission(json::Writer& w, const ReceiptSubmission& one) {
  w.begin_object();
  w.member("seq", one.receipt_seq);
  w.member("receipt_hash", one.receipt_hash);
  w.member("control_plane_id", one.control_plane_id);
  w.member("outcome", one.outcome);
  if (one.code.empty()) {
    w.member("status", one.status);
    w.member("log_index", one.log_index);
  } else {
    w.member("code", one.code);
    w.member("detail", one.detail);
  }
  w.member("submitted_at", base::format_rfc3339(one.submitted_at_ms));
  w.end_object();
}

Task<Result<Response>> submit(ReceiptSubmitter& submitter, std::string_view body,
                              std::string actor) {
  CO_TRY(auto order, read_order(body));
  CO_TRY(const auto report, co_await submitter.submit(std::move(order), std::move(actor)));
  co_return list_answer(report.receipts, write_submission,
                        [&](json::Writer& w) { w.member("has_more", report.has_more); });
}

Task<Result<Response>> list(ReceiptSubmitter& submitter, std::string_view query) {
  std::int64_t limit = 20;
  std::optional<std::int64_t> before;
  const auto read = [&](std::string_view name, std::string_view value) -> Status {
    if (name == "limit") {
      TRY(limit, integer_parameter(name, value, 1, kMaxPage));
    } else if (name == "before") {
      TRY(before, integer_parameter(name, value, 1, std::numeric_limits<std::int64_t>::max()));
    } else {
      return Error(ErrorCode::invalid_request, "The query takes limit and before.",
                   std::string(name));
    }
    return {};
  };
  CO_TRY_OK(each_parameter(query, read));
  CO_TRY(auto rows, co_await submitter.list(before, limit + 1));
  const bool has_more = std::ssize(rows) > limit;
  if (has_more) rows.pop_back();
  co_return list_answer(rows, write_submission, [&](json::Writer& w) {
    w.member("has_more", has_more);
    w.key("next_before");
    if (has_more) {
      w.value(rows.back().receipt_seq);
    } else {
      w.null();
    }
  });
}

}  // namespace

void ReceiptSubmissionRoutes::add_to(http::Router& router) {
  using http::Method;
  router.add(Method::post, "/v1/receipts/submit", "submitReceipts", levels.owner, native_error,
             kMaxBody, [&of = submitter](http::Request& request, const Principal& caller) {
               return submit(of, request.body, std::string(caller.account()));
             });
  router.add(Method::get, "/v1/receipts/submissions", "listReceiptSubmissions", levels.viewer,
             native_error, 0, [&of = submitter](http::Request& request, const Principal&) {
               return list(of, request.query);
             });
}

}  // namespace b3iq::agent
