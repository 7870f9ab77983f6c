#include "agent/models/model_benchmark.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/join.h"
#include "inference/openai_request.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;

namespace {

constexpr double kNsPerSecond = 1e9;
constexpr double kNsPerMs = 1e6;

constexpr storage::Statement kInsert{
    "INSERT INTO model_benchmarks (id, model_id, document) VALUES ($1, $2, $3)"};
constexpr storage::Statement kSelect{
    "SELECT document FROM model_benchmarks ORDER BY id DESC LIMIT $1"};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::optional<double> median_or_nothing(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return median(values);
}

std::string chat_body(const ModelTarget& target, const std::string& prompt, int max_tokens) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("model", target.runtime_model);
  w.key("messages");
  w.begin_array();
  w.begin_object();
  w.member("role", "user");
  w.member("content", prompt);
  w.end_object();
  w.end_array();
  w.member("max_tokens", max_tokens);
  w.member("temperature", 0);
  w.member("stream", true);
  w.key("stream_options");
  w.begin_object();
  w.member("include_usage", true);
  w.end_object();
  w.end_object();
  return body;
}

template <class T>
void write_figure(json::Writer& w, std::string_view name, const std::optional<T>& figure) {
  w.key(name);
  if (figure) {
    w.value(*figure);
  } else {
    w.null();
  }
}

std::string document_of(const BenchmarkFigures& figures, const ModelTarget& target,
                        std::string_view version, std::int64_t now_ms) {
  std::string document;
  json::Writer w(document);
  w.begin_object();
  w.member("model", target.id);
  w.member("runtime", target.runtime->id());
  w.member("runtime_kind", target.runtime->kind());
  w.member("at", base::format_rfc3339(now_ms));
  w.member("version", version);
  w.member("rounds", kBenchmarkRounds);
  write_figure(w, "load_ms", figures.load_ms);
  write_figure(w, "first_token_ms", figures.first_token_ms);
  w.member("prompt_tokens", figures.prompt_tokens);
  write_figure(w, "prompt_tokens_per_second", figures.prompt_tokens_per_second);
  write_figure(w, "decode_tokens_per_second", figures.decode_tokens_per_second);
  w.member("parallel_calls", kBenchmarkParallel);
  write_figure(w, "parallel_tokens_per_second", figures.parallel_tokens_per_second);
  const auto memory = figures.memory_bytes;
  write_figure(w, "memory_bytes", memory > 0 ? std::optional(memory) : std::nullopt);
  w.end_object();
  return document;
}

}  // namespace

// What one call took.
struct ModelBenchmark::Call {
  std::int64_t first_token_ns = 0;  // from the start to the first token
  std::int64_t decode_ns = 0;       // from the first to the last
  std::int64_t whole_ns = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t tokens = 0;
};

std::string ModelBenchmark::prompt_of(int words) {
  static constexpr std::array<std::string_view, 8> kWords = {"river",  "stone",  "lamp", "winter",
                                                             "garden", "letter", "road", "bread"};
  std::string prompt = fmt::format("Number {}. Tell a long story with these words:", ++prompts_);
  auto state = prompts_ * 2654435761U;
  for (int i = 0; i < words; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    prompt += ' ';
    prompt += kWords[(state >> 33) % kWords.size()];
  }
  return prompt;
}

void ModelBenchmark::tell(const ModelJob& job, std::string_view phase) const {
  jobs_.progress(job.id, {std::string(phase), 0, std::nullopt, ""});
}

Task<Result<ModelBenchmark::Call>> ModelBenchmark::call(const ModelTarget& target,
                                                        std::string prompt, int max_tokens,
                                                        base::CancelToken cancel) const {
  const auto body = chat_body(target, prompt, max_tokens);
  CO_TRY(auto request, inference::decode_chat_request(body));
  request.runtime_model = target.runtime_model;
  Call taken;
  const auto began = clock_.steady_ns();
  auto opening = target.runtime->stream(request, cancel);
  CO_TRY(auto stream, co_await std::move(opening));
  auto last = began;
  std::int64_t counted = 0;
  for (;;) {
    auto next = stream->next();
    CO_TRY(const inference::StreamStep* step, co_await std::move(next));
    if (step == nullptr) break;
    const auto produced = step->tokens + step->sse_content_events;
    if (produced > 0) {
      last = clock_.steady_ns();
      if (counted == 0) taken.first_token_ns = last - began;
      counted += produced;
    }
    if (step->usage) {
      taken.prompt_tokens = step->usage->prompt_tokens;
      taken.tokens = step->usage->completion_tokens;
    }
  }
  if (taken.tokens == 0) taken.tokens = counted;
  taken.decode_ns = last - began - taken.first_token_ns;
  taken.whole_ns = clock_.steady_ns() - began;
  co_return taken;
}

// Only a model of the host can be loaded anew; one that others use is left as it is.
Task<Status> ModelBenchmark::measure_load(const ModelTarget& target, BenchmarkFigures& figures,
                                          base::CancelToken cancel) {
  if (target.runtime != &host_) co_return Status();
  const auto unloaded = co_await host_.unload(target.runtime_model);
  if (!unloaded.ok()) co_return Status();
  const auto began = clock_.steady_ns();
  CO_TRY_OK(co_await host_.load(target.runtime_model, cancel));
  figures.load_ms = (clock_.steady_ns() - began) / 1'000'000;
  co_return Status();
}

Task<Status> ModelBenchmark::measure_parallel(const ModelTarget& target, BenchmarkFigures& figures,
                                              base::CancelToken cancel) {
  std::int64_t tokens = 0;
  Status failed;
  auto one = [&](std::string prompt) -> Task<void> {
    auto taken = co_await call(target, std::move(prompt), kBenchmarkMaxTokens, cancel);
    if (taken.ok()) {
      tokens += taken->tokens;
    } else {
      failed = std::move(taken).error();
    }
  };
  std::vector<Task<void>> calls;
  calls.reserve(kBenchmarkParallel);
  const auto began = clock_.steady_ns();
  for (int i = 0; i < kBenchmarkParallel; ++i) calls.push_back(one(prompt_of(16)));
  co_await base::join_all(std::move(calls));
  if (!failed.ok()) co_return failed;
  const auto seconds = static_cast<double>(clock_.steady_ns() - began) / kNsPerSecond;
  if (tokens >= kBenchmarkMinTokens)
    figures.parallel_tokens_per_second = static_cast<double>(tokens) / seconds;
  co_return Status();
}

Task<Status> ModelBenchmark::measure_speed(const ModelJob& job, const ModelTarget& target,
                                           BenchmarkFigures& figures, base::CancelToken cancel) {
  std::vector<double> first, prompt, decode;
  const auto context = target.capabilities.context_tokens;
  const int words = context > 0 && context < 4 * kBenchmarkPromptWords
                        ? static_cast<int>(context / 8)
                        : kBenchmarkPromptWords;
  for (int round = 0; round < kBenchmarkRounds; ++round) {
    tell(job, fmt::format("round {} of {}", round + 1, kBenchmarkRounds));
    CO_TRY(const auto long_call, co_await call(target, prompt_of(words), 1, cancel));
    figures.prompt_tokens = long_call.prompt_tokens;
    if (long_call.first_token_ns > 0 && long_call.prompt_tokens > 0) {
      prompt.push_back(static_cast<double>(long_call.prompt_tokens) * kNsPerSecond /
                       static_cast<double>(long_call.first_token_ns));
    }
    CO_TRY(const auto short_call, co_await call(target, prompt_of(8), kBenchmarkMaxTokens, cancel));
    if (short_call.first_token_ns > 0)
      first.push_back(static_cast<double>(short_call.first_token_ns) / kNsPerMs);
    if (short_call.tokens >= kBenchmarkMinTokens && short_call.decode_ns > 0) {
      decode.push_back(static_cast<double>(short_call.tokens - 1) * kNsPerSecond /
                       static_cast<double>(short_call.decode_ns));
    }
  }
  figures.first_token_ms = median_or_nothing(first);
  figures.prompt_tokens_per_second = median_or_nothing(prompt);
  figures.decode_tokens_per_second = median_or_nothing(decode);
  co_return Status();
}

Task<Result<BenchmarkFigures>> ModelBenchmark::measure(const ModelJob& job,
                                                       const ModelTarget& target,
                                                       base::CancelToken cancel) {
  BenchmarkFigures figures;
  tell(job, "loading");
  CO_TRY_OK(co_await measure_load(target, figures, cancel));
  // The first call after a load touches memory for the first time.
  CO_TRY([[maybe_unused]] const auto warm, co_await call(target, prompt_of(4), 4, cancel));
  CO_TRY_OK(co_await measure_speed(job, target, figures, cancel));
  tell(job, "in parallel");
  CO_TRY_OK(co_await measure_parallel(target, figures, cancel));
  figures.memory_bytes = host_.state(target.runtime_model).memory_bytes;
  co_return figures;
}

Task<Result<ModelTarget>> ModelBenchmark::chat_target(std::string model) {
  CO_TRY(const auto route, co_await models_.resolve(model));
  const auto target = route->targets.front();
  if (!target.capabilities.chat) {
    co_return Error(ErrorCode::unsupported_parameter,
                    fmt::format("'{}' makes embeddings; the benchmark measures chats.", model),
                    "model");
  }
  co_return target;
}

Task<Result<SmokeFigures>> ModelBenchmark::smoke(std::string model, int max_tokens,
                                                 base::CancelToken cancel) {
  CO_TRY(const auto target, co_await chat_target(std::move(model)));
  auto calling = call(target, prompt_of(8), max_tokens, cancel);
  CO_TRY(const auto taken, co_await std::move(calling));
  SmokeFigures figures{taken.prompt_tokens, taken.tokens, taken.whole_ns / 1'000'000, {}, {}};
  if (taken.first_token_ns > 0) figures.first_token_ms = taken.first_token_ns / 1'000'000;
  if (taken.tokens >= kBenchmarkMinTokens && taken.decode_ns > 0) {
    figures.decode_tokens_per_second =
        static_cast<double>(taken.tokens - 1) * kNsPerSecond / static_cast<double>(taken.decode_ns);
  }
  co_return figures;
}

Task<Result<std::string>> ModelBenchmark::run(const ModelJob& job, base::CancelToken cancel) {
  CO_TRY(const auto target, co_await chat_target(job.model));
  auto measuring = measure(job, target, cancel);
  CO_TRY(const auto figures, co_await std::move(measuring));
  const auto document = document_of(figures, target, version_, clock_.wall_ms());
  CO_TRY_OK(co_await keep(job, document));
  co_return document;
}

Task<Status> ModelBenchmark::keep(const ModelJob& job, const std::string& document) {
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    const storage::Value values[] = {std::string_view(job.id), std::string_view(job.model),
                                     std::string_view(document)};
    CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kInsert, values));
    co_return Status();
  };
  co_return co_await database_.write(std::move(body));
}

Task<Result<std::vector<std::string>>> ModelBenchmark::list() const {
  std::vector<std::string> kept;
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    kept.clear();
    auto take = [&](const storage::Row& row) {
      kept.emplace_back(row.text(0));
      return true;
    };
    const storage::Value values[] = {kMaxListedBenchmarks};
    co_return co_await tx.query(kSelect, values, std::move(take));
  };
  CO_TRY_OK(co_await database_.read(std::move(body)));
  co_return kept;
}

}  // namespace b3iq::agent
