// The work of install and pull jobs: gets a model's file, checks that it is a model which can be
// served here, puts it in its place, offers it, and loads it once so that its memory is measured
// before anybody asks. Whatever step a crash interrupts is done again at the next start. Loop
// thread only.
#pragma once

#include <functional>
#include <string>

#include "agent/downloads/model_download.h"
#include "agent/models/install_request.h"
#include "agent/models/model_jobs.h"
#include "agent/models/model_store.h"
#include "base/single_thread_executor.h"
#include "runtimes/embedded/model_host.h"
#include "runtimes/ollama/ollama_library.h"

namespace b3iq::agent {

struct InstallerSettings {
  std::int64_t bytes_per_second = 0;  // of a download that names no rate; 0: none
  std::int64_t context_tokens = 0;    // as the host loads models, for the estimate
  std::int64_t slots = 1;
};

class ModelInstaller {
 public:
  // The library of an ollama runtime, by its id; an error when there is no such runtime.
  using Libraries =
      std::function<base::Result<std::unique_ptr<runtimes::OllamaLibrary>>(const std::string& id)>;

  ModelInstaller(InstallerSettings settings, ModelStore& store, ModelJobs& jobs,
                 runtimes::ModelHost& host, Libraries libraries, const std::uint16_t& own_port,
                 const base::Clock& clock, http::EventLoop& loop)
      : settings_(settings),
        store_(store),
        jobs_(jobs),
        host_(host),
        libraries_(std::move(libraries)),
        own_port_(own_port),
        clock_(clock),
        loop_(loop) {}

  // An install: its result names the model, its file's hash and what loading it taught.
  base::Task<base::Result<std::string>> install(const ModelJob& job, base::CancelToken cancel);
  base::Task<base::Result<std::string>> pull(const ModelJob& job, base::CancelToken cancel);
  // Removes the part of a job that nobody will continue.
  void discard(const ModelJob& job) const;
  // The folders of jobs that have not ended: not strays.
  static std::string folder_of(const ModelJob& job);

 private:
  base::Task<base::Result<ReceivedFile>> receive(const ModelJob& job, const InstallRequest& request,
                                                 base::CancelToken cancel);
  base::Task<base::Result<InstalledModel>> check_and_place(const ModelJob& job,
                                                           const InstallRequest& request,
                                                           ReceivedFile file);
  base::Task<base::Result<std::string>> try_out(std::string id, base::CancelToken cancel);
  std::string part_of(const ModelJob& job) const;
  void tell(const ModelJob& job, const DownloadProgress& progress) const;

  InstallerSettings settings_;
  ModelStore& store_;
  ModelJobs& jobs_;
  runtimes::ModelHost& host_;
  Libraries libraries_;
  const std::uint16_t& own_port_;  // known once the node listens
  const base::Clock& clock_;
  http::EventLoop& loop_;
  base::SingleThreadExecutor disk_;  // reads files' headers and moves files
};

}  // namespace b3iq::agent
