#include "runtimes/embedded/worker/embedding_engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtimes/embedded/worker/embedding_model.h"

namespace b3iq::runtimes::worker {
namespace {

constexpr int kAborted = 2;  // what the library answers for should_abort

// To a length of 1, as llama-server does.
std::vector<float> normalised(const float* numbers, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(numbers[i]) * numbers[i];
  const double scale = sum > 0 ? 1.0 / std::sqrt(sum) : 0.0;
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(numbers[i] * scale);
  return out;
}

}  // namespace

EmbeddingEngine::EmbeddingEngine(LoadedModel& model, AgentLink& link,
                                 std::atomic<std::uint32_t>& open)
    : model_(model),
      link_(link),
      open_(open),
      context_(model.context.get()),
      batch_(llama_batch_init(static_cast<std::int32_t>(llama_n_batch(context_)), 0, 1)) {
  llama_set_abort_callback(context_, should_abort, this);
}

// The queue first: note_running looks there last, so one of the two sees the other.
void EmbeddingEngine::cancel(std::uint64_t id) {
  queue_.cancel(id);
  std::lock_guard lock(running_mutex_);
  if (std::find(running_.begin(), running_.end(), id) != running_.end()) abandon_.store(true);
}

StatsFrame EmbeddingEngine::stats() const {
  StatsFrame stats;
  stats.slots_busy = jobs_open_.load();
  stats.prompt_tokens = prompt_tokens_.load();
  return stats;
}

bool EmbeddingEngine::has_moved() {
  const std::uint64_t moves = moves_.load(std::memory_order_relaxed);
  const bool waits_for_reader = queue_.waited_for() && jobs_open_.load() > 0;
  return std::exchange(moves_seen_, moves) != moves || waits_for_reader;
}

bool EmbeddingEngine::should_abort(void* engine) {
  auto& self = *static_cast<EmbeddingEngine*>(engine);
  self.moves_.store(self.moves_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return self.abandon_.load(std::memory_order_relaxed) &&
         ggml_time_us() - self.step_started_us_ > kAbortAfterUs;
}

void EmbeddingEngine::run() {
  while (true) {
    auto commands = queue_.take(!can_go_on());
    for (Command& command : commands) handle(command);
    pick_inputs();
    if (!picked_.empty()) compute();
    end_jobs();
    if (!out_.empty()) link_.send_bytes(out_);
    out_.clear();
  }
}

bool EmbeddingEngine::can_go_on() const {
  return std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.can_go_on(); });
}

void EmbeddingEngine::handle(Command& command) {
  if (command.kind == Command::Kind::submit) {
    jobs_.emplace_back(*std::move(command.request));
    jobs_open_.store(static_cast<std::uint32_t>(jobs_.size()));
    return;
  }
  auto job = std::find_if(jobs_.begin(), jobs_.end(),
                          [&](const Job& each) { return each.request.id == command.id; });
  if (job == jobs_.end()) return;
  if (command.kind == Command::Kind::cancel) {
    jobs_.erase(job);
    jobs_open_.store(static_cast<std::uint32_t>(jobs_.size()));
    --open_;
  } else {
    job->paused = command.kind == Command::Kind::pause;
  }
}

// One input of each request in turn until no more fits; the next batch begins with the next
// request, so that a long input, which needs a batch of its own, gets one.
void EmbeddingEngine::pick_inputs() {
  picked_.clear();
  batch_.n_tokens = 0;
  bool added = true;
  while (added) {
    added = false;
    for (Job& job : jobs_) added |= pick_next(job);
  }
  if (!jobs_.empty()) jobs_.splice(jobs_.end(), jobs_, jobs_.begin());
}

bool EmbeddingEngine::pick_next(Job& job) {
  if (!job.can_go_on() || picked_.size() == kMaxBatchInputs) return false;
  const std::size_t tokens = job.request.inputs[job.taken].size();
  std::size_t all = tokens;
  for (const Pick& pick : picked_) all += pick.tokens().size();
  if (!picked_.empty() && all > kBatchTokens) return false;
  if (job.started_us == 0) job.started_us = ggml_time_us();
  picked_.push_back({&job, job.taken++});
  return true;
}

// False when a cancellation is waiting to be heard.
bool EmbeddingEngine::note_running() {
  {
    std::lock_guard lock(running_mutex_);
    running_.clear();
    for (const Pick& pick : picked_) running_.push_back(pick.job->request.id);
    abandon_.store(false);
  }
  return !queue_.cancel_arrived();
}

void EmbeddingEngine::compute() {
  if (!note_running()) return give_back();
  step_started_us_ = ggml_time_us();
  const int status = compute_picked();
  ++moves_;
  if (status == 0) {
    send_vectors();
  } else if (status == kAborted) {
    give_back();
  } else {
    fail_picked(status == 1 ? "its cache is full" : take_library_error());
  }
  llama_memory_clear(llama_get_memory(context_), false);
}

int EmbeddingEngine::compute_picked() {
  const auto& first = picked_.front().tokens();
  if (picked_.size() == 1 && model_.in_pieces && first.size() > kBatchTokens)
    return compute_in_pieces(first);
  batch_.n_tokens = 0;
  for (std::size_t i = 0; i < picked_.size(); ++i) {
    const auto& tokens = picked_[i].tokens();
    for (std::size_t at = 0; at < tokens.size(); ++at)
      add_token(tokens[at], at, static_cast<llama_seq_id>(i));
  }
  return compute_batch(model_, batch_);
}

int EmbeddingEngine::compute_in_pieces(const std::vector<llama_token>& tokens) {
  for (std::size_t from = 0; from < tokens.size(); from += kBatchTokens) {
    batch_.n_tokens = 0;
    const std::size_t end = std::min<std::size_t>(tokens.size(), from + kBatchTokens);
    for (std::size_t at = from; at < end; ++at) add_token(tokens[at], at, 0);
    if (const int status = compute_batch(model_, batch_); status != 0) return status;
  }
  return 0;
}

void EmbeddingEngine::add_token(llama_token token, std::size_t position, llama_seq_id sequence) {
  const auto at = static_cast<std::size_t>(batch_.n_tokens++);
  batch_.token[at] = token;
  batch_.pos[at] = static_cast<llama_pos>(position);
  batch_.n_seq_id[at] = 1;
  batch_.seq_id[at][0] = sequence;
  batch_.logits[at] = 1;  // pooling wants them all
}

void EmbeddingEngine::give_back() {
  for (Pick& pick : picked_) pick.job->taken = pick.job->done;
}

void EmbeddingEngine::send_vectors() {
  for (std::size_t i = 0; i < picked_.size(); ++i) {
    if (llama_get_embeddings_seq(context_, static_cast<llama_seq_id>(i)) == nullptr)
      return fail_picked("the library gave no vector");
  }
  for (std::size_t i = 0; i < picked_.size(); ++i) {
    Job& job = *picked_[i].job;
    const float* numbers = llama_get_embeddings_seq(context_, static_cast<llama_seq_id>(i));
    append_frame(out_, EmbeddingFrame{job.request.id, static_cast<std::uint32_t>(picked_[i].index),
                                      normalised(numbers, model_.facts.embedding_length)});
    const auto tokens = static_cast<std::uint32_t>(picked_[i].tokens().size());
    job.tokens += tokens;
    prompt_tokens_ += tokens;
    job.done = job.taken;
  }
}

void EmbeddingEngine::fail_picked(const std::string& why) {
  std::vector<Job*> failed;
  for (const Pick& pick : picked_) {
    if (std::find(failed.begin(), failed.end(), pick.job) == failed.end())
      failed.push_back(pick.job);
  }
  for (Job* job : failed) {
    append_frame(out_, ErrorFrame{job->request.id, WorkerError::failed,
                                  "The model could not be computed: " + why, ""});
    jobs_.remove_if([&](const Job& each) { return &each == job; });
    --open_;
  }
  jobs_open_.store(static_cast<std::uint32_t>(jobs_.size()));
}

void EmbeddingEngine::end_jobs() {
  const std::int64_t now = ggml_time_us();
  const auto ended = jobs_.remove_if([&](const Job& job) {
    if (job.done < job.request.inputs.size()) return false;
    FinishFrame finish;
    finish.id = job.request.id;
    finish.prompt_tokens = job.tokens;
    finish.queue_us = static_cast<std::uint64_t>(job.started_us - job.request.received_us);
    finish.prefill_us = static_cast<std::uint64_t>(now - job.started_us);
    append_frame(out_, finish);
    return true;
  });
  open_ -= static_cast<std::uint32_t>(ended);
  jobs_open_.store(static_cast<std::uint32_t>(jobs_.size()));
}

}  // namespace b3iq::runtimes::worker
