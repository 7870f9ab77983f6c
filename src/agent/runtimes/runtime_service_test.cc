#include "agent/runtimes/runtime_service.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "agent/cli/run_task.h"
#include "agent/migrations/schema.h"
#include "runtimes/upstream/scripted_upstream.h"
#include "storage/sqlite/sqlite_database.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using runtimes::ScriptedUpstream;
using runtimes::Wire;

// Lists one model, whoever asks, and hangs up: its end waits for every connection's.
ScriptedUpstream::Script lists(const std::string& model) {
  return [model](const Wire& wire, const std::string&) {
    wire.say(runtimes::http_answer(R"({"object":"list","data":[{"id":")" + model + R"("}]})"));
    throw ScriptedUpstream::HangUp();
  };
}

class RuntimeServiceTest : public ::testing::Test {
 protected:
  RuntimeServiceTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-service-XXXXXX").string();
    home_.root = ::mkdtemp(pattern.data());
    EXPECT_TRUE(make_folders(home_).ok());
    std::ofstream(home_.config()) << R"({"runtimes":[]})";
    auto opened = storage::open_sqlite(home_.database());
    EXPECT_TRUE(opened.ok());
    database_ = std::move(opened).value();
    EXPECT_TRUE(database_->migrate(state_migrations()).ok());
    audit_.emplace(*database_, base::system_clock());
    start(true);
  }
  ~RuntimeServiceTest() override {
    EXPECT_TRUE(run_task(loop_, settle()).ok());
    service_->clear();
    models_.reset();
    loop_.settle();
    audit_.reset();
    database_.reset();
    std::filesystem::remove_all(home_.root);
  }

  void start(bool serves) {
    models_.emplace(std::vector<inference::Runtime*>(), ModelNames(), base::system_clock());
    dispatcher_.emplace(std::vector<LaneSettings>(), base::system_clock(), loop_, metrics_);
    const RuntimeService::Parts parts{home_,        settings_, loop_,     *models_,
                                      *dispatcher_, *audit_,   own_port_, serves};
    service_.emplace(parts, RuntimeService::Made());
  }
  Task<Status> settle() {
    while (!audit_->idle()) co_await loop_.sleep(1);
    co_return Status();
  }
  static RuntimeRequest request(std::string id, std::string url, std::string_view key = "") {
    RuntimeRequest request;
    request.settings.id = std::move(id);
    request.settings.kind = RuntimeKind::openai;
    request.settings.base_url = std::move(url);
    request.api_key = crypto::Secret(key);
    return request;
  }
  // On the loop, where the audit log may write behind the caller's back.
  Result<inference::Runtime*> add(RuntimeRequest asked) {
    return run_task(loop_, adding(std::move(asked)));
  }
  Task<Result<inference::Runtime*>> adding(RuntimeRequest asked) {
    CO_TRY(auto* const runtime, co_await service_->add(std::move(asked), "operator"));
    if (runtime != nullptr) co_await models_->learn(*runtime);
    co_return runtime;
  }
  Status remove(std::string id) { return run_task(loop_, removing(std::move(id))); }
  Task<Status> removing(std::string id) { co_return co_await service_->remove(id, "operator"); }
  std::string config() const {
    std::ifstream in(home_.config());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string key_file(const std::string& id) const {
    return home_.secrets() + "/runtime-" + id + ".key";
  }

  Home home_;
  Settings settings_;
  http::EventLoop loop_;
  std::uint16_t own_port_ = 8831;
  base::Metrics metrics_;
  std::unique_ptr<storage::Database> database_;
  std::optional<AuditLog> audit_;
  std::optional<ModelRegistry> models_;
  std::optional<Dispatcher> dispatcher_;
  std::optional<RuntimeService> service_;
};

TEST_F(RuntimeServiceTest, WhatIsAddedIsInTheConfigAndAtWork) {
  ScriptedUpstream upstream(lists("m"));
  const auto added = add(request("a", upstream.url()));
  ASSERT_TRUE(added.ok()) << added.error().detail;
  EXPECT_NE(config().find(upstream.url()), std::string::npos);
  ASSERT_EQ(models_->list().size(), 1U);
  EXPECT_EQ(models_->list()[0].id, "m");
  EXPECT_NE(dispatcher_->lane(**added), nullptr);
  EXPECT_NE(metrics_.text().find("b3iq_runtime_ready{runtime=\"a\"}"), std::string::npos);

  ASSERT_TRUE(remove("a").ok());
  EXPECT_TRUE(models_->list().empty());
  EXPECT_EQ(service_->retired(), 0U) << "nothing used it: it is gone at once";
  EXPECT_EQ(config().find(upstream.url()), std::string::npos);
  EXPECT_EQ(metrics_.text().find("runtime=\"a\""), std::string::npos);
  ASSERT_TRUE(add(request("a", upstream.url())).ok()) << "and may come again";
  EXPECT_NE(metrics_.text().find("b3iq_runtime_ready{runtime=\"a\"}"), std::string::npos);
}

TEST_F(RuntimeServiceTest, ARuntimeThatIsRemovedLivesAsLongAsACallKnowsIt) {
  ScriptedUpstream upstream(lists("m"));
  ASSERT_TRUE(add(request("a", upstream.url())).ok());
  auto route = run_task(loop_, models_->resolve("m"));
  ASSERT_TRUE(route.ok());
  const auto target = (*route)->targets.front();
  ASSERT_TRUE(remove("a").ok()) << "a route that nobody runs on does not hinder";
  EXPECT_EQ(service_->retired(), 1U);
  EXPECT_EQ(target.runtime->id(), "a") << "still there";
  EXPECT_FALSE(dispatcher_->enter_now(target)) << "takes no calls";
  const auto refused = run_task(loop_, dispatcher_->enter(target, "x", {}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::runtime_unreachable);
  EXPECT_TRUE(Dispatcher::worth_another(refused.error().code)) << "the call moves on";
}

TEST_F(RuntimeServiceTest, TheLastUseEndsIt) {
  ScriptedUpstream upstream(lists("m"));
  ASSERT_TRUE(add(request("a", upstream.url())).ok());
  {
    const auto route = run_task(loop_, models_->resolve("m"));
    ASSERT_TRUE(remove("a").ok());
    service_->sweep();
    EXPECT_EQ(service_->retired(), 1U);
  }
  service_->sweep();
  EXPECT_EQ(service_->retired(), 0U);
}

TEST_F(RuntimeServiceTest, WhileACallRunsOrWaitsItIsNotRemoved) {
  ScriptedUpstream upstream(lists("m"));
  auto asked = request("a", upstream.url());
  asked.settings.max_concurrent = 1;
  ASSERT_TRUE(add(std::move(asked)).ok());
  const auto before = config();
  {
    const auto route = run_task(loop_, models_->resolve("m"));
    auto lease = dispatcher_->enter_now((*route)->targets.front());
    ASSERT_TRUE(lease);
    const auto refused = remove("a");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_NE(refused.error().detail.find("1 calls"), std::string::npos) << refused.error().detail;
    EXPECT_EQ(config(), before);
  }
  EXPECT_TRUE(remove("a").ok());
}

TEST_F(RuntimeServiceTest, OneChangeAtATime) {
  std::optional<Result<inference::Runtime*>> first;
  const auto both = [&]() -> Task<Status> {
    const auto add_first = [&]() -> Task<void> {
      first.emplace(co_await service_->add(request("a", "http://127.0.0.1:9"), "operator"));
    };
    base::detach(add_first());
    EXPECT_FALSE(service_->idle());
    const auto added = co_await service_->add(request("b", "http://127.0.0.1:10"), "operator");
    EXPECT_EQ(added.error().code, ErrorCode::conflict);
    const auto removed = co_await service_->remove("a", "operator");
    EXPECT_EQ(removed.error().code, ErrorCode::conflict);
    while (!first) co_await loop_.sleep(1);
    co_return Status();
  };
  EXPECT_TRUE(run_task(loop_, both()).ok());
  EXPECT_TRUE(first->ok());
  EXPECT_TRUE(service_->idle());
  EXPECT_TRUE(remove("a").ok());
}

TEST_F(RuntimeServiceTest, AQuestionThatIsUnderWayOutlivesTheRemoval) {
  std::atomic<bool> answer{false};
  ScriptedUpstream upstream([&](const Wire& wire, const std::string& heard) {
    while (!answer) std::this_thread::yield();
    lists("m")(wire, heard);
  });
  const auto begun = [this](RuntimeRequest asked) -> Task<Status> {
    CO_TRY(auto* const runtime, co_await service_->add(std::move(asked), "operator"));
    base::detach(models_->learn(*runtime));
    co_return co_await service_->remove("a", "operator");
  };
  ASSERT_TRUE(run_task(loop_, begun(request("a", upstream.url()))).ok());
  EXPECT_EQ(service_->retired(), 1U);
  answer = true;
  const auto ended = [this]() -> Task<Status> {
    while (service_->retired() > 0) {
      co_await loop_.sleep(1);
      service_->sweep();
    }
    co_return Status();
  };
  EXPECT_TRUE(run_task(loop_, ended()).ok());
  EXPECT_TRUE(models_->list().empty()) << "its answer came too late";
}

TEST_F(RuntimeServiceTest, AKeyStandsInAFileOfItsOwn) {
  ScriptedUpstream upstream(lists("m"));
  ASSERT_TRUE(add(request("a", upstream.url(), "sk-marker")).ok());
  struct stat info{};
  ASSERT_EQ(::stat(key_file("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(config().find("sk-marker"), std::string::npos);
  EXPECT_NE(config().find("runtime-a.key"), std::string::npos);
  ASSERT_TRUE(remove("a").ok());
  EXPECT_FALSE(std::filesystem::exists(key_file("a")));
}

TEST_F(RuntimeServiceTest, WhatCannotBeWrittenIsNotAtWork) {
  ScriptedUpstream upstream(lists("m"));
  std::ofstream(home_.config()) << "{broken";
  EXPECT_FALSE(add(request("a", upstream.url(), "sk-marker")).ok());
  EXPECT_TRUE(settings_.runtimes.empty());
  EXPECT_TRUE(models_->runtimes().empty());
  EXPECT_FALSE(std::filesystem::exists(key_file("a")));
  std::ofstream(home_.config()) << R"({"runtimes":[]})";
  ASSERT_TRUE(add(request("a", upstream.url())).ok());
  std::ofstream(home_.config()) << "{broken";
  EXPECT_FALSE(remove("a").ok());
  EXPECT_EQ(models_->runtimes().size(), 1U) << "it goes on";
}

TEST_F(RuntimeServiceTest, ASecondOfTheSameIdOrServerIsAConflict) {
  ASSERT_TRUE(add(request("a", "http://127.0.0.1:1/v1")).ok());
  EXPECT_EQ(add(request("a", "http://127.0.0.1:2/v1")).error().param, "id");
  EXPECT_EQ(add(request(std::string(kInstalledRuntime), "http://127.0.0.1:2")).error().code,
            ErrorCode::conflict);
  for (const std::string url : {"http://127.0.0.1:1", "http://localhost:1/v1/"}) {
    const auto second = add(request("b", url));
    ASSERT_FALSE(second.ok()) << url;
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_EQ(second.error().param, "base_url");
  }
  EXPECT_TRUE(add(request("b", "https://127.0.0.1:1/v1")).ok());
}

TEST_F(RuntimeServiceTest, G6_70_AddressesThatAreNeverDialledAreRefused) {
  for (const std::string url :
       {"http://169.254.169.254", "http://[fe80::1]", "http://168.63.129.16", "http://0.0.0.0:1",
        "http://224.0.0.1", "http://127.0.0.1:8831", "http://localhost:8831/v1",
        "http://[::1]:8831", "file:///etc/passwd", "http://user:pw@h", "http://h/?q"}) {
    const auto added = add(request("a", url, "sk-marker"));
    ASSERT_FALSE(added.ok()) << url;
    EXPECT_EQ(added.error().code, ErrorCode::invalid_request) << url;
    EXPECT_EQ(added.error().param, "base_url") << url;
    EXPECT_EQ(added.error().detail.find("pw"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(key_file("a")));
  }
}

TEST_F(RuntimeServiceTest, WithoutANodeThatServesOnlyTheConfigChanges) {
  service_.reset();
  start(false);
  const auto added = add(request("a", "http://127.0.0.1:1", "sk-marker"));
  ASSERT_TRUE(added.ok()) << added.error().detail;
  EXPECT_EQ(*added, nullptr);
  EXPECT_NE(config().find("\"a\""), std::string::npos);
  ASSERT_TRUE(remove("a").ok());
  EXPECT_EQ(config().find("\"a\""), std::string::npos);
}

TEST_F(RuntimeServiceTest, WhatIsNamedInThePreferencesOrIsTheNodesOwnStays) {
  ASSERT_TRUE(add(request("a", "http://127.0.0.1:1")).ok());
  settings_.model_names.preferred_runtimes["m"] = {"a"};
  EXPECT_EQ(remove("a").error().code, ErrorCode::conflict);
  EXPECT_EQ(remove(std::string(kInstalledRuntime)).error().code, ErrorCode::conflict);
  EXPECT_EQ(remove("none").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace b3iq::agent
