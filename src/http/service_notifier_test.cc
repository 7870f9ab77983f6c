#include "http/service_notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "http/blocking_task.h"

namespace b3iq::http {
namespace {

using base::Status;
using base::Task;

// The service manager's end: a datagram socket in a folder of its own.
class ServiceNotifierTest : public ::testing::Test {
 protected:
  ServiceNotifierTest() {
    auto pattern = (std::filesystem::temp_directory_path() / "b3iq-notify-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/socket";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size());
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~ServiceNotifierTest() override {
    ::close(fd_);
    for (const auto* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    std::filesystem::remove_all(folder_);
  }
  std::string received() {
    std::array<char, 512> buffer;
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : "nothing";
  }

  std::string folder_;
  std::string path_;
  int fd_ = -1;
};

TEST_F(ServiceNotifierTest, TellsReadyAndStoppingAndLeavesNothingToChildren) {
  const auto manager = ServiceNotifier::from_environment();
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  manager.ready("Serving http://127.0.0.1:1");
  EXPECT_EQ(received(), "READY=1\nSTATUS=Serving http://127.0.0.1:1\n");
  manager.stopping();
  EXPECT_EQ(received(), "STOPPING=1\nSTATUS=Draining\n");
}

TEST_F(ServiceNotifierTest, ARestartIsToldAndTheNextProgramGetsTheVariablesBack) {
  ::setenv("WATCHDOG_USEC", "40000", 1);
  const auto manager = ServiceNotifier::from_environment();
  manager.reloading();
  EXPECT_THAT(received(), ::testing::MatchesRegex(
                              "RELOADING=1\nMONOTONIC_USEC=[0-9]+\nSTATUS=Starting again\n"));
  manager.hand_over();
  EXPECT_EQ(received(), "WATCHDOG=1\n");
  EXPECT_STREQ(std::getenv("NOTIFY_SOCKET"), path_.c_str());
  EXPECT_STREQ(std::getenv("WATCHDOG_USEC"), "40000");
  EXPECT_EQ(std::getenv("WATCHDOG_PID"), nullptr);
}

Task<Status> feed_for_a_while(const ServiceNotifier& manager, FdStream& timer, EventLoop& loop) {
  base::detach(manager.feed_watchdog(timer));
  co_await loop.sleep(100);
  timer.close();
  co_return Status();
}

TEST_F(ServiceNotifierTest, FeedsTheWatchdogTwiceInEachInterval) {
  ::setenv("WATCHDOG_USEC", "40000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  const auto manager = ServiceNotifier::from_environment();
  EventLoop loop;
  auto timer = manager.watchdog_timer(loop);
  ASSERT_TRUE(timer.has_value());
  ASSERT_TRUE(run_task(loop, feed_for_a_while(manager, *timer, loop)).ok());
  loop.settle();
  EXPECT_EQ(received(), "WATCHDOG=1\n");
  EXPECT_EQ(received(), "WATCHDOG=1\n");
}

TEST_F(ServiceNotifierTest, AWatchdogForAnotherProcessIsNotFed) {
  ::setenv("WATCHDOG_USEC", "40000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EventLoop loop;
  EXPECT_FALSE(ServiceNotifier::from_environment().watchdog_timer(loop).has_value());
}

TEST_F(ServiceNotifierTest, WithoutAManagerNothingIsSent) {
  ::unsetenv("NOTIFY_SOCKET");
  ::setenv("WATCHDOG_USEC", "40000", 1);
  const auto manager = ServiceNotifier::from_environment();
  manager.ready("");
  EventLoop loop;
  EXPECT_FALSE(manager.watchdog_timer(loop).has_value());
}

}  // namespace
}  // namespace b3iq::http
