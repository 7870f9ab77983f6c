// The public API as strangers see it.
#include "control/public_api/public_routes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "base/join.h"
#include "control/testing/control_fixture.h"
#include "control/testing/edge_call.h"
#include "protocol/messages/inventory.h"
#include "protocol/messages/managed_paths.h"

namespace b3iq::control {
namespace {

using http::Method;
using protocol::SignatureTag;

constexpr std::string_view kMarker = "marker7f3a";
constexpr std::string_view kModel = "llama-3.1-8b";

class PublicRoutesTest : public ControlTest {
 protected:
  EdgeAnswer get(const std::string& target,
                 std::vector<std::pair<std::string, std::string>> headers = {},
                 const std::string& peer = "198.51.100.7") {
    EdgeRequest request{Method::get, target, "", "", std::move(headers), peer};
    return call(app(), request);
  }
  // An enrolled node that has said all it can say, the marker wherever a text is free.
  TestNode told_node() {
    auto node = enrolled_node({std::string(kMarker)});
    heartbeat_ok(node);
    protocol::NodeInventory inventory;
    inventory.os.name = std::string(kMarker);
    inventory.cpu.model = std::string(kMarker);
    inventory.memory.total_bytes = 123456789012;
    protocol::NodeReadiness readiness;
    readiness.public_inference_enabled = true;
    protocol::ModelProfile profile;
    profile.model_id = std::string(kModel);
    profile.status = protocol::ModelStatus::installed;
    profile.runtime_kind = "vllm";
    readiness.models.push_back(profile);
    const auto report = protocol::encode_inventory_report({node.boot_epoch, inventory, readiness});
    const auto sent = send(node.sign(SignatureTag::inventory, Method::put,
                                     protocol::inventory_path(node.id()), report, audience()));
    EXPECT_EQ(sent.status, 200) << sent.body;
    EdgeRequest suspend{Method::post,
                        "/v1/admin/nodes/" + node.id().text() + "/suspension",
                        R"({"reason":")" + std::string(kMarker) + "\"}",
                        std::string(app().operator_token()),
                        {},
                        "127.0.0.1"};
    EXPECT_EQ(call(app(), suspend).status, 200);
    suspend.method = Method::delete_;
    suspend.body = "";
    EXPECT_EQ(call(app(), suspend).status, 200);
    return node;
  }
  std::vector<std::string> targets(const std::string& node) {
    return {"/v1/public/network",
            "/v1/public/nodes",
            "/v1/public/nodes/" + node,
            "/v1/public/nodes/" + node + "/transport-key",
            "/v1/public/nodes/" + node + "/route-readiness?model=" + std::string(kModel),
            "/v1/public/models"};
  }
};

void collect_members(json::Value value, std::set<std::string>& out) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value.is_object()) out.insert(std::string(value.member(i).name));
    collect_members(value.is_object() ? value.member(i).value : value.at(i), out);
  }
}

// Every member name that api/public.json has in some schema's properties.
void collect_properties(json::Value value, std::set<std::string>& out) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!value.is_object()) {
      collect_properties(value.at(i), out);
      continue;
    }
    const auto member = value.member(i);
    if (member.name == "properties") {
      for (std::size_t k = 0; k < member.value.size(); ++k)
        out.insert(std::string(member.value.member(k).name));
    }
    collect_properties(member.value, out);
  }
}

TEST_P(PublicRoutesTest, G9_117_NothingLeavesThatTheSchemaDoesNotName) {
  const auto node = told_node();
  std::ifstream in(B3IQ_SOURCE_DIR "/api/public.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto schema = json::Document::parse(text);
  ASSERT_TRUE(schema.ok());
  std::set<std::string> allowed;
  collect_properties(schema->root(), allowed);
  for (const auto& target : targets(node.id().text())) {
    const auto answer = get(target);
    ASSERT_EQ(answer.status, 200) << target << answer.body;
    const auto document = json::Document::parse(answer.body);
    ASSERT_TRUE(document.ok());
    std::set<std::string> members;
    collect_members(document->root(), members);
    for (const auto& member : members)
      EXPECT_TRUE(allowed.contains(member)) << target << " tells " << member;
    for (const auto& [name, value] : answer.headers)
      EXPECT_EQ(value.find(kMarker), std::string::npos) << name;
    EXPECT_EQ(answer.body.find(kMarker), std::string::npos) << target;
    EXPECT_EQ(answer.body.find("123456789012"), std::string::npos) << target;
    EXPECT_EQ(answer.body.find("1.0.0"), std::string::npos) << "the agent's version: " << target;
  }
}

TEST_P(PublicRoutesTest, TheNetworkIsToldInNumbers) {
  const auto node = told_node();
  const auto summary = json::Document::parse(get("/v1/public/network").body);
  EXPECT_EQ(summary->root().find("nodes_enrolled").integer(), 1);
  EXPECT_EQ(summary->root().find("nodes_online").integer(), 1);
  EXPECT_EQ(summary->root().find("models_offered").integer(), 1);
  EXPECT_EQ(summary->root().find("control_plane_id").string(), audience().text());
  const auto models = json::Document::parse(get("/v1/public/models").body);
  ASSERT_EQ(models->root().find("data").size(), 1U);
  EXPECT_EQ(models->root().find("data").at(0).find("model_id").string(), kModel);
  const auto one = json::Document::parse(get("/v1/public/nodes/" + node.id().text()).body);
  EXPECT_EQ(one->root().find("liveness").string(), "online");
  EXPECT_EQ(one->root().find("models").size(), 1U);
}

TEST_P(PublicRoutesTest, ARemovedNodeIsGone) {
  const auto id = told_node().id();
  ASSERT_TRUE(run(app().nodes().remove(id, "", "operator")).ok());
  EXPECT_EQ(get("/v1/public/nodes/" + id.text()).status, 404);
  EXPECT_EQ(get("/v1/public/nodes/" + id.text() + "/transport-key").status, 404);
  EXPECT_EQ(get("/v1/public/nodes").body.find(id.text()), std::string::npos);
  EXPECT_NE(
      get("/v1/public/nodes/" + id.text() + "/route-readiness?model=m").body.find("not_enrolled"),
      std::string::npos);
}

TEST_P(PublicRoutesTest, TheTransportKeyVerifiesWithWhatItNames) {
  const auto node = told_node();
  const auto answer =
      json::Document::parse(get("/v1/public/nodes/" + node.id().text() + "/transport-key").body);
  const auto binding = protocol::decode_transport_key_binding(answer->root().find("transport_key"));
  ASSERT_TRUE(binding.ok()) << binding.error().detail;
  EXPECT_TRUE(protocol::verify_transport_key_binding(*binding, node.id(), clock_.wall_ms()).ok());
}

TEST_P(PublicRoutesTest, ReadinessNamesEveryBlockerAndWhatToDo) {
  const auto node = told_node();
  const auto at = "/v1/public/nodes/" + node.id().text() + "/route-readiness";
  const auto codes = [&](const std::string& model) {
    std::set<std::string> found;
    const auto document = json::Document::parse(get(at + "?model=" + model).body);
    const auto blockers = document->root().find("blockers");
    EXPECT_EQ(document->root().find("ready").boolean(), blockers.size() == 0);
    for (std::size_t i = 0; i < blockers.size(); ++i) {
      const auto blocker = blockers.at(i);
      found.insert(std::string(*blocker.find("code").string()));
      EXPECT_FALSE(blocker.find("message").string()->empty());
      EXPECT_FALSE(blocker.find("next_action").string()->empty());
    }
    return found;
  };
  auto known = codes(std::string(kModel));
  for (const auto* gate : {"route_missing", "protocol_unregistered", "observed_benchmark_missing",
                           "model_not_network_eligible"})
    EXPECT_TRUE(known.contains(gate)) << gate;
  EXPECT_FALSE(known.contains("model_not_installed"));
  EXPECT_FALSE(known.contains("heartbeat_stale"));
  EXPECT_TRUE(codes("another-model").contains("model_not_installed"));
  clock_.advance_ms(kHeartbeatLeaseMs + kPublicFreshMs);
  EXPECT_TRUE(codes(std::string(kModel)).contains("heartbeat_stale"));
  EXPECT_EQ(get(at).code(), "invalid_request");
  EXPECT_EQ(get(at + "?model=/etc/passwd").code(), "invalid_request");
}

TEST_P(PublicRoutesTest, AnswersHaveATagAndAreNotSentTwice) {
  const auto node = told_node();
  for (const auto& target : targets(node.id().text())) {
    const auto first = get(target);
    const auto etag = first.header("ETag");
    ASSERT_TRUE(etag.starts_with("W/\"")) << target;
    EXPECT_EQ(first.header("Cache-Control"), "public, max-age=5");
    EXPECT_EQ(first.header("Access-Control-Allow-Origin"), "*");
    const auto again = get(target, {{"If-None-Match", "\"other\", " + etag}});
    EXPECT_EQ(again.status, 304) << target;
    EXPECT_TRUE(again.body.empty());
    EXPECT_EQ(again.header("ETag"), etag);
    EXPECT_EQ(get(target, {{"If-None-Match", "W/\"other\""}}).status, 200);
  }
  // Nothing has changed but the time: the same tag.
  const auto etag = get("/v1/public/network").header("ETag");
  clock_.advance_ms(kPublicFreshMs + 1);
  EXPECT_EQ(get("/v1/public/network").header("ETag"), etag);
  enrolled_node();
  clock_.advance_ms(kPublicFreshMs + 1);
  EXPECT_NE(get("/v1/public/network").header("ETag"), etag);
}

TEST_P(PublicRoutesTest, OneAddressGetsSoManyAnswersAMinute) {
  const auto most = settings().limits.public_per_minute;
  EdgeAnswer last;
  for (std::int64_t i = 0; i <= most; ++i) last = get("/v1/public/network");
  EXPECT_EQ(last.status, 429);
  EXPECT_FALSE(last.header("Retry-After").empty());
  EXPECT_EQ(last.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(get("/v1/public/network", {}, "198.51.100.8").status, 200);
  // A header that a stranger wrote buys nothing.
  EXPECT_EQ(get("/v1/public/network", {{"X-Forwarded-For", "203.0.113.1"}}).status, 429);
  clock_.advance_ms(60'000);
  EXPECT_EQ(get("/v1/public/network").status, 200);
}

TEST_P(PublicRoutesTest, MembersThatTheRouteDoesNotKnowMakeNoAnswerOfTheirOwn) {
  const auto id = told_node().id().text();
  for (const auto& target : targets(id)) {
    const auto more = target + (target.find('?') == std::string::npos ? "?" : "&") + "x=1";
    EXPECT_EQ(get(more).code(), "invalid_request") << more;
  }
}

TEST_P(PublicRoutesTest, OneQuestionSpeltInTwoWaysIsAnsweredFromOneKeptAnswer) {
  const auto first = get("/v1/public/nodes?limit=5&after=");
  enrolled_node();
  EXPECT_EQ(get("/v1/public/nodes?after=&limit=%35").body, first.body);
  EXPECT_EQ(get("/v1/public/nodes?limit=7&limit=5").body, first.body);
  EXPECT_NE(get("/v1/public/nodes?limit=6").body, first.body);
}

TEST_P(PublicRoutesTest, WhatIsAskedByManyAtOnceIsMadeOnce) {
  PublicAnswers answers(clock_);
  int made = 0;
  bool fails = false;
  std::vector<std::string> told;
  const auto make = [&]() -> base::Task<base::Result<PublicBody>> {
    const int number = ++made;
    co_await app().loop().sleep(1);
    if (fails) co_return base::Error(base::ErrorCode::storage_failed, "told to fail");
    co_return public_body(std::to_string(number));
  };
  const auto one = [&]() -> base::Task<void> {
    PublicAnswers::Make by = make;
    const auto answer = co_await answers.get("question", std::move(by));
    told.push_back(answer.ok() ? (*answer)->json : "error");
  };
  const auto ask = [&]() -> std::vector<std::string> {
    told.clear();
    const auto all = [&]() -> base::Task<bool> {
      std::vector<base::Task<void>> tasks;
      for (int i = 0; i < 3; ++i) tasks.push_back(one());
      co_await base::join_all(std::move(tasks));
      co_return true;
    };
    run(all());
    return told;
  };
  using Told = std::vector<std::string>;
  EXPECT_EQ(ask(), (Told{"1", "1", "1"})) << "who comes while it is made waits";
  EXPECT_EQ(ask(), (Told{"1", "1", "1"})) << "fresh";
  EXPECT_EQ(made, 1);
  clock_.advance_ms(kPublicFreshMs);
  EXPECT_EQ(ask(), (Told{"1", "1", "2"})) << "the others get the last one at once";
  clock_.advance_ms(kPublicStaleMs);
  EXPECT_EQ(ask(), (Told{"3", "3", "3"})) << "which is too old now";
  clock_.advance_ms(kPublicStaleMs);
  fails = true;
  EXPECT_EQ(ask(), (Told{"error", "error", "error"}));
  EXPECT_EQ(made, 4);
  fails = false;
  EXPECT_EQ(ask(), (Told{"5", "5", "5"})) << "an error is not kept";
}

TEST_P(PublicRoutesTest, ATextThatNoDatabaseTakesIsRefused) {
  for (const std::string text : {"%FF", "%00", "a%0Ab", "%7F", "%C3", "%ED%A0%80"}) {
    EXPECT_EQ(get("/v1/public/models?after=" + text).code(), "invalid_request") << text;
    EXPECT_EQ(get("/v1/public/nodes?after=" + text).code(), "invalid_request") << text;
  }
  EXPECT_EQ(get("/v1/public/models?after=" + std::string(500, 'a')).code(), "invalid_request");
  EXPECT_EQ(get("/v1/public/models?after=m%C3%A4h").status, 200);
}

TEST_P(PublicRoutesTest, PagesGoThroughAllNodes) {
  std::set<std::string> all;
  for (int i = 0; i < 5; ++i) all.insert(enrolled_node().id().text());
  std::set<std::string> seen;
  std::string after;
  for (int page = 0; page < 10; ++page) {
    const auto answer = get("/v1/public/nodes?limit=2" + (after.empty() ? "" : "&after=" + after));
    const auto document = json::Document::parse(answer.body);
    const auto data = document->root().find("data");
    for (std::size_t i = 0; i < data.size(); ++i)
      seen.insert(std::string(*data.at(i).find("node_id").string()));
    const auto next = document->root().find("next_after").string();
    if (!next) break;
    after = *next;
  }
  EXPECT_EQ(seen, all);
  EXPECT_EQ(get("/v1/public/nodes?limit=101").code(), "invalid_request");
  EXPECT_EQ(get("/v1/public/nodes?after=../admin").code(), "invalid_request");
  EXPECT_EQ(get("/v1/public/nodes/not-a-node").code(), "invalid_request");
}

B3_ON_EVERY_DATABASE(PublicRoutesTest);

}  // namespace
}  // namespace b3iq::control
