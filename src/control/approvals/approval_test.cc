// Acts that need a second person, by everybody who may try, through the control plane's own router.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "control/approvals/approval_service.h"
#include "control/testing/control_fixture.h"
#include "control/testing/edge_call.h"

namespace b3iq::control {
namespace {

using http::Method;

struct Person {
  std::string id;
  std::string secret;
};

class ApprovalTest : public ControlTest {
 protected:
  ControlSettings settings() const override {
    auto all = ControlTest::settings();
    for (const auto& [act, name] : kApprovalActs) all.second_approval.push_back(act);
    return all;
  }

  EdgeAnswer on_the_machine(Method method, const std::string& target,
                            const std::string& body = "") {
    return call(app(), {method, target, body, std::string(app().operator_token()), {}});
  }
  EdgeAnswer as(const Person& person, Method method, const std::string& target,
                const std::string& body = "") {
    return call(app(), {method, target, body, person.secret, {}});
  }
  // Made on the machine, whom the rule does not bind.
  Person person(const std::string& role, const std::string& expires = "90d") {
    const auto made =
        on_the_machine(Method::post, "/v1/admin/credentials",
                       R"({"name":"person)" + std::to_string(++people_) + R"(","role":")" + role +
                           R"(","expires":")" + expires + "\"}");
    EXPECT_EQ(made.status, 200) << made.body;
    const auto document = json::Document::parse(made.body);
    return {text(document->root().find("credential").find("id")), made.member("secret")};
  }
  static std::string text(json::Value value) { return std::string(value.string().value_or("")); }

  // The id of the approval that an act waits for.
  static std::string waiting(const EdgeAnswer& answer) {
    EXPECT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(answer.member("object"), "approval_needed");
    const auto document = json::Document::parse(answer.body);
    return document.ok() ? text(document->root().find("approval").find("id")) : "";
  }
  static std::string removal(const std::string& node) {
    return "/v1/admin/nodes/" + node + "/removal";
  }
  static std::string with(const std::string& approval) {
    return R"({"reason":"sold","approval_id":")" + approval + "\"}";
  }
  std::string asked_removal(const Person& by, const std::string& node) {
    return waiting(as(by, Method::post, removal(node), R"({"reason":"sold"})"));
  }
  EdgeAnswer decide(const Person& by, const std::string& approval, const std::string& how) {
    return as(by, Method::post, "/v1/admin/approvals/" + approval + "/" + how);
  }
  std::string state_of_approval(const std::string& id) {
    return on_the_machine(Method::get, "/v1/admin/approvals/" + id).member("state");
  }
  std::string standing(const std::string& node) {
    return on_the_machine(Method::get, "/v1/admin/nodes/" + node).member("standing");
  }
  // The actor of the newest entry with this act; "" when there is none.
  std::string actor_of(const std::string& act) {
    const AuditLog log(app().database(), clock_);
    std::string actor;
    const auto entries = run(log.oldest(0, kMaxAuditPage));
    for (const auto& entry : *entries)
      if (entry.act == act) actor = entry.actor;
    return actor;
  }
  bool chain_holds() {
    const AuditLog log(app().database(), clock_);
    const auto verdict = run(log.verify());
    return verdict.ok() && verdict->first_broken_seq == 0;
  }
  int people_ = 0;
};

TEST_P(ApprovalTest, G9_118_AnActIsDoneOnceAnotherPersonApprovedIt) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto approval = asked_removal(alice, node);
  EXPECT_EQ(standing(node), "enrolled");
  // The same question again is the same one.
  EXPECT_EQ(asked_removal(alice, node), approval);
  EXPECT_EQ(as(alice, Method::post, removal(node), with(approval)).code(), "conflict");
  const auto approved = decide(bob, approval, "approve");
  EXPECT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(approved.member("state"), "approved");
  EXPECT_EQ(approved.member("decided_by"), bob.id);
  EXPECT_EQ(decide(bob, approval, "approve").status, 200);  // twice changes nothing
  EXPECT_EQ(standing(node), "enrolled");                    // it permits, and does nothing
  const auto done = as(alice, Method::post, removal(node), with(approval));
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(standing(node), "removed");
  EXPECT_EQ(state_of_approval(approval), "used");
  EXPECT_EQ(actor_of("node.removed"), alice.id + "+" + bob.id);
  EXPECT_EQ(audited(approval), (std::vector<std::string>{"approval.asked", "approval.approved"}));
  EXPECT_TRUE(chain_holds());
}

TEST_P(ApprovalTest, G9_118_NobodyApprovesAloneOrWithoutTheRole) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto approval = asked_removal(alice, node);
  const auto own = decide(alice, approval, "approve");
  EXPECT_EQ(own.status, 403);
  EXPECT_EQ(own.code(), "role_denied");
  EXPECT_NE(own.body.find("another person"), std::string::npos) << own.body;
  const auto viewer = person("viewer");
  EXPECT_EQ(decide(viewer, approval, "approve").code(), "role_denied");
  EXPECT_EQ(decide(viewer, approval, "deny").code(), "role_denied");
  EXPECT_EQ(as(viewer, Method::get, "/v1/admin/approvals").code(), "role_denied");
  EXPECT_EQ(state_of_approval(approval), "pending");
  // What only an admin may do, only an admin approves.
  const auto admin = person("admin");
  const auto question = waiting(
      as(admin, Method::post, "/v1/admin/credentials", R"({"name":"third","role":"viewer"})"));
  const auto other = person("operator");
  EXPECT_EQ(decide(other, question, "approve").code(), "role_denied");
  EXPECT_EQ(decide(other, question, "deny").code(), "role_denied");
  EXPECT_EQ(decide(person("admin"), question, "approve").status, 200);
}

TEST_P(ApprovalTest, G9_118_AnApprovalIsOfExactlyOneActAndOnePerson) {
  const auto node = enrolled_node().id().text();
  const auto other = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto approval = asked_removal(alice, node);
  ASSERT_EQ(decide(bob, approval, "approve").status, 200);
  const auto refused = [&](const Person& who, const std::string& target, const std::string& body) {
    const auto answer = as(who, Method::post, target, body);
    EXPECT_GE(answer.status, 400) << target << answer.body;
    return answer.code();
  };
  EXPECT_EQ(refused(alice, removal(other), with(approval)), "conflict");
  EXPECT_EQ(refused(alice, removal(node), R"({"reason":"x","approval_id":")" + approval + "\"}"),
            "conflict");
  EXPECT_EQ(refused(alice, removal(node), R"({"approval_id":")" + approval + "\"}"), "conflict");
  EXPECT_EQ(refused(alice, "/v1/admin/nodes/" + node + "/suspension", with(approval)), "conflict");
  EXPECT_EQ(refused(bob, removal(node), with(approval)), "role_denied");
  EXPECT_EQ(refused(alice, removal(node), with("apr_00000000000000000000000000")), "not_found");
  EXPECT_EQ(refused(alice, removal(node), with("x' OR 1=1")), "invalid_request");
  EXPECT_EQ(standing(node), "enrolled");
  EXPECT_EQ(standing(other), "enrolled");
  EXPECT_EQ(state_of_approval(approval), "approved");
  // The order of members and blanks between them are not part of a request.
  const auto same = as(alice, Method::post, removal(node),
                       R"({ "approval_id":")" + approval + R"(", "reason" : "sold" })");
  EXPECT_EQ(same.status, 200) << same.body;
}

TEST_P(ApprovalTest, G9_118_ASecretGoesToWhoeverAskedAndOnce) {
  const auto alice = person("admin");
  const auto bob = person("admin");
  const std::string credentials = "/v1/admin/credentials";
  const auto until = base::format_rfc3339(clock_.wall_ms() + kDefaultCredentialLifeMs);
  const auto spec = R"("name":"new","role":"operator","expires":")" + until + "\"";
  const auto approval = waiting(as(alice, Method::post, credentials, "{" + spec + "}"));
  const auto approved = decide(bob, approval, "approve");
  EXPECT_EQ(approved.body.find("b3iq_admin_"), std::string::npos);
  clock_.advance_ms(60'000);  // what is compared is what was sent, not how long that lasts
  const auto again = "{" + spec + R"(,"approval_id":")" + approval + "\"}";
  const auto made = as(alice, Method::post, credentials, again);
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_TRUE(made.member("secret").starts_with("b3iq_admin_"));
  EXPECT_EQ(as(alice, Method::post, credentials, again).status, 409);
  EXPECT_EQ(actor_of("admin_credential.created"), alice.id + "+" + bob.id);

  const std::string tokens = "/v1/admin/enrollment-tokens";
  const auto token = waiting(as(alice, Method::post, tokens, R"({"note":"n"})"));
  ASSERT_EQ(decide(bob, token, "approve").status, 200);
  const auto with_token = R"({"note":"n","approval_id":")" + token + "\"}";
  EXPECT_TRUE(as(alice, Method::post, tokens, with_token).member("secret").starts_with("b3iq_enr"));
  EXPECT_EQ(as(alice, Method::post, tokens, with_token).code(), "conflict");
}

TEST_P(ApprovalTest, G9_118_EveryListedActIsHeldBack) {
  auto node = enrolled_node();
  const auto id = node.id().text();
  const auto alice = person("admin");
  const auto bob = person("admin");
  const auto nodes = "/v1/admin/nodes/" + id;
  const auto queue = R"({"node_id":")" + id + R"(","kind":"refresh_inventory"})";
  const auto one = [&](Method method, const std::string& target, const std::string& body,
                       const std::string& act) {
    const auto approval = waiting(as(alice, method, target, body));
    EXPECT_EQ(decide(bob, approval, "approve").status, 200);
    const bool in_query = method == Method::delete_;
    const auto member = R"("approval_id":")" + approval + "\"";
    const auto repeated =
        in_query ? as(alice, method, target + "?approval_id=" + approval)
                 : as(alice, method, target,
                      body.empty() ? "{" + member + "}" : "{" + member + "," + body.substr(1));
    EXPECT_EQ(repeated.status, 200) << target << repeated.body;
    EXPECT_EQ(actor_of(act), alice.id + "+" + bob.id) << act;
    return repeated;
  };
  one(Method::post, nodes + "/suspension", R"({"reason":"x"})", "node.suspended");
  EXPECT_EQ(as(alice, Method::delete_, nodes + "/suspension").status, 200);  // is not listed
  const auto queued = one(Method::post, "/v1/admin/commands", queue, "command.queued");
  const auto command = "/v1/admin/commands/" + queued.member("id");
  EXPECT_EQ(as(alice, Method::post, command + "/cancel", "{}").status, 200);
  one(Method::post, command + "/retry", "", "command.retried");
  one(Method::delete_, "/v1/admin/credentials/" + person("viewer").id, "",
      "admin_credential.revoked");
  // Also one's own, and the second person's.
  one(Method::delete_, "/v1/admin/credentials/" + bob.id, "", "admin_credential.revoked");
  EXPECT_EQ(decide(bob, "apr_00000000000000000000000000", "approve").code(), "key_revoked");
  EXPECT_TRUE(chain_holds());
}

// What cannot be done is refused at once, and what changes nothing needs nobody.
TEST_P(ApprovalTest, OnlyWhatCouldBeDoneIsAsked) {
  const auto alice = person("admin");
  EXPECT_EQ(as(alice, Method::post, removal(TestNode(clock_).id().text()), "{}").code(),
            "not_found");
  EXPECT_EQ(as(alice, Method::post, "/v1/admin/credentials", R"({"name":"person1","role":"admin"})")
                .code(),
            "conflict");
  const auto node = enrolled_node().id().text();
  ASSERT_EQ(on_the_machine(Method::post, removal(node), "{}").status, 200);
  EXPECT_EQ(as(alice, Method::post, removal(node), "{}").status, 200);
  EXPECT_EQ(on_the_machine(Method::get, "/v1/admin/approvals").body.find("apr_"),
            std::string::npos);
}

TEST_P(ApprovalTest, G9_118_AnApprovalExpires) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto late = asked_removal(alice, node);
  clock_.advance_ms(1);
  const auto used_late = asked_removal(bob, node);
  ASSERT_EQ(decide(alice, used_late, "approve").status, 200);
  clock_.advance_ms(kApprovalLifeMs - 1);
  EXPECT_EQ(decide(bob, late, "approve").code(), "conflict");
  EXPECT_EQ(decide(bob, late, "deny").code(), "conflict");
  EXPECT_EQ(state_of_approval(late), "expired");
  EXPECT_EQ(state_of_approval(used_late), "approved");
  clock_.advance_ms(1);
  EXPECT_EQ(as(bob, Method::post, removal(node), with(used_late)).code(), "conflict");
  EXPECT_EQ(state_of_approval(used_late), "expired");
  EXPECT_EQ(standing(node), "enrolled");
  EXPECT_NE(asked_removal(alice, node), late);
}

TEST_P(ApprovalTest, G9_118_WhoeverAskedMustStillBeAllowedTo) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto approval = asked_removal(alice, node);
  ASSERT_EQ(on_the_machine(Method::delete_, "/v1/admin/credentials/" + alice.id).status, 200);
  const auto refused = decide(bob, approval, "approve");
  EXPECT_EQ(refused.code(), "conflict");
  EXPECT_NE(refused.body.find("revoked"), std::string::npos) << refused.body;
  EXPECT_EQ(state_of_approval(approval), "void");
  EXPECT_EQ(audited(approval), (std::vector<std::string>{"approval.asked", "approval.voided"}));
  // Expired is as good as revoked.
  const auto carol = person("operator", "1h");
  const auto second = asked_removal(carol, node);
  clock_.advance_ms(std::int64_t{2} * 3'600'000);
  EXPECT_EQ(decide(bob, second, "approve").code(), "conflict");
  EXPECT_EQ(state_of_approval(second), "void");
}

TEST_P(ApprovalTest, G9_118_TheLeaveOfARevokedCredentialIsWorthNothing) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto approval = asked_removal(alice, node);
  ASSERT_EQ(decide(bob, approval, "approve").status, 200);
  ASSERT_EQ(on_the_machine(Method::delete_, "/v1/admin/credentials/" + bob.id).status, 200);
  const auto refused = as(alice, Method::post, removal(node), with(approval));
  EXPECT_EQ(refused.code(), "conflict");
  EXPECT_NE(refused.body.find(bob.id), std::string::npos) << refused.body;
  EXPECT_EQ(standing(node), "enrolled");
}

TEST_P(ApprovalTest, ADeniedOrWithdrawnOnePermitsNothing) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto denied = asked_removal(alice, node);
  EXPECT_EQ(decide(bob, denied, "deny").member("state"), "denied");
  EXPECT_EQ(decide(bob, denied, "deny").status, 200);  // twice changes nothing
  EXPECT_EQ(decide(bob, denied, "approve").code(), "conflict");
  const auto withdrawn = asked_removal(alice, node);
  EXPECT_EQ(decide(alice, withdrawn, "deny").member("decided_by"), alice.id);
  const auto regretted = asked_removal(alice, node);
  EXPECT_EQ(decide(bob, regretted, "approve").status, 200);
  EXPECT_EQ(decide(bob, regretted, "deny").status, 200);
  for (const auto& approval : {denied, withdrawn, regretted})
    EXPECT_EQ(as(alice, Method::post, removal(node), with(approval)).code(), "conflict");
  EXPECT_EQ(audited(regretted),
            (std::vector<std::string>{"approval.asked", "approval.approved", "approval.denied"}));
  EXPECT_EQ(standing(node), "enrolled");
}

TEST_P(ApprovalTest, G9_118_OfTwoAtOnceOneDecidesAndOneUseCounts) {
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto carol = person("operator");
  const auto send_as = [](const Person& who, const std::string& path, const std::string& body) {
    TestRequest request{Method::post, path, "", body, {}};
    request.headers = {{"Authorization", "Bearer " + who.secret}};
    return request;
  };
  const auto done = [](const std::vector<TestAnswer>& answers) {
    return std::ranges::count(answers, 200, &TestAnswer::status);
  };
  for (int round = 0; round < 5; ++round) {
    const std::string tokens = "/v1/admin/enrollment-tokens";
    const auto note = R"("note":"round)" + std::to_string(round) + "\"";
    const auto approval = waiting(as(alice, Method::post, tokens, "{" + note + "}"));
    const auto path = "/v1/admin/approvals/" + approval + "/approve";
    EXPECT_EQ(done(send_all({send_as(bob, path, ""), send_as(carol, path, "")})), 1);
    const auto use =
        send_as(alice, tokens, fmt::format(R"({{{},"approval_id":"{}"}})", note, approval));
    EXPECT_EQ(done(send_all({use, use, use})), 1);
    EXPECT_EQ(audited(approval).size(), 2U);
  }
}

TEST_P(ApprovalTest, PendingOnesAreListedFirstPageByPage) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto bob = person("operator");
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    clock_.advance_ms(1);
    ids.push_back(waiting(
        as(alice, Method::post, removal(node), R"({"reason":")" + std::to_string(i) + "\"}")));
  }
  ASSERT_EQ(decide(bob, ids[4], "approve").status, 200);
  ASSERT_EQ(decide(bob, ids[1], "deny").status, 200);
  const std::vector<std::string> expected = {ids[3], ids[2], ids[0], ids[4], ids[1]};
  for (int limit = 1; limit <= 6; ++limit) {
    std::vector<std::string> seen;
    std::string before;
    for (int page = 0; page < 10; ++page) {
      const auto answer = as(bob, Method::get,
                             "/v1/admin/approvals?limit=" + std::to_string(limit) +
                                 (before.empty() ? "" : "&before=" + before));
      ASSERT_EQ(answer.status, 200) << answer.body;
      const auto document = json::Document::parse(answer.body);
      const auto data = document->root().find("data");
      for (std::size_t i = 0; i < data.size(); ++i) seen.push_back(text(data.at(i).find("id")));
      before = answer.member("next_before");
      if (!document->root().find("next_before").string()) break;
    }
    EXPECT_EQ(seen, expected) << limit;
  }
}

TEST_P(ApprovalTest, QuestionsAreBoundedAndForgotten) {
  const auto ask = [&](const std::string& actor, int i) {
    ApprovalQuestion question{ApprovalAct::node_remove, "b3n_x", "{}", actor};
    question.arguments = R"({"reason":")" + std::to_string(i) + "\"}";
    return run(app().approvals().ask(std::move(question)));
  };
  std::string first;
  for (int i = 0; i < kMaxPendingApprovals; ++i) {
    const auto asked = ask("adm_" + std::to_string(i / kMaxPendingApprovalsOfOne), i);
    ASSERT_TRUE(asked.ok()) << asked.error().detail;
    if (i == 0) first = asked->id;
    if (i == kMaxPendingApprovalsOfOne - 1) EXPECT_FALSE(ask("adm_0", 99'999).ok());
  }
  const auto refused = ask("adm_new", 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::ErrorCode::conflict);
  EXPECT_NE(refused.error().detail.find("admin approvals list"), std::string::npos);
  // Time makes room, and deletes later.
  clock_.advance_ms(kApprovalLifeMs);
  EXPECT_TRUE(ask("adm_new", 1).ok());
  ASSERT_TRUE(run(app().approvals().forget()).ok());
  EXPECT_EQ(state_of_approval(first), "expired");
  clock_.advance_ms(kApprovalKeptMs + 1);
  ASSERT_TRUE(run(app().approvals().forget()).ok());
  EXPECT_EQ(on_the_machine(Method::get, "/v1/admin/approvals/" + first).code(), "not_found");
  ApprovalQuestion large{ApprovalAct::node_remove, "b3n_x", "", "adm_new"};
  large.arguments = "\"" + std::string(kMaxApprovalArgumentsBytes, 'x') + "\"";
  EXPECT_EQ(run(app().approvals().ask(std::move(large))).error().code,
            base::ErrorCode::payload_too_large);
}

TEST_P(ApprovalTest, TheMachinesOperatorIsNotBoundAndMayApprove) {
  const auto node = enrolled_node().id().text();
  const auto alice = person("operator");
  const auto approval = asked_removal(alice, node);
  EXPECT_EQ(on_the_machine(Method::post, "/v1/admin/approvals/" + approval + "/approve").status,
            200);
  EXPECT_EQ(as(alice, Method::post, removal(node), with(approval)).status, 200);
  EXPECT_EQ(actor_of("node.removed"), alice.id + "+operator");
  const auto other = enrolled_node().id().text();
  EXPECT_EQ(on_the_machine(Method::post, removal(other), "{}").status, 200);
}

B3_ON_EVERY_DATABASE(ApprovalTest);

// Two processes on one database.
class ApprovalReplicaTest : public ApprovalTest {};

TEST_P(ApprovalReplicaTest, G9_118_OfTwoReplicasOneDecidesAndOneUseCounts) {
  auto& other = add_replica();
  const auto alice = person("operator");
  const auto bob = person("operator");
  const auto carol = person("operator");
  const std::string tokens = "/v1/admin/enrollment-tokens";
  const auto at_once = [&](const EdgeRequest& here, const EdgeRequest& there) {
    EdgeAnswer second;
    std::thread replica([&] { second = call(other, there); });
    const auto first = call(app(), here);
    replica.join();
    return (first.status == 200 ? 1 : 0) + (second.status == 200 ? 1 : 0);
  };
  for (int round = 0; round < 5; ++round) {
    const auto note = R"("note":"round)" + std::to_string(round) + "\"";
    const auto approval = waiting(as(alice, Method::post, tokens, "{" + note + "}"));
    const auto path = "/v1/admin/approvals/" + approval + "/approve";
    EXPECT_EQ(at_once({Method::post, path, "", bob.secret, {}},
                      {Method::post, path, "", carol.secret, {}}),
              1);
    const EdgeRequest use{Method::post,
                          tokens,
                          fmt::format(R"({{{},"approval_id":"{}"}})", note, approval),
                          alice.secret,
                          {}};
    EXPECT_EQ(at_once(use, use), 1);
  }
  EXPECT_TRUE(chain_holds());
}

std::vector<TestDatabase> servers() {
  auto all = test_databases();
  std::erase(all, TestDatabase::sqlite);
  return all;
}
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ApprovalReplicaTest);
INSTANTIATE_TEST_SUITE_P(Db, ApprovalReplicaTest, ::testing::ValuesIn(servers()), name_of_database);

}  // namespace
}  // namespace b3iq::control
