// One b3iq-worker process: started, told to end, waited for. The thread that starts it must live as
// long as the process (the kernel kills the worker with the thread that made it, so that no kill -9
// of the agent leaves one behind).
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace b3iq::runtimes {

struct WorkerCommand {
  std::string binary;
  std::string lib_dir;
  std::string model_path;
  bool gpu = false;  // the looser sandbox that drivers need
};

class WorkerProcess {
 public:
  // Opens the model for reading and starts the worker with nothing of the agent but the model and
  // one socket: an empty environment, no other descriptor, its own process group. Errors:
  // file_failed naming the model or the binary.
  static base::Result<WorkerProcess> start(const WorkerCommand& command);

  WorkerProcess() = default;
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) noexcept;
  ~WorkerProcess();

  int socket() const { return socket_; }  // non-blocking
  pid_t pid() const { return pid_; }
  // Ends it if it still runs, waits for it, and says how it ended: "signal 9 (Killed)", "exit
  // status 4".
  std::string end();

 private:
  int socket_ = -1;
  pid_t pid_ = -1;
};

}  // namespace b3iq::runtimes
