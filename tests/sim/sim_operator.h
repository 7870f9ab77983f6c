// The operators: money by hand, refunds, policies, prices, suspensions, removals and returns,
// cancels, recovery, purges, key rotations, and a look at the receipt log.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sim_world.h"

namespace b3iq::control::sim {

class SimOperator {
 public:
  explicit SimOperator(SimWorld& world) : world_(world) {}
  // With some money, without faults.
  std::string make_customer();
  void start();
  // Looks after stale jobs now: while time does the same.
  void recover();
  // What was suspended is mostly let in again.
  void make_peace();

 private:
  struct Funds {
    std::int64_t asked = 0;
    std::int64_t answered = 0;
  };
  void act();
  void credit(const std::string& account);
  void refund();
  void refund(const std::string& job_id, bool again);
  void set_policy();
  void set_prices();
  void suspend_node();
  void remove_node();
  void suspend_customer();
  void cancel_command();
  void purge();
  void rotate_key();
  void look_at_log();
  void take_back(SimNode& node);
  template <class T>
  void again_until_ok(SimWorld::Handler<base::Result<T>> handle);
  void resume_node(const protocol::NodeId& id);
  void resume_customer(const std::string& id);

  SimWorld& world_;
  std::map<std::string, Funds> funds_;
  std::map<std::string, std::int64_t> open_references_;  // tried and not acknowledged: amount
  std::int64_t references_ = 0;
};

}  // namespace b3iq::control::sim
