// Real processes that behave badly.
#include "agent/inventory/probe_runner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <thread>

#include "agent/inventory/fixture_tree.h"

namespace b3iq::agent::inventory {
namespace {

// Long enough for a busy machine, where a test waits for an answer; short where it waits for none.
constexpr ProbeLimits kPatient = {.deadline_ms = 30'000, .max_output_bytes = 4000};
constexpr ProbeLimits kHasty = {.deadline_ms = 150, .max_output_bytes = 1000};

class Runner : public ::testing::Test {
 protected:
  ~Runner() override {
    // None of ours is left, not even as a zombie.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  static ProbeCommand shell(const std::string& script) {
    return {script, {"/bin/sh", "-c", script}};
  }
  ProbeResult run(const std::string& script, ProbeLimits limits = kPatient) {
    ProbeRunner runner(limits);
    return runner.run({shell(script)}, stop_).front();
  }
  std::atomic<bool> stop_ = false;
};

std::int64_t elapsed_ms(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               since)
      .count();
}

TEST_F(Runner, GivesWhatAProbePrints) {
  const auto result = run("printf 'one\\n'; printf two");
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.output, "one\ntwo");
}

TEST_F(Runner, HasNothingOfTheAgent) {
  // No variable of ours, no descriptor, its own process group, not our folder.
  ::setenv("B3IQ_SECRET", "marker", 1);
  const auto environment = run("env");
  EXPECT_EQ(environment.output.find("marker"), std::string::npos) << environment.output;
  ::unsetenv("B3IQ_SECRET");
  const FixtureTree folder;
  folder.file("/marker", "");
  const int open_file = ::open((folder.root() + "/marker").c_str(), O_RDONLY);  // not O_CLOEXEC
  ASSERT_GE(open_file, 0);
  const auto descriptors = run("ls -l /proc/self/fd; pwd");
  EXPECT_EQ(descriptors.output.find("marker"), std::string::npos) << descriptors.output;
  EXPECT_TRUE(descriptors.output.ends_with("\n/\n")) << descriptors.output;
  ::close(open_file);
  EXPECT_EQ(run("test \"$(cut -d' ' -f5 /proc/$$/stat)\" = $$ && echo own").output, "own\n");
}

TEST_F(Runner, G6_81_AProbeThatHangs) {
  const auto begun = std::chrono::steady_clock::now();
  const auto result = run("echo begun; sleep 1000", kHasty);
  EXPECT_EQ(result.failure, "The probe did not answer within 150 ms.");
  EXPECT_EQ(result.output, "");
  EXPECT_LT(elapsed_ms(begun), 10'000);
}

TEST_F(Runner, G6_81_AProbeThatHangsAfterItClosedItsOutput) {
  EXPECT_EQ(run("echo done; exec >&-; sleep 1000", kHasty).failure,
            "The probe did not answer within 150 ms.");
}

TEST_F(Runner, G6_81_AProbeThatDoesNotListenToSignals) {
  EXPECT_EQ(run("trap '' TERM INT HUP; while :; do sleep 1; done", kHasty).failure,
            "The probe did not answer within 150 ms.");
}

TEST_F(Runner, G6_81_AProbeThatPrintsWithoutEnd) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(run("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done").failure,
            "The probe printed more than 4000 bytes.");
  EXPECT_LT(elapsed_ms(begun), 20'000);
}

TEST_F(Runner, G6_81_AProbeThatPrintsNothing) {
  EXPECT_EQ(run("exit 0").failure, "The probe printed nothing.");
}

TEST_F(Runner, G6_81_AProbeThatFails) {
  const auto result = run("echo half a report; exit 3");
  EXPECT_EQ(result.failure, "The probe ended with exit status 3.");
  EXPECT_EQ(result.output, "");
}

TEST_F(Runner, G6_81_AProbeThatCrashes) {
  const auto result = run("echo half; kill -SEGV $$");
  EXPECT_NE(result.failure.find("signal 11"), std::string::npos) << result.failure;
}

TEST_F(Runner, G6_81_AProbeThatIsNotThere) {
  ProbeRunner runner(kPatient);
  const auto results = runner.run({{"gone", {"/nowhere/probe"}}, shell("echo here")}, stop_);
  EXPECT_NE(results[0].failure.find("could not be started"), std::string::npos);
  EXPECT_EQ(results[1].output, "here\n");
}

TEST_F(Runner, G6_81_WhatAProbeStartedGoesWithIt) {
  const FixtureTree folder;
  const std::string pid_file = folder.root() + "/pid";
  // The grandchild keeps the pipe open; the probe itself ends well.
  const auto result = run("sleep 1000 & echo $! > " + pid_file + "; echo done");
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.output, "done\n");
  pid_t grandchild = 0;
  std::ifstream(pid_file) >> grandchild;
  ASSERT_GT(grandchild, 0);
  // It is nobody's child of ours: gone, or a zombie until its new parent looks.
  std::string state = "Z";
  for (int i = 0; i < 5000 && ::kill(grandchild, 0) == 0; ++i) {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string word;
    if (!(stat >> word >> word >> state) || state == "Z") break;
    std::this_thread::yield();
  }
  EXPECT_EQ(state, "Z");
}

TEST_F(Runner, OneThatHangsDoesNotDelayTheOthersPastTheDeadline) {
  ProbeRunner runner(kHasty);
  const auto results =
      runner.run({shell("sleep 1000"), shell("sleep 2000"), shell("echo fine")}, stop_);
  EXPECT_NE(results[0].failure, "");
  EXPECT_NE(results[1].failure, "");
  EXPECT_EQ(results[2].output, "fine\n");
}

TEST_F(Runner, StopsAtOnceWhenTheNodeStops) {
  const auto begun = std::chrono::steady_clock::now();
  stop_ = true;
  EXPECT_EQ(run("sleep 1000").failure, "The node is stopping.");
  EXPECT_LT(elapsed_ms(begun), 10'000);
}

TEST_F(Runner, G6_81_AProbeThatCannotBeEndedIsNotWaitedForNorStartedTwice) {
  // No grace at all: a killed process is almost never gone by then, as one that hangs in the kernel
  // never is.
  ProbeRunner runner({.deadline_ms = 50, .max_output_bytes = 1000, .kill_grace_ms = 0});
  const ProbeCommand hangs = shell("sleep 1000");
  bool refused = false;
  for (int i = 0; i < 50 && !refused; ++i) {
    const auto result = runner.run({hangs}, stop_).front();
    refused = result.failure.find("still hangs in the kernel") != std::string::npos;
    EXPECT_LE(runner.left_behind(), 1u);
  }
  // Refused or not, in the end all are collected.
  const auto begun = std::chrono::steady_clock::now();
  while (runner.left_behind() > 0 && elapsed_ms(begun) < 30'000) {
    runner.run({}, stop_);
    std::this_thread::yield();
  }
  EXPECT_EQ(runner.left_behind(), 0u);
}

}  // namespace
}  // namespace b3iq::agent::inventory
