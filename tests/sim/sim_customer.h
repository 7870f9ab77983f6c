// A customer with a program that is careful (it sends a request again under its Idempotency-Key
// until it has an answer) and at times is not: other bodies under the same key, envelopes sent
// again, cancels at any moment. It reads streams from any number on, and leaves them when it likes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim_world.h"

namespace b3iq::control::sim {

class SimCustomer {
 public:
  SimCustomer(SimWorld& world, std::string id) : world_(world), id_(std::move(id)) {}
  const std::string& id() const { return id_; }
  void start();

 private:
  // One sealed request, and what is known of it here.
  struct Request {
    std::string name;  // the job_id in the body; "" for none
    std::string key;   // Idempotency-Key; "" for none
    std::string body;
    std::string job_id;  // the server's, once it was answered
    std::int64_t first_answer_ms = 0;
    std::int64_t next_frame = 0;  // behind what it has read
    std::string seen_end;         // the terminal status that an answer showed
  };
  void act();
  void ask_for_something_new();
  void send(std::size_t number, int tries);
  void heard_queued(std::size_t number, const base::Result<PrivateJob>& answer);
  void cancel(std::size_t number);
  void look(std::size_t number);
  void list();
  void spy();
  // sim_customer_streams.cc
  void read_stream(std::size_t number);
  base::Task<base::Result<std::int64_t>> read_pieces(SimReplica& replica, const PrivateJob& job,
                                                     std::int64_t from, std::int64_t patience_ms);
  bool take_event(const PrivateJob& job, std::string_view event, std::int64_t from,
                  std::int64_t& next);
  void send_other_body(std::size_t number);
  void send_envelope_again(std::size_t number);
  std::string body_for(const SimNode& node, const std::string& name);
  std::string name_at_server(const Request& request) const;
  void call_queue(std::string body, std::string key,
                  SimWorld::Taker<base::Result<PrivateJob>> promised,
                  SimWorld::Taker<base::Result<PrivateJob>> taken);

  SimWorld& world_;
  const std::string id_;
  std::vector<Request> requests_;
  std::map<std::string, std::int64_t> told_to_stop_;  // jobs, and when
};

}  // namespace b3iq::control::sim
