// Money by hand, and the ledger's verification: /v1/admin/customers/{customer}/credits and
// /v1/admin/ledger.
#include "base/bytes.h"
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "control/admin/admin_second_person.h"
#include "control/customers/ledger_json.h"
#include "http/json_response.h"
#include "http/query_parameters.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kMaxEntriesPerPage = 1'000;

std::string id_of(const Request& request) { return std::string(request.path_parameters.at(0)); }

Response outcome_answer(const std::string& customer_id, const LedgerOutcome& outcome) {
  return http::object_answer([&](json::Writer& w) {
    w.member("customer_id", customer_id);
    w.member("changed", outcome.changed);
    write_text(w, "entry_id", outcome.entry_id);
    w.member("balance_wei", outcome.balance.to_string());
    w.member("reserved_wei", outcome.reserved.to_string());
    w.member("available_wei", outcome.available().to_string());
    write_text(w, "said", outcome.said);
  });
}

Task<Result<Response>> fund(const AdminParts& parts, FundsOrder order, const AdminBody& body,
                            const AdminCaller& caller) {
  CO_TRY(const auto amount, body.text("amount_wei"));
  CO_TRY(order.amount, Amount::parse(amount, "amount_wei"));
  CO_TRY(order.reference, body.text("reference"));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  const auto customer_id = order.account_id;
  auto done = co_await parts.customers.fund(std::move(order), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto outcome, std::move(done));
  co_return outcome_answer(customer_id, outcome);
}

Task<Result<Response>> credit(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(const auto body,
         AdminBody::parse(request.body, {"amount_wei", "reference", "reason", kApprovalMember}));
  FundsOrder order;
  order.account_id = id_of(request);
  CO_TRY(order.reason, body.text("reason", ""));
  co_return co_await fund(parts, std::move(order), body, caller);
}

Task<Result<Response>> adjust(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(const auto body, AdminBody::parse(request.body, {"direction", "amount_wei", "reference",
                                                          "reason", kApprovalMember}));
  FundsOrder order;
  order.account_id = id_of(request);
  CO_TRY(const auto direction, body.text("direction"));
  if (direction != "in" && direction != "out") {
    co_return Error(ErrorCode::invalid_request,
                    "'direction' is in (more for the customer) or out (less).", "direction");
  }
  order.kind = direction == "in" ? EntryKind::adjustment_up : EntryKind::adjustment_down;
  CO_TRY(order.reason, body.text("reason"));
  if (order.reason.empty()) {
    co_return Error(ErrorCode::invalid_request, "An adjustment needs a reason; it is kept with it.",
                    "reason");
  }
  co_return co_await fund(parts, std::move(order), body, caller);
}

Task<Result<Response>> refund(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(const auto body,
         AdminBody::parse(request.body, {"private_job_id", "reason", kApprovalMember}));
  RefundOrder order;
  order.account_id = id_of(request);
  CO_TRY(order.job_id, body.text("private_job_id"));
  CO_TRY(auto reason, body.text("reason", ""));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  const auto customer_id = order.account_id;
  auto done = co_await parts.customers.refund(std::move(order), std::move(reason), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto outcome, std::move(done));
  co_return outcome_answer(customer_id, outcome);
}

Task<Result<Response>> entries(const AdminParts& parts, const Request& request,
                               const AdminCaller&) {
  CO_TRY(const auto page, read_page(request.query, kMaxEntriesPerPage, {}));
  std::int64_t before = 0;
  if (!page.before.empty()) {
    CO_TRY(before, http::integer_parameter("before", page.before, 1,
                                           std::numeric_limits<std::int64_t>::max()));
  }
  const auto customer_id = id_of(request);
  CO_TRY([[maybe_unused]] const auto account, co_await parts.ledger.account(customer_id));
  CO_TRY(const auto found, co_await parts.ledger.entries(customer_id, before, page.limit));
  co_return http::list_answer(found, write_entry, [&](json::Writer& w) {
    const bool more = std::ssize(found) == page.limit && found.back().seq > 1;
    write_next(w, "next_before", more ? std::to_string(found.back().seq) : "", more);
  });
}

// A line of JSON for each step, then the verdict: bytes flow however long it takes.
class Verification final : public http::BodySource {
 public:
  explicit Verification(LedgerReader& ledger) : ledger_(ledger) {}

  Task<Result<std::string_view>> next() override {
    line_.clear();
    if (told_) co_return std::string_view();
    CO_TRY_OK(co_await ledger_.step(check_));
    told_ = check_.ended();
    json::Writer w(line_);
    w.begin_object();
    w.member("done", told_);
    w.member("entries", check_.sums().entries);
    if (told_) write_verdict(w);
    w.end_object();
    line_ += '\n';
    co_return std::string_view(line_);
  }

 private:
  void write_verdict(json::Writer& w) const {
    const auto& sums = check_.sums();
    w.member("holds_true", !check_.fault().has_value());
    w.member("accounts", sums.accounts);
    w.member("holds", sums.holds);
    w.member("payouts", sums.payouts);
    const std::pair<std::string_view, const Amount*> amounts[] = {
        {"outside_in_wei", &sums.outside_in}, {"outside_out_wei", &sums.outside_out},
        {"customers_wei", &sums.customers},   {"reserved_wei", &sums.reserved},
        {"nodes_wei", &sums.nodes},           {"fees_wei", &sums.fees},
        {"rounding_wei", &sums.rounding}};
    for (const auto& [name, amount] : amounts) w.member(name, amount->to_string());
    w.key("fault");
    if (!check_.fault()) return w.null();
    const auto& fault = *check_.fault();
    w.begin_object();
    w.member("detail", fault.text);
    write_text(w, "customer_id", fault.account_id);
    w.member("seq", fault.seq);
    write_text(w, "entry_id", fault.entry_id);
    write_text(w, "private_job_id", fault.job_id);
    write_text(w, "payout_id", fault.payout_id);
    w.end_object();
  }

  LedgerReader& ledger_;
  LedgerCheck check_;
  std::string line_;
  bool told_ = false;
};

Task<Result<Response>> verify(const AdminParts& parts, const Request&, const AdminCaller&) {
  Response response;
  response.content_type = "application/jsonl";
  response.body = std::make_unique<Verification>(parts.ledger);
  co_return response;
}

}  // namespace

void add_admin_ledger_routes(http::Router& router, const AdminParts& parts) {
  using http::Method;
  const auto add = [&](Method method, std::string_view pattern, std::string_view id, auto handler) {
    add_admin_route(router, parts.levels.admin, method, pattern, id,
                    method == Method::post ? parts.max_body_bytes : 0,
                    [parts, handler](Request& request, const AdminCaller& caller) {
                      return handler(parts, request, caller);
                    });
  };
  add(Method::post, "/v1/admin/customers/{customer}/credits", "creditCustomer", credit);
  add(Method::post, "/v1/admin/customers/{customer}/adjustments", "adjustCustomer", adjust);
  add(Method::post, "/v1/admin/customers/{customer}/refunds", "refundCustomer", refund);
  add(Method::get, "/v1/admin/customers/{customer}/entries", "listCustomerEntries", entries);
  add(Method::get, "/v1/admin/ledger/verification", "verifyLedger", verify);
}

}  // namespace b3iq::control
