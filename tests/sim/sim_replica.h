// One process of the control plane: the services of ControlApp that private jobs, commands, money
// and receipts need, on the simulated disk. No routes, no server, no signatures on requests: what
// is asked of it comes as the decoded bodies that the routes would hand over.
#pragma once

#include <functional>
#include <memory>

#include "control/approvals/approval_gate.h"
#include "control/audit/audit_trail.h"
#include "control/billing/price_service.h"
#include "control/commands/command_clock.h"
#include "control/commands/command_dispatch.h"
#include "control/commands/command_service.h"
#include "control/config/control_home.h"
#include "control/customers/customer_service.h"
#include "control/enrollment/enrollment_service.h"
#include "control/enrollment/token_service.h"
#include "control/nodes/heartbeat_batcher.h"
#include "control/nodes/node_service.h"
#include "control/private_jobs/frame_service.h"
#include "control/private_jobs/job_follower.h"
#include "control/private_jobs/job_receipts.h"
#include "control/private_jobs/job_upkeep.h"
#include "control/private_jobs/private_job_service.h"
#include "control/receipts/receipt_intake.h"
#include "control/receipts/receipt_log_publisher.h"
#include "http/event_loop.h"
#include "protocol/control_plane_identity.h"
#include "protocol/router_secret.h"
#include "sim_database.h"

namespace b3iq::control::sim {

// What a start finds on its machine.
struct ReplicaGround {
  const ControlHome& home;
  const protocol::ControlPlaneIdentity& identity;
  const protocol::RouterMasterSecret& router_master;
  SimDisk& disk;
  VirtualTime& time;
  Dice& dice;
  const DiskFaults& faults;
  const base::Clock& clock;
  http::EventLoop& loop;  // never run: CommitPace reads its clock
};

struct SimReplica {
  SimReplica(const ReplicaGround& ground, const protocol::ReceiptLogKey& log_key,
             std::function<void()> on_crash)
      : database(ground.disk, ground.time, ground.dice, ground.faults, std::move(on_crash)),
        audit(database, ground.clock),
        gate({}, ground.clock),
        pace(ground.loop, 0),
        poll_claims(database, pace),
        poll_waiters(ground.clock),
        ledger(ground.clock, ground.dice),
        settlement(ledger, ground.clock),
        job_receipts(settlement),
        intake(database, ground.clock, pace, log_key.public_key(), &job_receipts),
        job_waiters(ground.clock),
        follower(settlement, intake, ground.clock, job_waiters),
        tokens(database, audit, ground.clock, ground.dice, gate),
        enrollments(ground.identity, ground.router_master, database, audit, ground.clock,
                    ground.dice),
        commands(database, audit, ground.clock, ground.dice, gate, poll_waiters, follower),
        dispatch(ground.identity.id(), database, audit, ground.clock, ground.dice, poll_claims,
                 poll_waiters, follower),
        command_clock(database, audit, ground.clock, poll_waiters, poll_waiters, follower),
        nodes(database, audit, ground.clock, gate, commands),
        heartbeats(database, audit, ground.clock, pace, kHeartbeatIntervalMs),
        receipt_log(database, ground.identity.id(), log_key, ground.home.receipt_log_checkpoint()),
        customers(database, audit, ground.clock, ground.dice, gate, ledger),
        prices(database, audit, ground.clock),
        frames({database, ground.clock, job_waiters}),
        jobs({database, ground.clock, ground.dice, commands, ledger, settlement, job_waiters}),
        upkeep({database, audit, ground.clock, commands, settlement, job_waiters}) {}

  // The process is gone: whoever waits in it ends, and nobody hears what comes of it.
  void die() {
    is_alive = false;
    poll_waiters.close();
    job_waiters.close();
    database.close();
  }

  bool is_alive = true;
  SimDatabase database;
  AuditLog audit;
  ApprovalGate gate;
  CommitPace pace;
  PollClaims poll_claims;
  PollWaiters poll_waiters;
  LedgerWriter ledger;
  JobSettlement settlement;
  JobReceipts job_receipts;
  ReceiptIntake intake;
  JobWaiters job_waiters;
  JobFollower follower;
  TokenService tokens;
  EnrollmentService enrollments;
  CommandService commands;
  CommandDispatch dispatch;
  CommandClock command_clock;
  NodeService nodes;
  HeartbeatBatcher heartbeats;
  ReceiptLogPublisher receipt_log;
  CustomerService customers;
  PriceService prices;
  FrameService frames;
  PrivateJobService jobs;
  JobUpkeep upkeep;
};

}  // namespace b3iq::control::sim
