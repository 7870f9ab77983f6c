#include "agent/models/model_registry.h"

#include <gtest/gtest.h>

#include "agent/cli/run_task.h"

namespace b3iq::agent {
namespace {

using base::Result;
using base::Task;

// Offers the given names and nothing else.
class NamedModels final : public inference::Runtime {
 public:
  NamedModels(std::string id, std::vector<std::string> names)
      : id_(std::move(id)), names_(std::move(names)) {}
  std::string_view id() const override { return id_; }
  std::string_view kind() const override { return "openai"; }
  inference::RuntimeHealth health() const override { return {}; }
  Task<Result<std::vector<inference::RuntimeModel>>> models() override {
    std::vector<inference::RuntimeModel> models;
    for (const auto& name : names_) models.push_back({.name = name});
    co_return models;
  }
  Task<Result<std::unique_ptr<inference::TokenStream>>> stream(const inference::ChatRequest&,
                                                               base::CancelToken) override {
    co_return base::Error(base::ErrorCode::internal, "not asked here");
  }
  Task<Result<inference::ChatAnswer>> answer(const inference::ChatRequest&,
                                             base::CancelToken) override {
    co_return base::Error(base::ErrorCode::internal, "not asked here");
  }

 private:
  std::string id_;
  std::vector<std::string> names_;
};

Result<ModelRoutePointer> resolve(ModelRegistry& registry, std::string name) {
  http::EventLoop loop;
  return run_task(loop, registry.resolve(std::move(name)));
}

TEST(ModelRegistry, AModelThatNoReceiptCanNameIsNotOffered) {
  NamedModels runtime("up", {"good", "b\x01d", "", std::string(257, 'x'), "caf\xc3\xa9", "\xff"});
  ModelRegistry registry({&runtime}, {}, base::system_clock());
  EXPECT_TRUE(resolve(registry, "good").ok());
  EXPECT_TRUE(resolve(registry, "caf\xc3\xa9").ok());
  EXPECT_EQ(registry.list().size(), 2u);
  EXPECT_EQ(resolve(registry, "b\x01d").error().code, base::ErrorCode::model_not_found);
}

TEST(ModelRegistry, TheRuntimeThatIsConfiguredFirstWins) {
  NamedModels first("first", {"both"});
  NamedModels second("second", {"both", "only"});
  ModelRegistry registry({&first, &second}, {.aliases = {{"short", {"only"}}}},
                         base::system_clock());
  EXPECT_EQ((*resolve(registry, "both"))->targets.front().runtime, &first);
  EXPECT_EQ((*resolve(registry, "short"))->targets.front().runtime, &second);
  EXPECT_EQ((*resolve(registry, "short"))->targets.front().id, "only");
}

std::vector<std::string> order(ModelRegistry& registry, const std::string& name) {
  std::vector<std::string> out;
  const auto route = resolve(registry, name);
  for (const auto& target : (*route)->targets)
    out.push_back(std::string(target.runtime->id()) + "/" + target.id);
  return out;
}

TEST(ModelRegistry, PreferredRuntimesComeFirstAndTheOthersAfterThem) {
  NamedModels a("a", {"m"});
  NamedModels b("b", {"m"});
  NamedModels c("c", {"m"});
  ModelRegistry registry({&a, &b, &c}, {.preferred_runtimes = {{"m", {"c", "b"}}}},
                         base::system_clock());
  EXPECT_EQ(order(registry, "m"), (std::vector<std::string>{"c/m", "b/m", "a/m"}));
}

TEST(ModelRegistry, AnAliasLeadsToItsModelsInItsOwnOrder) {
  NamedModels a("a", {"small", "big"});
  NamedModels b("b", {"big"});
  ModelRegistry registry({&a, &b}, {.aliases = {{"best", {"missing", "big", "small"}}}},
                         base::system_clock());
  EXPECT_EQ(order(registry, "best"), (std::vector<std::string>{"a/big", "b/big", "a/small"}));
  EXPECT_EQ(registry.list().size(), 3U);
}

TEST(ModelRegistry, ANameWithoutATagIsTheLatest) {
  NamedModels a("a", {"llama3.2:latest", "phi4:14b", "plain"});
  ModelRegistry registry({&a}, {.aliases = {{"gpt-4o", {"llama3.2"}}, {"phi4", {"plain"}}}},
                         base::system_clock());
  EXPECT_EQ(order(registry, "llama3.2"), std::vector<std::string>{"a/llama3.2:latest"});
  EXPECT_EQ(order(registry, "gpt-4o"), std::vector<std::string>{"a/llama3.2:latest"});
  EXPECT_EQ(order(registry, "phi4"), std::vector<std::string>{"a/plain"});
  EXPECT_EQ(order(registry, "plain:latest"), std::vector<std::string>{"a/plain"});
  EXPECT_FALSE(resolve(registry, "llama3.2:1b").ok());
  EXPECT_TRUE(same_model("llama3.2", "llama3.2:latest"));
  EXPECT_FALSE(same_model("llama3.2", "llama3.2:1b"));
}

TEST(ModelRegistry, AnAliasThatLeadsNowhereIsCalledOne) {
  NamedModels a("a", {"m"});
  ModelRegistry registry({&a}, {.aliases = {{"x", {"nosuch", "loop"}}}}, base::system_clock());
  const auto refused = resolve(registry, "x");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().detail.find("alias 'x' leads to 'nosuch', 'loop'"), std::string::npos)
      << refused.error().detail;
}

}  // namespace
}  // namespace b3iq::agent
