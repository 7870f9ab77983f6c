#include "runtimes/embedded/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace b3iq::runtimes {
namespace {

using base::Error;
using base::ErrorCode;

// What worker/startup.h expects.
constexpr int kChildSocket = 3;
constexpr int kChildModel = 4;
// Descriptors are moved above these before they are placed, so that none is overwritten.
constexpr int kSafeFd = 16;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  Fd moved_up() const { return Fd(fcntl(fd_, F_DUPFD_CLOEXEC, kSafeFd)); }

 private:
  int fd_;
};

Error failed(const std::string& what, const std::string& path, int code) {
  return {ErrorCode::file_failed, what + " " + path + ": " + strerror(code) + "."};
}

// A file and nothing else: a FIFO would block, a device is no model.
base::Result<Fd> open_model(const std::string& path) {
  Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return failed("Cannot open the model file", path, errno);
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return failed("Cannot read the model file", path, errno);
  if (!S_ISREG(status.st_mode))
    return Error(ErrorCode::file_failed, "The model " + path + " is not a regular file.");
  return file.moved_up();
}

base::Result<pid_t> spawn(const WorkerCommand& command, int socket, int model) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, socket, kChildSocket);
  posix_spawn_file_actions_adddup2(&actions, model, kChildModel);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

  std::string parent = std::to_string(getpid());
  const char* arguments[] = {command.binary.c_str(),
                             "--parent",
                             parent.c_str(),
                             "--lib-dir",
                             command.lib_dir.c_str(),
                             command.gpu ? "--gpu" : nullptr,
                             nullptr};
  char* environment[] = {nullptr};
  pid_t pid = -1;
  int code = posix_spawn(&pid, command.binary.c_str(), &actions, &attributes,
                         const_cast<char**>(arguments), environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) return failed("Cannot start the worker program", command.binary, code);
  return pid;
}

}  // namespace

base::Result<WorkerProcess> WorkerProcess::start(const WorkerCommand& command) {
  TRY(Fd model, open_model(command.model_path));
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return Error(ErrorCode::internal,
                 std::string("Cannot make a socket pair: ") + strerror(errno) + ".");
  }
  Fd ours(pair[0]);
  Fd theirs = Fd(pair[1]).moved_up();
  fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  TRY(pid_t pid, spawn(command, theirs.get(), model.get()));
  WorkerProcess process;
  process.socket_ = ours.release();
  process.pid_ = pid;
  return process;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), pid_(std::exchange(other.pid_, -1)) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(pid_, other.pid_);
  return *this;
}

WorkerProcess::~WorkerProcess() {
  if (pid_ > 0) end();
}

std::string WorkerProcess::end() {
  if (socket_ >= 0) close(std::exchange(socket_, -1));
  if (pid_ <= 0) return "not running";
  int status = 0;
  // A crash is reported as what it was: the kill comes only when the process has not ended by
  // itself yet.
  pid_t waited = waitpid(pid_, &status, WNOHANG);
  if (waited == 0) {
    kill(pid_, SIGKILL);
    do {
      waited = waitpid(pid_, &status, 0);
    } while (waited < 0 && errno == EINTR);
  }
  pid_ = -1;
  if (waited < 0) return "it was gone";
  if (WIFSIGNALED(status)) {
    return "signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
  }
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace b3iq::runtimes
