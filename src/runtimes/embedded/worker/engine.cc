#include "runtimes/embedded/worker/engine.h"

#include <algorithm>
#include <utility>

#include "runtimes/embedded/worker/intake.h"
#include "runtimes/embedded/worker/token_choice.h"

namespace b3iq::runtimes::worker {

using inference::Finish;

Engine::Engine(LoadedModel& model, AgentLink& link, std::atomic<std::uint32_t>& open)
    : model_(model),
      link_(link),
      open_(open),
      context_(model.context.get()),
      batch_(llama_batch_init(static_cast<std::int32_t>(kBatchTokens), 0, 1)),
      slots_(model.facts.slots) {
  for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].sequence = static_cast<llama_seq_id>(i);
  llama_set_abort_callback(context_, should_abort, this);
}

StatsFrame Engine::stats() const {
  return {busy_.load(), queued_.load(), prompt_tokens_.load(), completion_tokens_.load(),
          cached_prompt_tokens_.load()};
}

// A thread that waits with no answer of its own is not the one that the requests wait for.
bool Engine::has_moved() {
  const std::uint64_t moves = moves_.load(std::memory_order_relaxed);
  const bool waits_for_reader = queue_.waited_for() && busy_.load() > 0;
  return std::exchange(moves_seen_, moves) != moves || waits_for_reader;
}

// Called by the library between operations of a running computation, on the inference thread (GPU
// back ends do not call it).
bool Engine::should_abort(void* engine) {
  auto& self = *static_cast<Engine*>(engine);
  self.moves_.store(self.moves_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return self.queue_.cancel_arrived() && ggml_time_us() - self.step_started_us_ > kAbortAfterUs;
}

void Engine::run() {
  while (true) {
    take_commands(!can_go_on());  // waits only when there is nothing to compute
    start_waiting();
    if (fill_batch()) {
      if (batch_has_prompt()) write_held();
      compute();
    }
    if (urgent_ || !can_go_on() || ggml_time_us() - written_us_ >= kMaxHoldUs) write_held();
  }
}

void Engine::write_held() {
  if (out_.empty()) return;
  link_.send_bytes(out_);
  out_.clear();
  urgent_ = false;
  written_us_ = ggml_time_us();
}

bool Engine::can_go_on() const {
  bool idle_slot = false;
  for (const Slot& slot : slots_) {
    if (slot.busy() && !slot.answer->paused) return true;
    if (!slot.busy()) idle_slot = true;
  }
  return idle_slot && !waiting_.empty();
}

void Engine::take_commands(bool wait) {
  auto commands = queue_.take(wait);
  for (Command& command : commands) handle(command);
}

void Engine::handle(Command& command) {
  if (command.kind == Command::Kind::submit) {
    waiting_.push_back(*std::move(command.request));
    return;
  }
  if (command.kind == Command::Kind::cancel) {
    open_ -= static_cast<std::uint32_t>(std::erase_if(
        waiting_, [&](const PreparedRequest& request) { return request.id == command.id; }));
  }
  for (Slot& slot : slots_) {
    if (!slot.busy() || slot.answer->request.id != command.id) continue;
    if (command.kind == Command::Kind::cancel) {
      release(slot);
    } else {
      slot.answer->paused = command.kind == Command::Kind::pause;
    }
  }
}

void Engine::start_waiting() {
  while (!waiting_.empty() &&
         std::any_of(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.busy(); })) {
    PreparedRequest request = std::move(waiting_.front());
    waiting_.pop_front();
    Slot& slot = best_idle_slot(request);
    start(slot, std::move(request));
  }
  queued_.store(static_cast<std::uint32_t>(waiting_.size()));
}

// The slot whose cache helps most; among equals the one unused for longest, so that recent
// conversations stay.
Slot& Engine::best_idle_slot(const PreparedRequest& request) {
  Slot* best = nullptr;
  std::size_t best_prefix = 0;
  for (Slot& slot : slots_) {
    if (slot.busy()) continue;
    std::size_t prefix = reusable_prefix(slot, request);
    if (best == nullptr || prefix > best_prefix ||
        (prefix == best_prefix && slot.last_used_us < best->last_used_us)) {
      best = &slot;
      best_prefix = prefix;
    }
  }
  return *best;
}

void Engine::start(Slot& slot, PreparedRequest request) {
  llama_memory_t memory = llama_get_memory(context_);
  std::size_t prefix = reusable_prefix(slot, request);
  // A cache with a sliding window has forgotten the beginning; a recurrent one cannot go back.
  const int window = llama_model_n_swa(model_.model.get());
  if (window > 0 && llama_memory_seq_pos_min(memory, slot.sequence) >
                        std::max(0, static_cast<int>(prefix) - window)) {
    prefix = 0;
  }
  if (!llama_memory_seq_rm(memory, slot.sequence, static_cast<llama_pos>(prefix), -1)) {
    prefix = 0;
    llama_memory_seq_rm(memory, slot.sequence, -1, -1);
  }
  slot.cached.resize(prefix);
  slot.partition = request.cache_partition;
  slot.answer.emplace(std::move(request));
  slot.answer->cached_prompt = static_cast<std::uint32_t>(prefix);
  slot.answer->started_us = ggml_time_us();
  cached_prompt_tokens_ += prefix;
  ++busy_;
}

std::size_t Engine::prefill_budget() const {
  bool answering = std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) {
    return slot.busy() && !slot.prefilling() && !slot.answer->paused;
  });
  if (!answering || prefill_us_per_token_ <= 0) return kBatchTokens;
  auto tokens =
      static_cast<std::size_t>(static_cast<double>(kPrefillStepUs) / prefill_us_per_token_);
  return std::clamp<std::size_t>(tokens, kMinPrefillTokens, kBatchTokens);
}

void Engine::add_token(Slot& slot, llama_token token, bool output) {
  const auto at = static_cast<std::size_t>(batch_.n_tokens);
  batch_.token[at] = token;
  batch_.pos[at] = static_cast<llama_pos>(slot.cached.size() + slot.in_batch);
  batch_.n_seq_id[at] = 1;
  batch_.seq_id[at][0] = slot.sequence;
  batch_.logits[at] = output ? 1 : 0;
  if (output) slot.output = batch_.n_tokens;
  ++slot.in_batch;
  ++batch_.n_tokens;
}

// False when no answer can go on now.
bool Engine::fill_batch() {
  batch_.n_tokens = 0;
  for (Slot& slot : slots_) {
    slot.in_batch = 0;
    slot.output = -1;
    if (slot.busy() && !slot.prefilling() && !slot.answer->paused)
      add_token(slot, slot.answer->next, true);
  }
  std::size_t budget =
      std::min(prefill_budget(), kBatchTokens - static_cast<std::size_t>(batch_.n_tokens));
  for (Slot& slot : slots_) {
    if (!slot.prefilling()) continue;
    const auto& prompt = slot.answer->request.prompt;
    while (budget > 0 && slot.cached.size() + slot.in_batch < prompt.size()) {
      std::size_t position = slot.cached.size() + slot.in_batch;
      add_token(slot, prompt[position], position + 1 == prompt.size());
      --budget;
    }
  }
  return batch_.n_tokens > 0;
}

bool Engine::batch_has_prompt() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const Slot& slot) { return slot.prefilling() && slot.in_batch > 0; });
}

void Engine::compute() {
  step_started_us_ = ggml_time_us();
  int status = llama_decode(context_, batch_);
  ++moves_;
  if (status == 2) {  // should_abort
    roll_back();
    return;
  }
  if (status != 0) {
    roll_back();
    fail_batch(status == 1 ? "the KV cache is full" : take_library_error());
    return;
  }
  std::int64_t took = ggml_time_us() - step_started_us_;
  auto prefilled = static_cast<std::size_t>(0);
  for (const Slot& slot : slots_) prefilled += slot.prefilling() ? slot.in_batch : 0;
  if (prefilled >= kMinPrefillTokens) {
    prefill_us_per_token_ = static_cast<double>(took) / static_cast<double>(prefilled);
  }
  for (Slot& slot : slots_) {
    if (slot.in_batch == 0) continue;
    // A grammar may have kept us.
    if (queue_.cancel_arrived()) take_commands(false);
    if (slot.busy()) after_decode(slot);
  }
}

// Takes back what an unfinished computation may have left in the cache.
void Engine::roll_back() {
  llama_memory_t memory = llama_get_memory(context_);
  for (Slot& slot : slots_) {
    if (slot.in_batch == 0) continue;
    auto keep = static_cast<llama_pos>(slot.cached.size());
    if (llama_memory_seq_rm(memory, slot.sequence, keep, -1)) continue;
    llama_memory_seq_rm(memory, slot.sequence, -1, -1);
    if (slot.busy() && !slot.prefilling()) {
      fail_answer(slot,
                  {base::ErrorCode::upstream_failed, "The model's state was lost; ask again."});
    }
    slot.cached.clear();
  }
}

void Engine::fail_batch(const std::string& why) {
  for (Slot& slot : slots_) {
    if (slot.busy() && slot.in_batch > 0) {
      fail_answer(slot,
                  {base::ErrorCode::upstream_failed, "The model could not be computed: " + why});
    }
  }
}

void Engine::after_decode(Slot& slot) {
  Answer& answer = *slot.answer;
  const auto& prompt = answer.request.prompt;
  if (slot.prefilling()) {
    auto from = prompt.begin() + static_cast<std::ptrdiff_t>(slot.cached.size());
    slot.cached.insert(slot.cached.end(), from, from + static_cast<std::ptrdiff_t>(slot.in_batch));
    if (slot.prefilling()) return;
    prompt_tokens_ += prompt.size();
    answer.first_token_us = ggml_time_us();
  } else {
    slot.cached.push_back(answer.next);
  }

  auto chosen = choose_token(context_, slot.output, answer.request);
  if (!chosen.ok()) return fail_answer(slot, chosen.error());
  ++answer.produced;
  ++completion_tokens_;
  TokenFrame step;
  step.id = answer.request.id;
  step.tokens = ++answer.untold;
  if (llama_vocab_is_eog(model_.vocab, *chosen)) return end_answer(slot, Finish::stop, step);

  const auto& specials = answer.request.shown_specials;
  bool special = std::find(specials.begin(), specials.end(), *chosen) != specials.end();
  std::string_view piece = token_piece(model_.vocab, *chosen, special, piece_);
  answer.produced_bytes += piece.size();
  if (answer.request.logprobs) {
    answer.waiting_logprobs.emplace_back(
        answer.produced_bytes,
        token_logprob(context_, slot.output, *chosen, answer.request.top_logprobs));
  }
  std::string shown;
  const bool stopped = answer.filter.push(piece, shown);
  answer.reader.read(shown, false, step);
  if (stopped) return end_answer(slot, Finish::stop, step);
  if (answer.produced >= answer.request.max_tokens) return end_answer(slot, Finish::length, step);
  answer.next = *chosen;
  while (!answer.waiting_logprobs.empty() &&
         answer.waiting_logprobs.front().first <= answer.filter.released()) {
    step.logprobs.push_back(std::move(answer.waiting_logprobs.front().second));
    answer.waiting_logprobs.pop_front();
  }
  if (step.text.empty() && step.reasoning.empty() && step.tool_calls.empty() &&
      step.logprobs.empty())
    return;
  append_frame(out_, step);
  answer.untold = 0;
  if (!std::exchange(answer.begun, true)) urgent_ = true;
}

// `step` may hold the last piece already.
void Engine::end_answer(Slot& slot, Finish reason, TokenFrame& step) {
  Answer& answer = *slot.answer;
  std::string rest;
  answer.filter.finish(rest);
  answer.reader.read(rest, true, step);
  for (auto& [end, logprob] : answer.waiting_logprobs) {
    if (end <= answer.filter.released()) step.logprobs.push_back(std::move(logprob));
  }
  append_frame(out_, step);
  const std::int64_t now = ggml_time_us();
  FinishFrame finish;
  finish.id = answer.request.id;
  finish.reason =
      answer.reader.has_tool_calls() && reason == Finish::stop ? Finish::tool_calls : reason;
  finish.prompt_tokens = static_cast<std::uint32_t>(answer.request.prompt.size());
  finish.completion_tokens = answer.produced;
  finish.cached_prompt_tokens = answer.cached_prompt;
  finish.queue_us = static_cast<std::uint64_t>(answer.started_us - answer.request.received_us);
  finish.prefill_us = static_cast<std::uint64_t>(answer.first_token_us - answer.started_us);
  finish.decode_us = static_cast<std::uint64_t>(now - answer.first_token_us);
  append_frame(out_, finish);
  urgent_ = true;
  release(slot);
}

void Engine::fail_answer(Slot& slot, const base::Error& error) {
  append_frame(
      out_, ErrorFrame{slot.answer->request.id, wire_code(error.code), error.detail, error.param});
  urgent_ = true;
  release(slot);
}

void Engine::release(Slot& slot) {
  slot.answer.reset();
  slot.last_used_us = ggml_time_us();
  --busy_;
  --open_;
}

}  // namespace b3iq::runtimes::worker
