// The admin API by everybody who may call it, through the control plane's own router.
#include "control/admin/admin_routes.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "control/testing/control_fixture.h"
#include "control/testing/edge_call.h"

namespace b3iq::control {
namespace {

using http::Method;

// Who gets in by level. Written out: this table is the promise, not what the code computes.
const std::map<std::string, std::set<std::string>, std::less<>> kLetIn = {
    {"admin:viewer", {"viewer", "operator", "admin", "machine"}},
    {"admin:operator", {"operator", "admin", "machine"}},
    {"admin:admin", {"admin", "machine"}},
};

class AdminRoutesTest : public ControlTest {
 protected:
  std::string credential(const std::string& role, const std::string& expires = "1h") {
    const auto made = act(Method::post, "/v1/admin/credentials",
                          R"({"name":")" + role + std::to_string(++made_) + R"(","role":")" + role +
                              R"(","expires":")" + expires + "\"}");
    EXPECT_EQ(made.status, 200) << made.body;
    last_id_ = "";
    const auto document = json::Document::parse(made.body);
    last_id_ = document->root().find("credential").find("id").string().value_or("");
    return made.member("secret");
  }
  // As the command line on the machine.
  EdgeAnswer act(Method method, const std::string& target, const std::string& body = "") {
    return call_as(std::string(app().operator_token()), method, target, body);
  }
  EdgeAnswer call_as(const std::string& bearer, Method method, const std::string& target,
                     const std::string& body = "", const std::string& peer = "198.51.100.7") {
    EdgeRequest request{method, target, body, bearer, {}, peer};
    return call(app(), request);
  }
  int made_ = 0;
  std::string last_id_;
};

TEST_P(AdminRoutesTest, ATextThatNoDatabaseTakesIsRefused) {
  const auto node = enrolled_node();
  const auto nodes = "/v1/admin/nodes/" + node.id().text();
  CommandSpec spec;
  spec.node_id = node.id();
  spec.arguments = protocol::RefreshInventoryArguments{};
  const auto command = run(app().commands().queue(std::move(spec), "operator"));
  ASSERT_TRUE(command.ok());
  const auto cancel = "/v1/admin/commands/" + command->id.text() + "/cancel";
  for (const std::string text : {R"(\u0000)", R"(a\nb)", R"(\u007f)"}) {
    const auto reason = R"({"reason":")" + text + "\"}";
    for (const auto& target : {nodes + "/suspension", nodes + "/removal", cancel})
      EXPECT_EQ(act(Method::post, target, reason).code(), "invalid_request") << target << reason;
    EXPECT_EQ(
        act(Method::post, "/v1/admin/enrollment-tokens", R"({"note":")" + text + "\"}").code(),
        "invalid_request");
    EXPECT_EQ(
        act(Method::post, "/v1/admin/credentials", R"({"name":")" + text + R"(","role":"viewer"})")
            .code(),
        "invalid_request");
  }
  for (const std::string value : {"%00", "%FF", "%0A"}) {
    for (const std::string query :
         {"nodes?after=", "nodes?tag=", "nodes?standing=", "commands?before=", "commands?node=",
          "commands?state=", "enrollment-tokens?before=", "credentials?before=", "audit?before=",
          "approvals?before="}) {
      const auto answer = act(Method::get, "/v1/admin/" + query + value);
      EXPECT_NE(answer.status, 500) << query << value << answer.body;
      EXPECT_NE(answer.status, 200) << query << value;
    }
  }
  EXPECT_EQ(act(Method::post, nodes + "/suspension", R"({"reason":"Müll – ok"})").status, 200);
}

TEST_P(AdminRoutesTest, G3_EveryRouteLetsInWhoItsLevelNames) {
  const auto node = enrolled_node();
  const std::map<std::string, std::string> callers = {
      {"nobody", ""},
      {"stranger", "b3iq_admin_nonsense"},
      {"enrollment token", new_token()},
      {"viewer", credential("viewer")},
      {"operator", credential("operator")},
      {"admin", credential("admin")},
      {"machine", std::string(app().operator_token())}};
  int seen = 0;
  for (const auto& route : app().router().routes()) {
    const auto let_in = kLetIn.find(route.auth_level);
    if (let_in == kLetIn.end()) {
      EXPECT_FALSE(route.pattern.starts_with("/v1/admin")) << route.pattern;
      continue;
    }
    ++seen;
    auto target = route.pattern;
    for (const auto& [part, value] :
         std::map<std::string, std::string>{{"{node}", node.id().text()},
                                            {"{token}", "etk_00000000000000000000000000"},
                                            {"{command}", "cmd_00000000000000000000000000"},
                                            {"{approval}", "apr_00000000000000000000000000"},
                                            {"{credential}", "adm_00000000000000000000000000"}}) {
      if (const auto at = target.find(part); at != std::string::npos)
        target.replace(at, part.size(), value);
    }
    for (const auto& [caller, bearer] : callers) {
      // A body that is refused by whoever is let in: nothing is done.
      const auto answer = call_as(bearer, route.method, target,
                                  route.method == Method::get ? "" : R"({"no such member":1})",
                                  "203.0.113." + std::to_string(seen));
      const bool in = let_in->second.contains(caller);
      EXPECT_EQ(in, answer.status != 401 && answer.status != 403)
          << caller << " at " << route.operation_id << ": " << answer.status << answer.body;
      if (!in && (caller == "viewer" || caller == "operator"))
        EXPECT_EQ(answer.code(), "role_denied") << route.operation_id;
    }
  }
  EXPECT_GE(seen, 20);
}

TEST_P(AdminRoutesTest, G3_AnExpiredAndARevokedCredentialOpenNothing) {
  const auto short_lived = credential("viewer", "1m");
  EXPECT_EQ(call_as(short_lived, Method::get, "/v1/admin/self").status, 200);
  clock_.advance_ms(61'000);
  EXPECT_EQ(call_as(short_lived, Method::get, "/v1/admin/self").code(), "key_expired");
  const auto revoked = credential("viewer");
  const auto id = last_id_;
  EXPECT_EQ(call_as(revoked, Method::get, "/v1/admin/self").status, 200);
  EXPECT_EQ(act(Method::delete_, "/v1/admin/credentials/" + id).member("status"), "revoked");
  EXPECT_EQ(call_as(revoked, Method::get, "/v1/admin/self").code(), "key_revoked");
  // Twice changes nothing.
  EXPECT_EQ(act(Method::delete_, "/v1/admin/credentials/" + id).status, 200);
  EXPECT_EQ(audited(id),
            (std::vector<std::string>{"admin_credential.created", "admin_credential.revoked"}));
}

TEST_P(AdminRoutesTest, ARestartKeepsCredentialsAndEndsTheMachinesOwn) {
  const auto kept = credential("operator");
  const std::string machine(app().operator_token());
  restart();
  EXPECT_EQ(call_as(kept, Method::get, "/v1/admin/self").member("role"), "operator");
  EXPECT_EQ(call_as(machine, Method::get, "/v1/admin/self").status, 401);
}

TEST_P(AdminRoutesTest, TheLastAdminCannotBeRevokedFromAfar) {
  const auto admin = credential("admin");
  const auto id = last_id_;
  EXPECT_EQ(call_as(admin, Method::delete_, "/v1/admin/credentials/" + id).code(), "conflict");
  const auto second = credential("admin");
  EXPECT_EQ(call_as(second, Method::delete_, "/v1/admin/credentials/" + id).status, 200);
  const auto last = last_id_;
  EXPECT_EQ(act(Method::delete_, "/v1/admin/credentials/" + last).status, 200);
}

TEST_P(AdminRoutesTest, GuessingIsSlowedDownByAddress) {
  const auto good = credential("viewer");
  const std::string wrong = "b3iq_admin_" + std::string(49, 'x');
  int refused = 0;
  EdgeAnswer last;
  for (int i = 0; i < 30; ++i) {
    last = call_as(wrong, Method::get, "/v1/admin/self", "", "192.0.2.1");
    refused += last.status == 429 ? 1 : 0;
  }
  EXPECT_GT(refused, 5);
  EXPECT_FALSE(last.header("Retry-After").empty());
  // Whoever has a credential is shut out with the guesser only at the same address.
  EXPECT_EQ(call_as(good, Method::get, "/v1/admin/self", "", "192.0.2.1").status, 429);
  EXPECT_EQ(call_as(good, Method::get, "/v1/admin/self", "", "192.0.2.2").status, 200);
  clock_.advance_ms(60'000);
  EXPECT_EQ(call_as(good, Method::get, "/v1/admin/self", "", "192.0.2.1").status, 200);
}

TEST_P(AdminRoutesTest, EveryActIsAuditedWithWhoDidIt) {
  const auto secret = credential("operator");
  const auto actor = last_id_;
  const auto node = enrolled_node().id().text();
  const auto as_operator = [&](Method method, const std::string& target, const std::string& body) {
    const auto answer = call_as(secret, method, target, body);
    EXPECT_EQ(answer.status, 200) << target << answer.body;
    return answer;
  };
  const auto nodes = "/v1/admin/nodes/" + node;
  as_operator(Method::post, nodes + "/suspension", R"({"reason":"maintenance"})");
  as_operator(Method::delete_, nodes + "/suspension", "");
  as_operator(Method::put, nodes + "/tags", R"({"tags":["eu"]})");
  const auto queued = as_operator(Method::post, "/v1/admin/commands",
                                  R"({"node_id":")" + node + R"(","kind":"refresh_inventory"})");
  const auto command = queued.member("id");
  as_operator(Method::post, "/v1/admin/commands/" + command + "/cancel", R"({"reason":"no"})");
  as_operator(Method::post, "/v1/admin/commands/" + command + "/retry", "");
  as_operator(Method::post, nodes + "/removal", R"({"reason":"gone"})");
  const auto token = as_operator(Method::post, "/v1/admin/enrollment-tokens", R"({"note":"n"})");
  std::multiset<std::string> acts;
  const AuditLog log(app().database(), clock_);
  const auto entries = run(log.oldest(0, kMaxAuditPage));
  for (const auto& entry : *entries)
    if (entry.actor == actor) acts.insert(entry.act);
  EXPECT_GE(acts.size(), 8U);
  EXPECT_EQ(acts.count("enrollment_token.created"), 1U);
  for (const auto& act : acts) EXPECT_NE(act.find('.'), std::string::npos) << act;
  EXPECT_EQ(run(log.verify())->first_broken_seq, 0);
}

TEST_P(AdminRoutesTest, CommandsAreOfTheClosedList) {
  const auto node = enrolled_node().id().text();
  const auto queue = [&](const std::string& rest) {
    return act(Method::post, "/v1/admin/commands", R"({"node_id":")" + node + "\"," + rest + "}");
  };
  EXPECT_EQ(queue(R"("kind":"shell","arguments":{"line":"id"})").code(), "invalid_request");
  EXPECT_EQ(queue(R"("kind":"private_inference")").code(), "invalid_request");
  EXPECT_EQ(queue(R"("kind":"model_install","arguments":{"catalogue_id":"../../etc"})").code(),
            "invalid_request");
  EXPECT_EQ(queue(R"("kind":"refresh_inventory","arguments":{"path":"/"})").code(),
            "invalid_request");
  EXPECT_EQ(queue(R"("kind":"refresh_inventory","shell":"id")").code(), "invalid_request");
  EXPECT_EQ(queue(R"("kind":"refresh_inventory","max_attempts":99)").code(), "invalid_request");
  const auto good = queue(R"("kind":"refresh_inventory")");
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(good.member("state"), "queued");
  EXPECT_EQ(act(Method::get, "/v1/admin/commands?state=queued").body.find(good.member("id")) ==
                std::string::npos,
            false);
  EXPECT_EQ(act(Method::get, "/v1/admin/commands?state=sleeping").code(), "invalid_request");
}

TEST_P(AdminRoutesTest, NodesAreListedByPageAndFilter) {
  std::set<std::string> all;
  for (int i = 0; i < 5; ++i) all.insert(enrolled_node({i % 2 == 0 ? "even" : "odd"}).id().text());
  std::set<std::string> seen;
  std::string after;
  for (int page = 0; page < 10; ++page) {
    const auto answer =
        act(Method::get, "/v1/admin/nodes?limit=2" + (after.empty() ? "" : "&after=" + after));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto document = json::Document::parse(answer.body);
    const auto data = document->root().find("data");
    for (std::size_t i = 0; i < data.size(); ++i)
      seen.insert(std::string(*data.at(i).find("node_id").string()));
    const auto next = document->root().find("next_after").string();
    if (!next) break;
    after = *next;
  }
  EXPECT_EQ(seen, all);
  const auto even = json::Document::parse(act(Method::get, "/v1/admin/nodes?tag=even").body);
  EXPECT_EQ(even->root().find("data").size(), 3U);
  EXPECT_EQ(act(Method::get, "/v1/admin/nodes?standing=asleep").code(), "invalid_request");
  EXPECT_EQ(act(Method::get, "/v1/admin/nodes?limit=0").code(), "invalid_request");
  EXPECT_EQ(act(Method::get, "/v1/admin/nodes?colour=red").code(), "invalid_request");
}

TEST_P(AdminRoutesTest, AnExportIsTheWholeLogInLines) {
  credential("viewer");
  credential("viewer");
  const auto exported = act(Method::get, "/v1/admin/audit/export");
  EXPECT_EQ(std::count(exported.body.begin(), exported.body.end(), '\n'), 2);
  EXPECT_EQ(act(Method::get, "/v1/admin/audit/export?after=1").body.find("\"seq\":1,"),
            std::string::npos);
  EXPECT_NE(act(Method::get, "/v1/admin/audit/verification").body.find("\"holds\":true"),
            std::string::npos);
}

// What is shown once is in no list, no log entry and no text of the database.
TEST_P(AdminRoutesTest, G12_134_SecretsAreInNothingThatIsKeptOrTold) {
  const auto secret = credential("admin");
  const auto token = new_token();
  std::string told;
  for (const auto* target :
       {"/v1/admin/credentials", "/v1/admin/enrollment-tokens", "/v1/admin/audit",
        "/v1/admin/audit/export", "/v1/admin/status", "/v1/admin/self", "/metrics"})
    told += call_as(secret, Method::get, target).body;
  told += call_as(secret, Method::get, "/v1/admin/nodes/" + secret).body;
  told += call_as(secret.substr(0, 40) + "x", Method::get, "/v1/admin/self").body;
  for (const auto& one : {secret, token, std::string(app().operator_token())}) {
    EXPECT_EQ(told.find(one), std::string::npos);
    EXPECT_EQ(told.find(one.substr(12, 20)), std::string::npos);
  }
  std::string texts;
  auto body = [&](storage::Transaction& tx) -> base::Task<base::Status> {
    static constexpr storage::Statement kTexts[] = {
        {"SELECT name || role || created_by || credential_id FROM admin_credentials"},
        {"SELECT note || tags || created_by || token_id FROM enrollment_tokens"},
        {"SELECT actor || act || subject FROM audit_log"}};
    for (const auto& statement : kTexts) {
      auto take = [&](const storage::Row& row) {
        texts += row.text(0);
        return true;
      };
      CO_TRY_OK(co_await tx.query(statement, {}, std::move(take)));
    }
    co_return base::Status();
  };
  ASSERT_TRUE(run(app().database().read(std::move(body))).ok());
  EXPECT_NE(texts.find("admin_credential.created"), std::string::npos);
  for (const auto& one : {secret, token})
    EXPECT_EQ(texts.find(one.substr(12, 20)), std::string::npos);
}

TEST_P(AdminRoutesTest, G12_135_MetricLabelsComeFromClosedSets) {
  const auto before = act(Method::get, "/metrics").body;
  const auto node = enrolled_node().id().text();
  act(Method::get, "/v1/admin/nodes/" + node);
  act(Method::get, "/v1/admin/nodes?tag=marker7f3a");
  act(Method::get, "/nowhere/marker7f3a");
  const auto metrics = act(Method::get, "/metrics").body;
  EXPECT_EQ(metrics.find("marker7f3a"), std::string::npos);
  EXPECT_EQ(metrics.find(node), std::string::npos);
  EXPECT_EQ(std::count(before.begin(), before.end(), '\n'),
            std::count(metrics.begin(), metrics.end(), '\n'));
}

TEST_P(AdminRoutesTest, ABenchmarkWithoutTokensTakesTheDefault) {
  const auto node = enrolled_node();
  const auto ask = [&](const std::string& arguments) {
    return act(Method::post, "/v1/admin/commands",
               R"({"node_id":")" + node.id().text() + R"(","kind":"benchmark_smoke","arguments":)" +
                   arguments + "}");
  };
  const auto tokens = [](const EdgeAnswer& answer) {
    const auto document = json::Document::parse(answer.body);
    return document->root().find("arguments").find("max_tokens").integer();
  };
  const auto left_out = ask(R"({"model_id":"llama-3.1-8b"})");
  ASSERT_EQ(left_out.status, 200) << left_out.body;
  EXPECT_EQ(tokens(left_out), 64);
  EXPECT_EQ(tokens(ask(R"({"model_id":"llama-3.1-8b","max_tokens":8})")), 8);
  EXPECT_EQ(ask(R"({"model_id":"llama-3.1-8b","max_tokens":7})").code(), "invalid_request");
  EXPECT_EQ(ask(R"({"model_id":"llama-3.1-8b","x":7})").code(), "invalid_request");
  EXPECT_EQ(ask("[]").code(), "invalid_request");
  EXPECT_EQ(ask("null").code(), "invalid_request");
}

B3_ON_EVERY_DATABASE(AdminRoutesTest);

}  // namespace
}  // namespace b3iq::control
