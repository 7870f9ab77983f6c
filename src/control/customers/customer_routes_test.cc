// Customers by their operator and by themselves, through the control plane's own router.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "control/testing/control_fixture.h"
#include "control/testing/edge_call.h"

namespace b3iq::control {
namespace {

using http::Method;

class CustomerRoutesTest : public ControlTest {
 protected:
  struct Credential {
    std::string id;
    std::string token;
    std::string token_id;
  };

  EdgeAnswer act(Method method, const std::string& target, const std::string& body = "") {
    EdgeRequest request{method, target, body, std::string(app().operator_token()), {}};
    return call(app(), request);
  }
  std::string made_customer(const std::string& name = "Ada") {
    const auto made = act(Method::post, "/v1/admin/customers", R"({"name":")" + name + "\"}");
    EXPECT_EQ(made.status, 200) << made.body;
    return made.member("customer_id");
  }
  Credential made_credential(const std::string& id, const std::string& expires = "1h") {
    const auto made = act(Method::post, "/v1/admin/customers/" + id + "/tokens",
                          R"({"note":"a laptop","expires":")" + expires + "\"}");
    EXPECT_EQ(made.status, 200) << made.body;
    const auto document = json::Document::parse(made.body);
    const auto token = document->root().find("token").find("id").string().value_or("");
    return {id, made.member("secret"), std::string(token)};
  }
  Credential customer() { return made_credential(made_customer()); }
  EdgeAnswer as(const Credential& who, const std::string& target,
                const std::string& peer = "198.51.100.7") {
    EdgeRequest request{Method::get, target, "", "", {}, peer};
    request.headers = {{"X-B3IQ-Customer-ID", who.id}, {"X-B3IQ-Customer-Token", who.token}};
    return call(app(), request);
  }
  EdgeAnswer credit(const std::string& id, const std::string& wei, const std::string& reference) {
    return act(Method::post, "/v1/admin/customers/" + id + "/credits",
               R"({"amount_wei":")" + wei + R"(","reference":")" + reference + "\"}");
  }
  LedgerResult post(LedgerOrder order) { return run(app().ledger().post(std::move(order))); }
};

TEST_P(CustomerRoutesTest, ACustomerSeesItsAccountAndUsage) {
  const auto ada = customer();
  ASSERT_EQ(credit(ada.id, "1000", "invoice-1").status, 200);
  ASSERT_TRUE(post(ReserveOrder{ada.id, "job_a", Amount(300), std::nullopt}).ok());
  ASSERT_TRUE(post(ReserveOrder{ada.id, "job_b", Amount(50), std::nullopt}).ok());
  ASSERT_TRUE(
      post(SettleOrder{ada.id, "job_a", {Amount(200), Amount(180), Amount(15)}, "b3n_x", "0xab"})
          .ok());
  const auto account = as(ada, "/v1/billing/account");
  ASSERT_EQ(account.status, 200) << account.body;
  EXPECT_EQ(account.member("balance_wei"), "800");
  EXPECT_EQ(account.member("reserved_wei"), "50");
  EXPECT_EQ(account.member("available_wei"), "750");
  EXPECT_EQ(account.member("customer_id"), ada.id);
  EXPECT_EQ(account.header("Cache-Control"), "no-store");
  const auto usage = as(ada, "/v1/billing/usage?window_days=1&limit=3");
  ASSERT_EQ(usage.status, 200) << usage.body;
  const auto document = json::Document::parse(usage.body);
  const auto entries = document->root().find("entries");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries.at(0).find("kind").string(), "release");
  EXPECT_EQ(entries.at(1).find("kind").string(), "debit");
  EXPECT_EQ(entries.at(1).find("receipt_hash").string(), "0xab");
  EXPECT_EQ(entries.at(1).find("private_job_id").string(), "job_a");
  EXPECT_EQ(entries.at(2).find("kind").string(), "reserve");
  const auto totals = document->root().find("totals");
  ASSERT_EQ(totals.size(), 4U);
  EXPECT_EQ(totals.at(0).find("kind").string(), "credit");
  EXPECT_EQ(totals.at(1).find("count").integer(), 2);
  EXPECT_EQ(totals.at(1).find("amount_wei").string(), "350");
}

TEST_P(CustomerRoutesTest, UsageCountsItsWindowAlone) {
  const auto ada = customer();
  ASSERT_EQ(credit(ada.id, "1000", "old").status, 200);
  clock_.advance_ms(std::int64_t{2} * 24 * 3'600'000);
  const auto fresh = made_credential(ada.id);
  ASSERT_EQ(credit(ada.id, "7", "new").status, 200);
  const auto day = as(fresh, "/v1/billing/usage?window_days=1");
  const auto month = as(fresh, "/v1/billing/usage");
  EXPECT_NE(day.body.find(R"("count":1,"amount_wei":"7")"), std::string::npos) << day.body;
  EXPECT_NE(month.body.find(R"("count":2,"amount_wei":"1007")"), std::string::npos) << month.body;
  EXPECT_EQ(json::Document::parse(day.body)->root().find("entries").size(), 1U);
  for (const auto* query : {"window_days=0", "window_days=367", "limit=0", "limit=1001", "limit=a",
                            "window_days=-1", "page=1"}) {
    const auto refused = as(fresh, "/v1/billing/usage?" + std::string(query));
    EXPECT_EQ(refused.status, 400) << query;
  }
}

TEST_P(CustomerRoutesTest, WhoIsNotThatCustomerSeesNothing) {
  const auto ada = customer();
  const auto bob = customer();
  const auto refused = [&](const Credential& who, const std::string& code) {
    const auto answer = as(who, "/v1/billing/account", "203.0.113.9");
    EXPECT_EQ(answer.code(), code) << answer.body;
    EXPECT_EQ(answer.body.find("balance"), std::string::npos);
  };
  refused({ada.id, bob.token}, "unauthorized");
  refused({bob.id, ada.token}, "unauthorized");
  refused({ada.id, ada.token + "x"}, "unauthorized");
  refused({ada.id, ""}, "unauthorized");
  refused({"", ada.token}, "unauthorized");
  refused({"cus_' OR 1=1 --", ada.token}, "unauthorized");
  const auto soon = made_credential(ada.id, "2m");
  clock_.advance_ms(121'000);
  refused(soon, "key_expired");
  const auto target = "/v1/admin/customers/" + ada.id + "/tokens/" + ada.token_id;
  EXPECT_EQ(
      act(Method::delete_, "/v1/admin/customers/" + bob.id + "/tokens/" + ada.token_id).status,
      404);
  EXPECT_EQ(act(Method::delete_, target).status, 200);
  EXPECT_EQ(act(Method::delete_, target).status, 200);
  refused(ada, "key_revoked");
  EXPECT_EQ(as(bob, "/v1/billing/account").status, 200);
  EXPECT_EQ(audited(ada.token_id),
            (std::vector<std::string>{"customer_token.created", "customer_token.revoked"}));
}

TEST_P(CustomerRoutesTest, G3_37_AFloodOfWrongTokensIsRefusedByAddress) {
  const auto ada = customer();
  auto wrong = ada;
  wrong.token.back() = wrong.token.back() == '0' ? '1' : '0';
  int limited = 0;
  for (int i = 0; i < 40; ++i)
    limited += as(wrong, "/v1/billing/account", "203.0.113.10").code() == "rate_limited" ? 1 : 0;
  EXPECT_GE(limited, 10);
  EXPECT_EQ(as(ada, "/v1/billing/account", "203.0.113.11").status, 200);
}

TEST_P(CustomerRoutesTest, ASuspendedCustomerIsRefusedUntilItIsResumed) {
  const auto ada = customer();
  const auto suspension = "/v1/admin/customers/" + ada.id + "/suspension";
  EXPECT_EQ(act(Method::post, suspension, R"({"reason":"unpaid"})").member("standing"),
            "suspended");
  EXPECT_EQ(act(Method::post, suspension, R"({"reason":"again"})").member("standing_reason"),
            "unpaid");
  EXPECT_EQ(as(ada, "/v1/billing/account").code(), "customer_policy_denied");
  EXPECT_EQ(act(Method::delete_, suspension).member("standing"), "active");
  EXPECT_EQ(as(ada, "/v1/billing/account").status, 200);
  EXPECT_EQ(audited(ada.id), (std::vector<std::string>{"customer.created", "customer.suspended",
                                                       "customer.resumed"}));
}

TEST_P(CustomerRoutesTest, G7_85_HostileAmountsAreRefusedAndChangeNothing) {
  const auto ada = customer();
  for (const auto* amount :
       {"", "-1", "+1", "01", "1e18", "1.0", " 1", "1 ", "0x10", "NaN", "1_000", "١",
        "115792089237316195423570985008687907853269984665640564039457584007913129639936", "0"}) {
    const auto refused = credit(ada.id, amount, "r");
    EXPECT_EQ(refused.status, 400) << amount << " " << refused.body;
  }
  const auto number = act(Method::post, "/v1/admin/customers/" + ada.id + "/credits",
                          R"({"amount_wei":5,"reference":"r"})");
  EXPECT_EQ(number.status, 400);
  EXPECT_EQ(act(Method::get, "/v1/admin/customers/" + ada.id).member("balance_wei"), "0");
  const auto most =
      "115792089237316195423570985008687907853269984665640564039457584007913129639935";
  EXPECT_EQ(credit(ada.id, most, "r").member("balance_wei"), most);
}

TEST_P(CustomerRoutesTest, MoneyByHandIsAuditedAndCountsOnceForItsReference) {
  const auto id = made_customer();
  const auto first = credit(id, "100", "invoice-1");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(credit(id, "100", "invoice-1").member("balance_wei"), "100");
  EXPECT_EQ(credit(id, "101", "invoice-1").code(), "idempotency_key_reused");
  const auto adjustments = "/v1/admin/customers/" + id + "/adjustments";
  EXPECT_EQ(act(Method::post, adjustments,
                R"({"direction":"out","amount_wei":"30","reference":"a","reason":"typo"})")
                .member("balance_wei"),
            "70");
  EXPECT_EQ(act(Method::post, adjustments,
                R"({"direction":"out","amount_wei":"71","reference":"b","reason":"typo"})")
                .code(),
            "insufficient_balance");
  EXPECT_EQ(act(Method::post, adjustments,
                R"({"direction":"up","amount_wei":"1","reference":"c","reason":"typo"})")
                .status,
            400);
  EXPECT_EQ(act(Method::post, adjustments,
                R"({"direction":"in","amount_wei":"1","reference":"c","reason":""})")
                .status,
            400);
  EXPECT_EQ(audited(id + " " + first.member("entry_id") + " 100"),
            (std::vector<std::string>{"customer.credited"}));
  EXPECT_EQ(credit("cus_01ARZ3NDEKTSV4RRFFQ69G5FAV", "1", "x").status, 404);
  const auto entries = act(Method::get, "/v1/admin/customers/" + id + "/entries?limit=1");
  EXPECT_EQ(entries.member("next_before"), "2");
}

TEST_P(CustomerRoutesTest, ARefundByTheOperatorGivesTheDebitBackOnce) {
  const auto ada = customer();
  ASSERT_EQ(credit(ada.id, "100", "r").status, 200);
  ASSERT_TRUE(post(ReserveOrder{ada.id, "job_a", Amount(40), std::nullopt}).ok());
  const auto refund = [&] {
    return act(Method::post, "/v1/admin/customers/" + ada.id + "/refunds",
               R"({"private_job_id":"job_a","reason":"wrong answer"})");
  };
  EXPECT_NE(refund().body.find(R"("changed":false)"), std::string::npos);
  ASSERT_TRUE(
      post(SettleOrder{ada.id, "job_a", {Amount(40), Amount(30), Amount(5)}, "b3n_x", "0x"}).ok());
  EXPECT_EQ(refund().member("balance_wei"), "100");
  EXPECT_NE(refund().body.find(R"("changed":false)"), std::string::npos);
  const auto verdict = act(Method::get, "/v1/admin/ledger/verification");
  EXPECT_NE(verdict.body.find(R"("holds_true":true)"), std::string::npos) << verdict.body;
}

TEST_P(CustomerRoutesTest, APolicyIsKeptWholeAndShown) {
  const auto ada = customer();
  const auto target = "/v1/admin/customers/" + ada.id + "/policy";
  const std::string policy =
      R"({"allowed_models":["llama3.1:8b"],"allowed_tiers":["portable_local"],"max_price_wei":"500","spend_cap_wei":"9000","spend_window_hours":48})";
  ASSERT_EQ(act(Method::put, target, policy).status, 200);
  const auto seen = as(ada, "/v1/billing/account");
  EXPECT_NE(seen.body.find(R"("gateway_policy":)" + policy), std::string::npos) << seen.body;
  for (const auto* wrong :
       {R"({"allowed_tiers":["best"]})", R"({"max_price_wei":5})", R"({"spend_window_hours":0})",
        R"({"spend_window_hours":745})", R"({"models":[]})", "[]", R"({"allowed_models":[""]})"}) {
    EXPECT_EQ(act(Method::put, target, wrong).status, 400) << wrong;
  }
  EXPECT_EQ(act(Method::put, target, "{}").status, 200);
  EXPECT_NE(as(ada, "/v1/billing/account").body.find(R"("spend_cap_wei":null)"), std::string::npos);
}

TEST_P(CustomerRoutesTest, WhenATokenWasLastUsedIsWrittenLater) {
  const auto ada = customer();
  const auto tokens = "/v1/admin/customers/" + ada.id + "/tokens";
  EXPECT_NE(act(Method::get, tokens).body.find(R"("last_used_at":null)"), std::string::npos);
  ASSERT_EQ(as(ada, "/v1/billing/account").status, 200);
  EXPECT_NE(act(Method::get, tokens).body.find(R"("last_used_at":null)"), std::string::npos);
  ASSERT_TRUE(run(app().customer_tokens().flush_uses()).ok());
  EXPECT_EQ(act(Method::get, tokens).body.find(R"("last_used_at":null)"), std::string::npos);
}

TEST_P(CustomerRoutesTest, G3_42_TheDatabaseHoldsNoUsableToken) {
  const auto ada = customer();
  const auto listed = act(Method::get, "/v1/admin/customers/" + ada.id + "/tokens");
  EXPECT_EQ(listed.body.find(ada.token.substr(20)), std::string::npos);
  restart();
  EXPECT_EQ(as(ada, "/v1/billing/account").status, 200);
}

TEST_P(CustomerRoutesTest, G7_93_AQuoteKeepsItsVersionWhenPricesChange) {
  const auto set = [&](const std::string& private_job) {
    return act(Method::post, "/v1/admin/price-policies",
               R"({"classes":[{"name":"all","models":["*"],"prompt_wei_per_1k_tokens":"1",)"
               R"("completion_wei_per_1k_tokens":"1","minimum_wei":"1","private_job_wei":")" +
                   private_job + R"("}],"fee_basis_points":100})");
  };
  const auto quote_by = [&](const std::string& version) {
    std::optional<PricePolicy> policy;
    const auto read = app().database().read_blocking(
        [&](storage::Transaction& tx) { return select_prices(tx, version, policy); });
    EXPECT_TRUE(read.ok());
    return policy ? quote_private_job(*policy, "m")->split.charged.to_string() : "none";
  };
  EXPECT_EQ(quote_by("prices-0"), "100");
  EXPECT_EQ(set("70").member("policy_version"), "prices-1");
  EXPECT_EQ(set("90").member("policy_version"), "prices-2");
  EXPECT_EQ(quote_by("prices-0"), "100");
  EXPECT_EQ(quote_by("prices-1"), "70");
  EXPECT_EQ(quote_by("prices-2"), "90");
  EXPECT_EQ(quote_by("prices-3"), "none");
  PricePolicy active;
  ASSERT_TRUE(
      app()
          .database()
          .read_blocking([&](storage::Transaction& tx) { return select_active_prices(tx, active); })
          .ok());
  EXPECT_EQ(active.version(), "prices-2");
  EXPECT_EQ(audited("prices-2"), (std::vector<std::string>{"prices.set"}));
}

class CreditByTwoTest : public CustomerRoutesTest {
 protected:
  ControlSettings settings() const override {
    auto settings = CustomerRoutesTest::settings();
    settings.second_approval = {ApprovalAct::customer_credit, ApprovalAct::credential_create};
    return settings;
  }
  std::string credential(const std::string& name) {
    const auto made =
        act(Method::post, "/v1/admin/credentials", R"({"name":")" + name + R"(","role":"admin"})");
    return made.member("secret");
  }
};

TEST_P(CreditByTwoTest, G9_118_ACreditWaitsForTheSecondPerson) {
  const auto id = made_customer();
  const auto alice = credential("alice");
  const auto bob = credential("bob");
  const auto target = "/v1/admin/customers/" + id + "/credits";
  const auto send = [&](const std::string& who, const std::string& to, const std::string& body) {
    return call(app(), EdgeRequest{Method::post, to, body, who, {}});
  };
  const auto asked = send(alice, target, R"({"amount_wei":"9","reference":"r"})");
  ASSERT_EQ(asked.status, 202) << asked.body;
  EXPECT_EQ(act(Method::get, "/v1/admin/customers/" + id).member("balance_wei"), "0");
  const auto document = json::Document::parse(asked.body);
  const std::string approval(document->root().find("approval").find("id").string().value_or(""));
  ASSERT_EQ(send(bob, "/v1/admin/approvals/" + approval + "/approve", "").status, 200);
  const auto other = send(
      alice, target, R"({"amount_wei":"10","reference":"r","approval_id":")" + approval + "\"}");
  EXPECT_EQ(other.status, 409) << other.body;
  const auto done = send(alice, target,
                         R"({"amount_wei":"9","reference":"r","approval_id":")" + approval + "\"}");
  EXPECT_EQ(done.member("balance_wei"), "9") << done.body;
}

B3_ON_EVERY_DATABASE(CustomerRoutesTest);
B3_ON_EVERY_DATABASE(CreditByTwoTest);

}  // namespace
}  // namespace b3iq::control
