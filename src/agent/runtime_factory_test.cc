#include "agent/runtime_factory.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

RuntimeSettings server(RuntimeKind kind, std::string url) {
  RuntimeSettings settings;
  settings.id = "r";
  settings.kind = kind;
  settings.base_url = std::move(url);
  return settings;
}

TEST(RuntimeFactory, MakesEveryKindInOrder) {
  http::EventLoop loop;
  Settings settings;
  settings.runtimes = {server(RuntimeKind::ollama, "http://127.0.0.1:11434"),
                       server(RuntimeKind::vllm, "http://127.0.0.1:8000/v1"),
                       server(RuntimeKind::sglang, "http://127.0.0.1:30000/v1"),
                       server(RuntimeKind::openai, "http://127.0.0.1:8080/v1")};
  settings.runtimes[1].profile = runtimes::ServerProfile::vllm;
  settings.runtimes[2].profile = runtimes::ServerProfile::sglang;
  const auto made = make_runtimes(loop, settings, {});
  ASSERT_TRUE(made.ok()) << made.error().detail;
  std::vector<std::string> kinds;
  for (const auto& runtime : *made) kinds.emplace_back(runtime->kind());
  EXPECT_EQ(kinds, (std::vector<std::string>{"ollama", "vllm", "sglang", "openai"}));
}

TEST(RuntimeFactory, G6_70_AddressesThatCannotBeAreRefusedAtTheStart) {
  http::EventLoop loop;
  for (const auto kind : {RuntimeKind::ollama, RuntimeKind::vllm, RuntimeKind::openai}) {
    for (const std::string url : {"file:///etc/passwd", "ftp://x", "http://user:pw@host"}) {
      Settings settings;
      settings.runtimes = {server(kind, url)};
      const auto made = make_runtimes(loop, settings, {});
      ASSERT_FALSE(made.ok()) << url;
      EXPECT_EQ(made.error().code, base::ErrorCode::config_invalid);
      EXPECT_EQ(made.error().detail.find("pw"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace b3iq::agent
