// Every route of the node against everybody who may call it: what api/local.json names as the level
// of a route is what its handler's type lets in. Through the node's own router, with sessions that
// were begun by its own routes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "agent/app.h"
#include "agent/auth/setup_token.h"
#include "agent/cli/run_task.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

enum class Caller : std::uint8_t {
  nobody,
  setup,
  invitation,
  viewer,
  operator_,
  owner,
  command_line
};
constexpr Caller kCallers[] = {Caller::nobody,      Caller::setup,     Caller::invitation,
                               Caller::viewer,      Caller::operator_, Caller::owner,
                               Caller::command_line};
constexpr const char* kCallerNames[] = {"nobody",   "setup", "invitation",  "viewer",
                                        "operator", "owner", "command line"};

// Who gets in by level. Written out: this table is the promise, not what the code computes.
const std::map<std::string, std::vector<Caller>, std::less<>> kLetIn = {
    {"public",
     {Caller::nobody, Caller::setup, Caller::invitation, Caller::viewer, Caller::operator_,
      Caller::owner, Caller::command_line}},
    {"setup_session", {Caller::setup}},
    {"invitation_session", {Caller::invitation}},
    {"viewer", {Caller::viewer, Caller::operator_, Caller::owner, Caller::command_line}},
    {"operator", {Caller::operator_, Caller::owner, Caller::command_line}},
    {"owner", {Caller::owner, Caller::command_line}},
    {"diagnostics", {Caller::owner, Caller::command_line}},
    {"local_key:chat", {Caller::operator_, Caller::owner, Caller::command_line}},
    {"local_key:models", {Caller::viewer, Caller::operator_, Caller::owner, Caller::command_line}},
    {"local_key:receipts",
     {Caller::viewer, Caller::operator_, Caller::owner, Caller::command_line}},
    {"local_key:metrics", {Caller::viewer, Caller::operator_, Caller::owner, Caller::command_line}},
};

// What a caller sends.
struct Credentials {
  std::string cookie;
  std::string page_token;
  std::string bearer;
};

struct Answer {
  int status = 0;
  std::string body;
  Credentials begun;  // the session that it began
};

class RolesTest : public ::testing::Test {
 protected:
  RolesTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-roles-XXXXXX").string();
    home_.root = ::mkdtemp(pattern.data());
    EXPECT_TRUE(make_folders(home_).ok());
    EXPECT_TRUE(protocol::NodeIdentity::create(home_.identity_key(), base::system_random()).ok());
    auto app = App::open(home_, Settings{}, AppUse::offline);
    EXPECT_TRUE(app.ok()) << app.error().detail;
    app_ = std::move(app).value();
  }
  ~RolesTest() override {
    app_.reset();
    std::filesystem::remove_all(home_.root);
  }

  void SetUp() override {
    const Credentials nobody;
    auto& owner = credentials_[Caller::owner];
    owner =
        post("/setup/v1/owner", R"({"name":"ada","password":"password of ada"})", setup()).begun;
    credentials_[Caller::setup] = setup();
    credentials_[Caller::command_line].bearer = app_->operator_token();
    credentials_[Caller::viewer] = accepted(invited("vera", "viewer"));
    credentials_[Caller::operator_] = accepted(invited("oleg", "operator"));
    credentials_[Caller::invitation] = invited("ida", "operator");
  }

  Answer call(http::Method method, std::string_view path, std::string_view body,
              const Credentials& who) {
    http::Request request;
    const auto route = prepare(method, path, body, who, request);
    if (route == nullptr) return {};
    auto response = run_task(app_->loop(), route->handler(request));
    Answer answer{response.status, {}, {}};
    if (auto* text = std::get_if<std::string>(&response.body)) answer.body = *text;
    for (const auto& header : response.headers) {
      if (header.name == "Set-Cookie" && header.value.starts_with("b3iq_session_"))
        answer.begun.cookie = header.value.substr(0, header.value.find(';'));
    }
    answer.begun.page_token = member(answer, "page_token");
    return answer;
  }
  Answer post(std::string_view path, std::string_view body, const Credentials& who) {
    return call(http::Method::post, path, body, who);
  }
  static std::string member(const Answer& answer, std::string_view name) {
    const auto document = json::Document::parse(answer.body);
    return document.ok() ? std::string(document->root().find(name).string().value_or("")) : "";
  }

  // A request that lives in this object until the next.
  const http::Route* prepare(http::Method method, std::string_view path, std::string_view body,
                             const Credentials& who, http::Request& request) {
    bearer_ = "Bearer " + who.bearer;
    sent_ = who;
    request.method = method;
    request.path = path;
    request.body = body;
    request.request_id = "test";
    if (!sent_.cookie.empty()) request.headers.push_back({"Cookie", sent_.cookie});
    if (!sent_.page_token.empty()) request.headers.push_back({"X-B3IQ-Session", sent_.page_token});
    if (!sent_.bearer.empty()) request.headers.push_back({"Authorization", bearer_});
    return app_->router().match(request).route;
  }

  Credentials setup() {
    const auto token = issue_setup_token(home_, base::system_clock(), base::system_random());
    const auto body = R"({"token":")" + std::string(token->reveal_text()) + R"("})";
    return post("/setup/v1/setup-session", body, {}).begun;
  }
  Credentials invited(const std::string& name, const std::string& role) {
    const auto answer =
        post("/setup/v1/users", R"({"name":")" + name + R"(","role":")" + role + R"("})",
             credentials_[Caller::owner]);
    EXPECT_EQ(answer.status, 201) << answer.body;
    const auto body = R"({"token":")" + member(answer, "invitation") + R"("})";
    return post("/setup/v1/setup-session", body, {}).begun;
  }
  Credentials accepted(const Credentials& invitation) {
    const auto answer =
        post("/setup/v1/invitation", R"({"password":"password of them"})", invitation);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.begun;
  }

  Home home_;
  std::unique_ptr<App> app_;
  std::map<Caller, Credentials> credentials_;
  Credentials sent_;
  std::string bearer_;
};

// Levels by "METHOD path", as api/local.json has them.
std::map<std::string, std::string> documented_levels() {
  std::ifstream in(B3IQ_SOURCE_DIR "/api/local.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok());
  std::map<std::string, std::string> levels;
  const auto paths = document->root().find("paths");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto path = paths.member(i);
    for (std::size_t j = 0; j < path.value.size(); ++j) {
      const auto method = path.value.member(j);
      auto name = std::string(method.name);
      for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
      levels[name + " " + std::string(path.name)] =
          method.value.find("x-b3iq-auth").string().value_or("");
    }
  }
  return levels;
}

// With something in the place of each {name}.
std::string concrete(std::string_view pattern) {
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      path += pattern[i];
      continue;
    }
    path += 'x';
    i = pattern.find('}', i);
  }
  return path;
}

TEST_F(RolesTest, G3_33_EveryRouteLetsInExactlyThoseWhoseRoleItNames) {
  const auto levels = documented_levels();
  int looked_at = 0;
  for (const auto& route : app_->router().routes()) {
    const auto operation = std::string(http::method_name(route.method)) + " " + route.pattern;
    const auto level = levels.find(operation);
    ASSERT_NE(level, levels.end()) << operation;
    const auto let_in = kLetIn.find(level->second);
    ASSERT_NE(let_in, kLetIn.end()) << operation << " has the unknown level " << level->second;
    const auto path = concrete(route.pattern);
    for (const auto caller : kCallers) {
      http::Request request;
      ASSERT_EQ(prepare(route.method, path, "{}", credentials_[caller], request), &route)
          << operation;
      const bool expected = std::ranges::find(let_in->second, caller) != let_in->second.end();
      const auto admitted = route.admits(request);
      EXPECT_EQ(admitted.ok(), expected)
          << operation << " by " << kCallerNames[static_cast<int>(caller)];
      ++looked_at;
      if (expected) continue;  // what the route does is not this test's
      // The handler asks again, and does nothing.
      const auto response = run_task(app_->loop(), route.handler(request));
      const bool has_role = caller == Caller::viewer || caller == Caller::operator_;
      const bool role_matters =
          level->second != "setup_session" && level->second != "invitation_session";
      EXPECT_EQ(response.status, has_role && role_matters ? 403 : 401)
          << operation << " by " << kCallerNames[static_cast<int>(caller)];
    }
  }
  EXPECT_GT(looked_at, 300);
}

TEST_F(RolesTest, AViewersSessionFollowsTheRoleWhileItIsOpen) {
  const auto& vera = credentials_[Caller::viewer];
  const auto key = R"({"name":"of vera"})";
  const auto refused = post("/setup/v1/keys", key, vera);
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("role_denied"), std::string::npos);
  const auto users = call(http::Method::get, "/setup/v1/users", "", credentials_[Caller::owner]);
  const auto document = json::Document::parse(users.body);
  std::string id;
  const auto data = document->root().find("data");
  for (std::size_t i = 0; i < data.size(); ++i)
    if (data.at(i).find("name").string() == "vera")
      id = data.at(i).find("id").string().value_or("");
  const auto path = "/setup/v1/users/" + id;
  EXPECT_EQ(post(path + "/role", R"({"role":"operator"})", credentials_[Caller::owner]).status,
            200);
  EXPECT_EQ(post("/setup/v1/keys", key, vera).status, 201);
  EXPECT_EQ(post(path + "/role", R"({"role":"viewer"})", credentials_[Caller::owner]).status, 200);
  EXPECT_EQ(post("/setup/v1/keys", key, vera).status, 403);
  EXPECT_EQ(call(http::Method::delete_, path, "", credentials_[Caller::owner]).status, 200);
  EXPECT_EQ(call(http::Method::get, "/setup/v1/session", "", vera).status, 401);
}

}  // namespace
}  // namespace b3iq::agent
