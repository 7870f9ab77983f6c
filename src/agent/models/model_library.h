// The installed models as one part of the node: their store, the host that runs them, the jobs that
// install and measure them, built and connected here. Loop thread only, but for load().
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/catalogue/model_catalogue.h"
#include "agent/home.h"
#include "agent/models/model_benchmark.h"
#include "agent/models/model_installer.h"
#include "agent/models/model_jobs.h"
#include "agent/models/model_registry.h"
#include "agent/models/model_store.h"
#include "agent/settings.h"
#include "http/event_loop.h"
#include "http/fd_stream.h"

namespace b3iq::agent {

// What the library stands on; all of it outlives the library. `registry` may be built later: it is
// used once the loop runs. `own_port` is known once the node listens.
struct LibraryNeeds {
  const Home& home;
  const Installation& installation;
  const Settings& settings;
  storage::Database& database;
  const base::Clock& clock;
  base::Random& random;
  http::EventLoop& loop;
  ModelRegistry& registry;
  const std::uint16_t& own_port;
};

class ModelLibrary {
 public:
  ModelLibrary(const LibraryNeeds& needs, Catalogue catalogue);
  ModelLibrary(const ModelLibrary&) = delete;
  ModelLibrary& operator=(const ModelLibrary&) = delete;

  // Before the loop runs; blocks.
  base::Status load();
  // Takes up jobs that were under way, and looks after loaded models.
  void start();
  // Stops the jobs; they go on at the next start.
  void close();
  bool idle() const { return jobs_.idle() && store_.idle(); }
  // After close(), when the loop does not run any more: waits for the jobs, then ends the workers.
  // The loop has to settle afterwards. Only destruction may follow.
  void end();

  const Catalogue& catalogue() const { return catalogue_; }
  ModelStore& store() { return store_; }
  ModelJobs& jobs() { return jobs_; }
  runtimes::ModelHost& host() const { return *host_; }
  ModelBenchmark& benchmarks() { return benchmark_; }
  // Ends the model's worker, then forgets it: a file that is gone must not go on answering. Errors:
  // model_not_found; conflict while calls use it.
  base::Task<base::Status> remove(std::string id);

 private:
  void connect();
  base::Task<void> sweep();

  http::EventLoop& loop_;
  ModelRegistry& registry_;
  Catalogue catalogue_;
  ModelStore store_;
  ModelJobs jobs_;
  std::unique_ptr<runtimes::ModelHost> host_;
  std::optional<http::FdStream> timer_;
  ModelInstaller installer_;
  ModelBenchmark benchmark_;
};

}  // namespace b3iq::agent
