// Runs the worker's sandbox in a program of its own and tries what a hijacked worker would.
#include "runtimes/embedded/worker/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "runtimes/embedded/embedded_fixture.h"
#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes {
namespace {

using testing::HasSubstr;

struct Outcome {
  std::string text;
  bool killed = false;  // by SIGSYS, the filter's way
};

Outcome probe(const std::string& attempt) {
  std::string command = "exec " + (program_folder() / "b3_sandbox_probe").string() + " " + attempt;
  std::FILE* pipe = popen(command.c_str(), "r");
  Outcome outcome;
  char buffer[256];
  while (std::size_t count = std::fread(buffer, 1, sizeof(buffer), pipe))
    outcome.text.append(buffer, count);
  int status = pclose(pipe);
  outcome.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
  return outcome;
}

TEST(Sandbox, LeavesWhatComputingNeeds) {
  EXPECT_THAT(probe("nothing").text, HasSubstr("done"));
  EXPECT_THAT(probe("thread").text, HasSubstr("done"));
  EXPECT_THAT(probe("memory").text, HasSubstr("done"));
}

TEST(Sandbox, EndsAProcessThatReachesOut) {
  for (const char* attempt : {"socket", "unix-socket", "exec", "ptrace", "write-file"}) {
    Outcome outcome = probe(attempt);
    EXPECT_TRUE(outcome.killed) << attempt << ": " << outcome.text;
    EXPECT_THAT(outcome.text, HasSubstr("layers")) << attempt;
  }
}

TEST(Sandbox, RefusesTheRest) {
  for (const char* attempt :
       {"read-passwd", "stat-file", "code", "kill-parent", "become-root", "delete", "fork"}) {
    Outcome outcome = probe(attempt);
    EXPECT_TRUE(outcome.killed || outcome.text.find("refused") != std::string::npos)
        << attempt << ": " << outcome.text;
  }
}

TEST(Sandbox, ReportsTheLayersThatHold) {
  unsigned layers = 0;
  ASSERT_EQ(std::sscanf(probe("nothing").text.c_str(), "layers %u", &layers), 1);
  // These need nothing of the kernel or the container that a supported system lacks.
  constexpr unsigned kAlways =
      kSandboxNoNewPrivileges | kSandboxNoCapabilities | kSandboxUnprivilegedUser | kSandboxSeccomp;
  EXPECT_EQ(layers & kAlways, kAlways);
}

TEST(Sandbox, TheWorkerSaysTheSame) {
  Node node;
  ASSERT_TRUE(node.ask("What is the capital of France?").ok());
  unsigned layers = 0;
  ASSERT_EQ(std::sscanf(probe("nothing").text.c_str(), "layers %u", &layers), 1);
  EXPECT_EQ(node.runtime().worker_status().sandbox_layers, layers);
}

}  // namespace
}  // namespace b3iq::runtimes
