// For tests: enters the worker's own sandbox, prints the layers that hold, then tries one forbidden
// thing and says how it went. Never part of the worker.
//   b3_sandbox_probe ATTEMPT
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "runtimes/embedded/worker/sandbox.h"

namespace {

long try_exec() {
  char program[] = "/bin/true";
  char* arguments[] = {program, nullptr};
  return execve(program, arguments, nullptr);
}

long try_thread() {
  int done = 0;
  std::thread([&] { done = 1; }).join();
  return done;
}

const std::map<std::string, std::function<long()>> kAttempts = {
    {"nothing", [] { return 0L; }},
    {"thread", try_thread},
    {"memory",
     [] {
       return mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                      MAP_FAILED
                  ? -1L
                  : 0L;
     }},
    {"code",
     [] {
       return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                      MAP_FAILED
                  ? -1L
                  : 0L;
     }},
    {"socket", [] { return static_cast<long>(socket(AF_INET, SOCK_STREAM, 0)); }},
    {"unix-socket", [] { return static_cast<long>(socket(AF_UNIX, SOCK_STREAM, 0)); }},
    {"read-passwd", [] { return static_cast<long>(open("/etc/passwd", O_RDONLY)); }},
    {"write-file",
     [] { return static_cast<long>(open("/tmp/b3iq-sandbox-probe", O_WRONLY | O_CREAT, 0600)); }},
    {"stat-file",
     [] {
       struct stat s;
       return static_cast<long>(stat("/etc/passwd", &s));
     }},
    {"exec", try_exec},
    {"fork", [] { return static_cast<long>(fork()); }},
    {"kill-parent", [] { return static_cast<long>(kill(getppid(), 0)); }},
    {"ptrace", [] { return ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr); }},
    {"become-root", [] { return static_cast<long>(setuid(0)); }},
    {"delete", [] { return static_cast<long>(unlink("/tmp/b3iq-sandbox-probe")); }},
};

}  // namespace

int main(int argc, char** argv) {
  auto attempt = argc == 2 ? kAttempts.find(argv[1]) : kAttempts.end();
  if (attempt == kAttempts.end()) return 2;
  unsigned layers =
      b3iq::runtimes::worker::enter_sandbox(b3iq::runtimes::worker::SandboxProfile::cpu);
  char line[128];
  int size = std::snprintf(line, sizeof(line), "layers %u\n", layers);
  if (write(1, line, static_cast<std::size_t>(size)) != size) return 3;
  errno = 0;
  long result = attempt->second();
  size = std::snprintf(line, sizeof(line), "%s %s\n", result < 0 ? "refused" : "done",
                       strerror(errno));
  // Not through exit: a leak checker would want to look at this process.
  _exit(write(1, line, static_cast<std::size_t>(size)) == size ? 0 : 3);
}
