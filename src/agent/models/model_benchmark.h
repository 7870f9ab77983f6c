// Measures a model on this machine, through the runtime that would serve it: what its owner can
// expect of it. A measurement is kept with its day and the version that made it. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/models/model_jobs.h"
#include "agent/models/model_registry.h"
#include "base/clock.h"
#include "runtimes/embedded/model_host.h"
#include "storage/database.h"

namespace b3iq::agent {

// Rounds of each measurement; the median is kept.
inline constexpr int kBenchmarkRounds = 3;
inline constexpr int kBenchmarkPromptWords = 400;
inline constexpr int kBenchmarkMaxTokens = 128;
inline constexpr int kBenchmarkParallel = 4;
// An answer shorter than this tells nothing about speed.
inline constexpr int kBenchmarkMinTokens = 8;
inline constexpr std::int64_t kMaxListedBenchmarks = 200;

// Nothing: could not be measured.
struct BenchmarkFigures {
  std::optional<std::int64_t> load_ms;
  std::optional<double> first_token_ms;  // of a short prompt
  std::int64_t prompt_tokens = 0;        // of the long prompt
  std::optional<double> prompt_tokens_per_second;
  std::optional<double> decode_tokens_per_second;
  std::optional<double> parallel_tokens_per_second;  // of kBenchmarkParallel calls together
  std::int64_t memory_bytes = 0;                     // as it counts for the budget; 0 unknown
};

// What one short chat took.
struct SmokeFigures {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::int64_t duration_ms = 0;
  std::optional<std::int64_t> first_token_ms;
  std::optional<double> decode_tokens_per_second;
};

class ModelBenchmark {
 public:
  ModelBenchmark(ModelRegistry& models, ModelJobs& jobs, runtimes::ModelHost& host,
                 storage::Database& database, std::string version, const base::Clock& clock)
      : models_(models),
        jobs_(jobs),
        host_(host),
        database_(database),
        version_(std::move(version)),
        clock_(clock) {}

  // The work of a benchmark job; the result is what is kept. Errors: those of the model's runtime.
  base::Task<base::Result<std::string>> run(const ModelJob& job, base::CancelToken cancel);
  // One call of at most `max_tokens`; nothing is kept. Errors as of run().
  base::Task<base::Result<SmokeFigures>> smoke(std::string model, int max_tokens,
                                               base::CancelToken cancel);
  // As JSON objects, newest first, at most kMaxListedBenchmarks.
  base::Task<base::Result<std::vector<std::string>>> list() const;

 private:
  struct Call;
  base::Task<base::Result<ModelTarget>> chat_target(std::string model);
  base::Task<base::Result<BenchmarkFigures>> measure(const ModelJob& job, const ModelTarget& target,
                                                     base::CancelToken cancel);
  base::Task<base::Status> measure_load(const ModelTarget& target, BenchmarkFigures& figures,
                                        base::CancelToken cancel);
  base::Task<base::Result<Call>> call(const ModelTarget& target, std::string prompt, int max_tokens,
                                      base::CancelToken cancel) const;
  base::Task<base::Status> measure_speed(const ModelJob& job, const ModelTarget& target,
                                         BenchmarkFigures& figures, base::CancelToken cancel);
  base::Task<base::Status> measure_parallel(const ModelTarget& target, BenchmarkFigures& figures,
                                            base::CancelToken cancel);
  base::Task<base::Status> keep(const ModelJob& job, const std::string& document);
  std::string prompt_of(int words);
  void tell(const ModelJob& job, std::string_view phase) const;

  ModelRegistry& models_;
  ModelJobs& jobs_;
  runtimes::ModelHost& host_;
  storage::Database& database_;
  std::string version_;
  const base::Clock& clock_;
  std::uint64_t prompts_ = 0;  // each prompt is new, or its beginning would be found in a cache
};

}  // namespace b3iq::agent
