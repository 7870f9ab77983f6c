// The inference thread of a model for embeddings. Each step computes whole inputs, as many as fit
// (kBatchTokens), taken in turn from every open request, so that a request of one text does not
// wait for one of two thousand. Every vector is a frame of its own, in any order.
//
// submit, cancel, pause and stats: any thread. has_moved: the reader's thread. run: the inference
// thread, never returns.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "runtimes/embedded/worker/agent_link.h"
#include "runtimes/embedded/worker/command_queue.h"
#include "runtimes/embedded/worker/loaded_model.h"
#include "runtimes/embedded/worker/prepared_embedding.h"

namespace b3iq::runtimes::worker {

class EmbeddingEngine {
 public:
  using Request = PreparedEmbedding;

  // `open` as in Engine.
  EmbeddingEngine(LoadedModel& model, AgentLink& link, std::atomic<std::uint32_t>& open);
  void submit(PreparedEmbedding request) { queue_.submit(std::move(request)); }
  // A running computation that it is part of is abandoned when it lasts.
  void cancel(std::uint64_t id);
  void pause(std::uint64_t id, bool paused) { queue_.pause(id, paused); }
  StatsFrame stats() const;
  // As Engine::has_moved.
  bool has_moved();
  [[noreturn]] void run();

 private:
  using Command = CommandQueue<PreparedEmbedding>::Command;
  struct Job {
    explicit Job(PreparedEmbedding r) : request(std::move(r)) {}
    PreparedEmbedding request;
    std::size_t done = 0;   // inputs whose vectors are out
    std::size_t taken = 0;  // inputs that are done or in the running batch
    std::uint32_t tokens = 0;
    std::int64_t started_us = 0;
    bool paused = false;
    bool can_go_on() const { return !paused && taken < request.inputs.size(); }
  };
  // An input of the running batch; its place in the list is its sequence.
  struct Pick {
    Job* job;
    std::size_t index;
    const std::vector<llama_token>& tokens() const { return job->request.inputs[index]; }
  };

  void handle(Command& command);
  bool can_go_on() const;
  void pick_inputs();
  bool pick_next(Job& job);
  void compute();
  int compute_picked();
  int compute_in_pieces(const std::vector<llama_token>& tokens);
  void add_token(llama_token token, std::size_t position, llama_seq_id sequence);
  bool note_running();
  void give_back();
  void send_vectors();
  void fail_picked(const std::string& why);
  void end_jobs();
  static bool should_abort(void* engine);

  LoadedModel& model_;
  AgentLink& link_;
  std::atomic<std::uint32_t>& open_;
  llama_context* context_;
  llama_batch batch_;
  std::list<Job> jobs_;  // the one whose turn is next stands first
  std::vector<Pick> picked_;
  std::string out_;
  std::int64_t step_started_us_ = 0;

  CommandQueue<PreparedEmbedding> queue_;
  std::mutex running_mutex_;
  std::vector<std::uint64_t> running_;  // requests of the running batch; guarded by running_mutex_
  std::atomic<bool> abandon_{false};
  std::atomic<std::uint64_t> moves_{0};
  std::uint64_t moves_seen_ = 0;  // the reader's thread only
  std::atomic<std::uint32_t> jobs_open_{0};
  std::atomic<std::uint64_t> prompt_tokens_{0};
};

}  // namespace b3iq::runtimes::worker
