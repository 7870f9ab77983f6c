// The real program, `b3iq-control-plane serve`, as a process of a test.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "control/config/control_home.h"

namespace b3iq::control {

class ControlProcess {
 public:
  // Starts it and waits until it says where it listens.
  explicit ControlProcess(const ControlHome& home) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::execl(B3IQ_CONTROL_PLANE, B3IQ_CONTROL_PLANE, "--home", home.root.c_str(), "serve",
              nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    FILE* const out = ::fdopen(ends[0], "r");
    char line[512];
    while (url_.empty() && std::fgets(line, sizeof(line), out) != nullptr) {
      char found[256];
      if (std::sscanf(line, "listening on %255s", found) == 1) url_ = found;
    }
    std::fclose(out);
  }
  ~ControlProcess() { kill_nine(); }
  ControlProcess(const ControlProcess&) = delete;
  ControlProcess& operator=(const ControlProcess&) = delete;

  // "" when it did not start.
  const std::string& url() const { return url_; }
  void kill_nine() { end(SIGKILL); }
  void ask_to_stop() const {
    if (pid_ > 0) ::kill(pid_, SIGTERM);
  }
  // Its exit code; -1 when a signal ended it.
  int wait() { return end(0); }

 private:
  int end(int signal) {
    if (pid_ <= 0) return -1;
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  pid_t pid_ = -1;
  std::string url_;
};

}  // namespace b3iq::control
