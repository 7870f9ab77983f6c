#include "agent/inventory/probe_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include "base/clock.h"

namespace b3iq::agent::inventory {
namespace {

// A process that ends without closing its pipe, and a wish to stop, are seen at this pace.
constexpr int kTickMs = 10;
constexpr int kChildFirstFd = 3;

std::int64_t now_ms() { return base::system_clock().steady_ns() / 1'000'000; }

struct SpawnSettings {
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

// Zero, or an errno.
int spawn(const ProbeCommand& command, int out, pid_t& pid) {
  SpawnSettings settings;
  posix_spawn_file_actions_addopen(&settings.actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&settings.actions, out, 1);
  posix_spawn_file_actions_addopen(&settings.actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&settings.actions, kChildFirstFd);
  posix_spawn_file_actions_addchdir_np(&settings.actions, "/");
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&settings.attributes, &none);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> arguments;
  arguments.reserve(command.arguments.size() + 1);
  for (const auto& argument : command.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  char language[] = "LC_ALL=C";
  char* environment[] = {language, nullptr};
  return posix_spawn(&pid, arguments[0], &settings.actions, &settings.attributes, arguments.data(),
                     environment);
}

class Probe {
 public:
  explicit Probe(const ProbeLimits& limits) : limits_(limits) {}
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() { close_pipe(); }

  void start(const ProbeCommand& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(std::string("pipe: ") + strerror(errno) + ".");
    pipe_ = ends[0];
    ::fcntl(pipe_, F_SETFL, O_NONBLOCK);
    const int code = spawn(command, ends[1], pid_);
    ::close(ends[1]);
    if (code == 0) return;
    pid_ = -1;
    fail("The probe could not be started: " + std::string(strerror(code)) + ".");
  }

  bool running() const { return pid_ > 0 && !killed_; }
  bool unreaped() const { return pid_ > 0; }
  int pipe() const { return pipe_; }
  pid_t pid() const { return pid_; }
  ProbeResult take() { return std::move(result_); }

  // Reads what is there, and sees whether it has ended.
  void look() {
    read_output();
    if (!running()) return;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
      return;
    read_output();  // what it wrote between the two
    if (!running()) return;
    ::kill(-pid_, SIGKILL);  // what it may have started, while its number is still its own
    int status = 0;
    ::waitpid(pid_, &status, 0);  // has ended: does not wait
    pid_ = -1;
    close_pipe();
    if (WIFSIGNALED(status)) {
      fail("The probe ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + ").");
    } else if (WEXITSTATUS(status) != 0) {
      fail("The probe ended with exit status " + std::to_string(WEXITSTATUS(status)) + ".");
    } else if (result_.output.empty()) {
      fail("The probe printed nothing.");
    }
  }

  void kill(std::string why) {
    if (!running()) return;
    ::kill(-pid_, SIGKILL);
    killed_ = true;
    close_pipe();
    fail(std::move(why));
  }
  // After kill(): true when it is gone.
  bool gone() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
    return pid_ <= 0;
  }

 private:
  void read_output() {
    std::array<char, 16 * 1024> piece;
    while (pipe_ >= 0) {
      const ssize_t count = ::read(pipe_, piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) return close_pipe();
      result_.output.append(piece.data(), static_cast<std::size_t>(count));
      if (result_.output.size() > limits_.max_output_bytes)
        return kill("The probe printed more than " + std::to_string(limits_.max_output_bytes) +
                    " bytes.");
    }
  }
  void close_pipe() {
    if (pipe_ >= 0) ::close(pipe_);
    pipe_ = -1;
  }
  void fail(std::string why) {
    result_.failure = std::move(why);
    result_.output.clear();
  }

  const ProbeLimits& limits_;
  ProbeResult result_;
  int pipe_ = -1;
  pid_t pid_ = -1;
  bool killed_ = false;
};

using Probes = std::vector<std::unique_ptr<Probe>>;

bool any_running(const Probes& probes) {
  return std::any_of(probes.begin(), probes.end(), [](const auto& p) { return p->running(); });
}

// Until a pipe has something, or `ms` passed.
void wait_for_output(const Probes& probes, int ms) {
  std::vector<pollfd> pipes;
  for (const auto& probe : probes) {
    if (probe->running() && probe->pipe() >= 0) pipes.push_back({probe->pipe(), POLLIN, 0});
  }
  ::poll(pipes.data(), pipes.size(), ms);
}

void watch(const Probes& probes, const ProbeLimits& limits, const std::atomic<bool>& stop) {
  const std::int64_t deadline = now_ms() + limits.deadline_ms;
  while (any_running(probes)) {
    const std::int64_t left = deadline - now_ms();
    if (left > 0 && !stop)
      wait_for_output(probes, static_cast<int>(std::min<std::int64_t>(left, kTickMs)));
    for (const auto& probe : probes) probe->look();
    if (left > 0 && !stop) continue;
    for (const auto& probe : probes) {
      probe->kill(stop ? "The node is stopping."
                       : "The probe did not answer within " + std::to_string(limits.deadline_ms) +
                             " ms.");
    }
  }
}

void await_killed(const Probes& probes, std::int64_t grace_ms) {
  const std::int64_t deadline = now_ms() + grace_ms;
  const auto waiting = [&] {
    return std::any_of(probes.begin(), probes.end(), [](const auto& p) { return !p->gone(); });
  };
  while (waiting() && now_ms() < deadline) ::poll(nullptr, 0, 1);
}

}  // namespace

void ProbeRunner::collect_left_behind() {
  std::erase_if(left_behind_,
                [](const auto& row) { return ::waitpid(row.second, nullptr, WNOHANG) != 0; });
}

std::vector<ProbeResult> ProbeRunner::run(const std::vector<ProbeCommand>& commands,
                                          const std::atomic<bool>& stop) {
  collect_left_behind();
  Probes probes;
  for (const auto& command : commands) {
    probes.push_back(std::make_unique<Probe>(limits_));
    if (!left_behind_.contains(command.name)) probes.back()->start(command);
  }
  watch(probes, limits_, stop);
  std::vector<ProbeResult> results;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    results.push_back(probes[i]->take());
    if (left_behind_.contains(commands[i].name))
      results.back().failure =
          "The probe before this one still hangs in the kernel, where it cannot be ended.";
  }
  await_killed(probes, limits_.kill_grace_ms);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (probes[i]->unreaped()) left_behind_.emplace(commands[i].name, probes[i]->pid());
  }
  return results;
}

}  // namespace b3iq::agent::inventory
