// A process that is killed while it downloads, and the next one.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "agent/downloads/download_fixture.h"

namespace b3iq::agent {
namespace {

constexpr std::size_t kSize = 4'000'000;
constexpr std::size_t kCut = 2'500'000;

// The child of the next test: downloads until it is killed.
TEST(ModelDownloadChild, DISABLED_Downloads) {
  const char* url = ::getenv("B3IQ_TEST_URL");
  const char* part = ::getenv("B3IQ_TEST_PART");
  ASSERT_TRUE(url != nullptr && part != nullptr);
  TaskLoop loop;
  DownloadLimits limits;
  limits.reserve_bytes = 0;
  ModelDownload download(loop.loop(), limits);
  const auto received = loop.run(
      download.fetch({.url = url, .size_bytes = {}, .sha256 = {}}, part, {}, base::CancelToken()));
  FAIL() << "it was not killed: " << received.ok();
}

class ModelDownloadKill : public DownloadTest {
 protected:
  const std::string file = file_of(kSize);
};

class KilledChild {
 public:
  KilledChild(const std::string& url, const std::string& part) {
    std::vector<std::string> arguments = {"child", "--gtest_also_run_disabled_tests",
                                          "--gtest_filter=ModelDownloadChild.DISABLED_Downloads"};
    std::vector<std::string> settings = {"B3IQ_TEST_URL=" + url, "B3IQ_TEST_PART=" + part};
    std::vector<char*> argv;
    for (auto& each : arguments) argv.push_back(each.data());
    argv.push_back(nullptr);
    std::vector<char*> envp;
    for (auto& each : settings) envp.push_back(each.data());
    for (char** each = environ; *each != nullptr; ++each) envp.push_back(*each);
    envp.push_back(nullptr);
    EXPECT_EQ(::posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, argv.data(), envp.data()),
              0);
  }
  int kill() const {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    return status;
  }

 private:
  pid_t pid_ = 0;
};

TEST_F(ModelDownloadKill, G6_80_AKilledProcessIsContinued) {
  ScriptedUpstream server([&](const Wire& wire, const std::string& request) {
    if (range_start(request)) return serve_well(wire, request, file);
    wire.say(whole_head(kSize));
    wire.say(std::string_view(file).substr(0, kCut));
    wire.wait_for_close();
    throw ScriptedUpstream::HangUp{};
  });
  const std::string url = server.root_url() + "/a";
  {
    const KilledChild child(url, part());
    // Full blocks go to the disk as they fill.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    std::error_code none;
    while (!std::filesystem::exists(part()) ||
           std::filesystem::file_size(part(), none) < 2 * kPartBlockBytes) {
      ASSERT_LT(std::chrono::steady_clock::now(), patience) << "the child receives nothing";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(WTERMSIG(child.kill()), SIGKILL);
  }
  expect_received(fetch({.url = url, .size_bytes = {}, .sha256 = {}}), part(), file);
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_GE(range_start(server.requests()[1]).value_or(0), 2 * kPartBlockBytes);
}

}  // namespace
}  // namespace b3iq::agent
