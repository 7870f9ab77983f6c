// llama.cpp called directly in this process: the opponent of "tokens per second through the node".
// The same model, the same prompts, greedy, N sequences in one context, each to its end or to
// --tokens.
//
//   llama_direct --model FILE --lib-dir DIR [--kernels FILE] [--parallel 1] [--tokens 200]
//   [--threads 1] [--rounds 5] [--unified]
//                [--prompt TEXT | --stdin]
//
// Prints one JSON object:
// {"parallel":1,"prompt_tokens":..,"tokens":..,"seconds":[..],"tokens_per_second":[..]}, one entry
// per round; the time is from the first prompt token to the last written one, as a client of the
// node would see it.
//
// --stdin: stays, as a program with a model of its own would, and answers each line of its input
// with a JSON line {"prompt_tokens":..,"tokens":..,"seconds":..}; the time is from the line to the
// last token, template and tokens included, with the caches as the wait has left them.
#include <ggml-backend.h>
#include <llama.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr int kContextPerSequence = 512;

struct Options {
  std::string model;
  std::string lib_dir;
  std::string kernels;  // one back end library, instead of the best of lib_dir
  std::string prompt = "Count from 1 to 60.";
  int parallel = 1;
  int tokens = 200;
  int threads = 1;
  int rounds = 5;
  bool unified = false;
  bool lines = false;
};

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--unified") {
      options.unified = true;
      continue;
    }
    if (name == "--stdin") {
      options.lines = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const char* value = argv[++i];
    if (name == "--model")
      options.model = value;
    else if (name == "--lib-dir")
      options.lib_dir = value;
    else if (name == "--kernels")
      options.kernels = value;
    else if (name == "--prompt")
      options.prompt = value;
    else if (name == "--parallel")
      options.parallel = std::atoi(value);
    else if (name == "--tokens")
      options.tokens = std::atoi(value);
    else if (name == "--threads")
      options.threads = std::atoi(value);
    else if (name == "--rounds")
      options.rounds = std::atoi(value);
    else
      return false;
  }
  return !options.model.empty() && !options.lib_dir.empty() && options.parallel > 0 &&
         options.tokens > 0;
}

std::vector<llama_token> chat_prompt(const llama_model* model, const std::string& text) {
  llama_chat_message message{"user", text.c_str()};
  std::string prompt(4096 + 4 * text.size(), '\0');
  int size = llama_chat_apply_template(llama_model_chat_template(model, nullptr), &message, 1, true,
                                       prompt.data(), static_cast<int>(prompt.size()));
  if (size < 0) return {};
  std::vector<llama_token> tokens(static_cast<std::size_t>(size) + 8);
  int count = llama_tokenize(llama_model_get_vocab(model), prompt.data(), size, tokens.data(),
                             static_cast<int>(tokens.size()), true, true);
  tokens.resize(static_cast<std::size_t>(count < 0 ? 0 : count));
  return tokens;
}

void add(llama_batch& batch, llama_token token, int position, int sequence, bool output) {
  int at = batch.n_tokens++;
  batch.token[at] = token;
  batch.pos[at] = position;
  batch.n_seq_id[at] = 1;
  batch.seq_id[at][0] = sequence;
  batch.logits[at] = output ? 1 : 0;
}

// Tokens written by all sequences together.
int run_round(llama_context* context, const llama_vocab* vocab, llama_sampler* sampler,
              llama_batch& batch, const std::vector<llama_token>& prompt, const Options& options) {
  struct Sequence {
    int position = 0;
    int written = 0;
    int output = -1;
    bool done = false;
  };
  std::vector<Sequence> sequences(static_cast<std::size_t>(options.parallel));
  llama_memory_clear(llama_get_memory(context), false);
  batch.n_tokens = 0;
  for (int s = 0; s < options.parallel; ++s) {
    for (std::size_t i = 0; i < prompt.size(); ++i) {
      bool last = i + 1 == prompt.size();
      if (last) sequences[static_cast<std::size_t>(s)].output = batch.n_tokens;
      add(batch, prompt[i], static_cast<int>(i), s, last);
    }
    sequences[static_cast<std::size_t>(s)].position = static_cast<int>(prompt.size());
  }
  int written = 0;
  while (batch.n_tokens > 0) {
    if (llama_decode(context, batch) != 0) return -1;
    batch.n_tokens = 0;
    for (int s = 0; s < options.parallel; ++s) {
      Sequence& sequence = sequences[static_cast<std::size_t>(s)];
      if (sequence.done) continue;
      llama_token token = llama_sampler_sample(sampler, context, sequence.output);
      ++written;
      sequence.done = ++sequence.written == options.tokens || llama_vocab_is_eog(vocab, token);
      if (sequence.done) continue;
      char piece[64];
      llama_token_to_piece(vocab, token, piece, sizeof(piece), 0, false);
      sequence.output = batch.n_tokens;
      add(batch, token, sequence.position++, s, true);
    }
  }
  return written;
}

using Seconds = std::chrono::duration<double>;

bool answer_lines(const llama_model* model, llama_context* context, llama_sampler* sampler,
                  const Options& options) {
  llama_batch batch = llama_batch_init(kContextPerSequence * options.parallel, 0, 1);
  std::string line;
  while (std::getline(std::cin, line)) {
    auto start = std::chrono::steady_clock::now();
    auto prompt = chat_prompt(model, line);
    if (prompt.empty() || std::ssize(prompt) >= kContextPerSequence) return false;
    int tokens = run_round(context, llama_model_get_vocab(model), sampler, batch, prompt, options);
    Seconds took = std::chrono::steady_clock::now() - start;
    if (tokens < 0) return false;
    std::printf("{\"prompt_tokens\":%zu,\"tokens\":%d,\"seconds\":%.6f}\n", prompt.size(), tokens,
                took.count());
    std::fflush(stdout);
  }
  llama_batch_free(batch);
  return true;
}

bool repeat_rounds(const llama_model* model, llama_context* context, llama_sampler* sampler,
                   const Options& options) {
  auto prompt = chat_prompt(model, options.prompt);
  if (prompt.empty()) return false;
  llama_batch batch = llama_batch_init(static_cast<int>(prompt.size()) * options.parallel, 0, 1);
  std::string seconds, rates;
  int tokens = 0;
  for (int round = -1; round < options.rounds; ++round) {
    auto start = std::chrono::steady_clock::now();
    tokens = run_round(context, llama_model_get_vocab(model), sampler, batch, prompt, options);
    Seconds took = std::chrono::steady_clock::now() - start;
    if (tokens < 0) return false;
    if (round < 0) continue;  // the first warms up
    char text[64];
    std::snprintf(text, sizeof(text), "%s%.6f", round == 0 ? "" : ",", took.count());
    seconds += text;
    std::snprintf(text, sizeof(text), "%s%.1f", round == 0 ? "" : ",", tokens / took.count());
    rates += text;
  }
  std::printf(
      "{\"parallel\":%d,\"prompt_tokens\":%zu,\"tokens\":%d,\"seconds\":[%s],\"tokens_per_second\":"
      "[%s]}\n",
      options.parallel, prompt.size(), tokens, seconds.c_str(), rates.c_str());
  llama_batch_free(batch);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(
        "llama_direct --model FILE --lib-dir DIR [--kernels FILE] [--parallel N] [--tokens N] "
        "[--threads N] "
        "[--rounds N] [--prompt TEXT | --stdin]\n",
        stderr);
    return 2;
  }
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  if (options.kernels.empty())
    ggml_backend_load_all_from_path(options.lib_dir.c_str());
  else
    ggml_backend_load(options.kernels.c_str());
  llama_model* model =
      llama_model_load_from_file(options.model.c_str(), llama_model_default_params());
  if (model == nullptr) return 1;
  auto params = llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(kContextPerSequence * options.parallel);
  params.n_seq_max = static_cast<std::uint32_t>(options.parallel);
  params.n_batch = params.n_ubatch = 512;
  params.n_threads = params.n_threads_batch = options.threads;
  params.kv_unified = options.unified;
  params.no_perf = true;
  llama_context* context = llama_init_from_model(model, params);
  if (context == nullptr) return 1;
  llama_sampler* sampler = llama_sampler_init_greedy();
  const bool done = options.lines ? answer_lines(model, context, sampler, options)
                                  : repeat_rounds(model, context, sampler, options);
  llama_sampler_free(sampler);
  llama_free(context);
  llama_model_free(model);
  return done ? 0 : 1;
}
