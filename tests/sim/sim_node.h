// A node as the control plane meets it: it polls, does what it is given once, signs receipts,
// brings results until they are taken, and starts again where it left off. What its disk keeps
// survives a crash; what it was at does not. It streams what it makes, and stops when it is told
// to, mostly.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/identity.h"
#include "protocol/messages/command_result.h"
#include "protocol/messages/poll.h"
#include "protocol/messages/receipt_batch.h"
#include "protocol/messages/stream_frames.h"
#include "protocol/private/sealed_chunk.h"
#include "protocol/transport_key.h"
#include "sim_world.h"

namespace b3iq::control::sim {

class SimNode {
 public:
  explicit SimNode(SimWorld& world);
  const protocol::NodeId& id() const { return identity_.node_id(); }
  const protocol::TransportKeyId& key_id() const { return keys_.back().key_id(); }
  // The key before, while there was one.
  const protocol::TransportKeyId& older_key_id() const { return keys_.front().key_id(); }

  // Enrolls with a token, without faults.
  void enroll_now(SimReplica& replica);
  // With a token that an operator made.
  void enroll_again(const std::string& token);
  // An operator threw it out.
  void was_removed() { is_enrolled_ = false; }
  bool is_enrolled() const { return is_enrolled_; }
  void start();
  void crash();
  void jump_clock();
  void set_right() { clock_.set_offset_ms(world_.control_clock().offset_ms()); }

 private:
  enum class Stage : std::uint8_t { begun, done, taken };
  // On its disk.
  struct Work {
    protocol::CommandId command_id;
    protocol::CommandArguments arguments;
    Stage stage = Stage::begun;
    std::int64_t begun_at_ms = 0;
    int begun_in = 0;                              // which life
    bool is_stopped = false;                       // it was told to stop before it was done
    std::string document;                          // the signed result
    std::vector<protocol::OutgoingReceipt> later;  // receipts that it brings by itself
  };
  struct Held {
    protocol::LeaseToken token;
    protocol::CommandPhase phase = protocol::CommandPhase::waiting;
    std::int64_t done = 0;
    bool is_lost = false;  // by the control plane's word; a result is brought under it all the same
  };
  // A stream on its way, in memory alone.
  struct Stream {
    protocol::JobId job_id;
    protocol::ChunkPrefix prefix{};
    std::vector<std::string> frames;  // all that were made
    std::size_t taken = 0;            // so many are there
    bool has_ended = false;
  };
  enum class Piece : std::uint8_t { next, last };
  void life_timer(std::int64_t delay_ms, std::function<void()> act);
  protocol::VerifiedRequest request();
  // Told of each answer to one signed request: however often that arrives, it is taken once.
  std::function<void(bool taken)> once(std::string what);
  void heartbeat();
  void poll();
  void take_poll(const protocol::PollAnswer& answer);
  void take_command(const protocol::LeasedCommand& leased);
  void take_lease(const protocol::HeldLease& lease);
  void stop(const std::string& command_id);
  std::int64_t free_places() const;
  // sim_node_frames.cc
  void begin_stream(const Work& work);
  void make_pieces(const std::string& command_id);
  void make_piece(Stream& stream, Piece piece);
  std::string frame_of(const Stream& stream, std::size_t number, Piece piece);
  void send_frames();
  std::vector<protocol::StreamFrames> frames_to_send();
  void add_wrong_frames(std::vector<protocol::StreamFrames>& streams);
  void take_standing(const protocol::StreamTaken& taken);
  void finish(const std::string& command_id);
  void bring_result(const std::string& command_id, int tries);
  void bring_receipts(const std::string& command_id, int tries);
  void bring_evidence();
  void submit(std::vector<protocol::OutgoingReceipt> receipts, std::function<void()> heard);
  void rotate(Work& work);
  protocol::CommandResult result_of(const Work& work) const;
  void answer_job(Work& work);
  protocol::Receipt receipt_for(const protocol::PrivateInferenceArguments& job,
                                std::int64_t begun_at_ms);
  void spoil(protocol::Receipt& receipt);
  protocol::OutgoingReceipt outgoing(const protocol::Receipt& receipt) const;

  SimWorld& world_;
  const protocol::NodeIdentity identity_;
  std::vector<protocol::TransportKey> keys_;
  MachineClock clock_;
  std::int64_t boot_epoch_ = 1;
  std::int64_t sequence_ = 0;
  std::map<std::string, Work> works_;
  // In memory.
  bool is_up_ = true;
  bool is_enrolled_ = false;
  int life_ = 0;
  std::int64_t cursor_ = 0;
  std::map<std::string, Held> held_;
  std::int64_t polls_ = 0;
  std::map<std::string, Stream> streams_;  // by command
  std::int64_t frame_requests_ = 0;
  bool is_sending_frames_ = false;
};

}  // namespace b3iq::control::sim
