#include "agent/sync/command_loop.h"

#include <algorithm>
#include <ranges>

#include "agent/sync/managed_fixture.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using protocol::BenchmarkSmokeArguments;
using protocol::CommandFailure;
using protocol::CommandId;
using protocol::LeaseState;
using protocol::ModelInstallArguments;

constexpr std::int64_t kStep = 100;

// Lets nothing be written until it is let go: what is written meanwhile waits.
class HeldWriter {
 public:
  // On the loop.
  explicit HeldWriter(storage::Database& database) { base::detach(hold(database, state_)); }
  HeldWriter(const HeldWriter&) = delete;
  HeldWriter& operator=(const HeldWriter&) = delete;
  ~HeldWriter() { let_go(); }
  void let_go() {
    state_->let_go = true;
    state_->let_go.notify_all();
  }
  bool ended() const { return state_->ended; }

 private:
  struct State {
    std::atomic<bool> let_go = false;
    bool ended = false;
  };
  static base::Task<void> hold(storage::Database& database, std::shared_ptr<State> state) {
    auto body = [&state](storage::Transaction&) -> base::Task<base::Status> {
      state->let_go.wait(false);
      co_return base::Status();
    };
    EXPECT_TRUE((co_await database.write(std::move(body))).ok());
    state->ended = true;
  }
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class CommandTest : public ManagedFixture {
 protected:
  bool brought(std::size_t count) {
    return reach([this, count] { return control_->results.size() >= count; }, kStep);
  }
  const CommandFailure* failure(std::size_t index) const {
    return std::get_if<CommandFailure>(&control_->results.at(index).outcome);
  }
  // The journal as a process would find it that starts now.
  std::map<CommandId, CommandEntry> on_disk() {
    CommandJournal journal(*database_);
    EXPECT_TRUE(journal.load().ok());
    return journal.entries();
  }
  // The node has read a poll's answer that hands `id` out again.
  void hand_out_again(const CommandId& id) {
    const auto offset = service_->report().clock_offset_ms;
    control_->clock_ahead_ms += 10'000;
    control_->lease(id, BenchmarkSmokeArguments{"tiny", 16});
    ASSERT_TRUE(reach([&] { return service_->report().clock_offset_ms != offset; }, kStep));
    ASSERT_TRUE(control_->commands.empty());
  }
  // On the loop, as the node's own work.
  std::unique_ptr<HeldWriter> hold_writer() {
    auto holding = [](storage::Database& database) -> base::Task<std::unique_ptr<HeldWriter>> {
      co_return std::make_unique<HeldWriter>(database);
    };
    return run_task(loop_, holding(*database_));
  }
  // As a kill -9 leaves it: `state` is what was durable. The node is stopped meanwhile.
  void kill_in(const CommandId& id, EntryState state) {
    close();
    database_ = storage::open_sqlite(home_.database()).value();
    {
      CommandJournal journal(*database_);
      ASSERT_TRUE(journal.load().ok());
      auto entry = *journal.find(id);
      entry.state = state;
      if (entry.open()) entry.result.clear();
      ASSERT_TRUE(run_task(loop_, journal.put(entry)).ok());
    }
    database_.reset();
    open();
    start();
  }
};

TEST_F(CommandTest, ACommandIsDoneAndItsResultBrought) {
  join();
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(control_->results[0].command_id, id);
  EXPECT_TRUE(control_->results[0].succeeded());
  EXPECT_EQ(work_.begun, 1);
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  EXPECT_EQ(on_disk().at(id).state, EntryState::delivered);
  EXPECT_TRUE(reach([this] { return audit_->idle(); }));
  const auto acts = run_task(loop_, audit_->list(0, 1));
  EXPECT_EQ(acts->front().act, "command.started");
  EXPECT_EQ(acts->front().subject, "benchmark_smoke " + id.text());
}

TEST_F(CommandTest, AResultThatWaitsToBeBroughtIsOnDiskAndTheNextProcessBringsIt) {
  join();
  work_.holds_result = true;
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(reach([&] { return on_disk().contains(id) && !on_disk().at(id).open(); }, kStep));
  EXPECT_EQ(on_disk().at(id).state, EntryState::done);
  const auto polls = control_->polls.size();
  ASSERT_TRUE(reach([&] { return control_->polls.size() > polls + 1; }, kStep));
  EXPECT_TRUE(control_->results.empty());
  EXPECT_EQ(control_->polls.back().held.size(), 1u) << "its lease is kept meanwhile";
  auto closing = [](ManagedService& service) -> base::Task<bool> {
    service.close();
    co_return true;
  };
  run_task(loop_, closing(*service_));
  work_.holds_result = false;
  restart();
  ASSERT_TRUE(brought(1));
  EXPECT_TRUE(control_->results[0].succeeded());
  EXPECT_EQ(work_.begun, 1);
}

TEST_F(CommandTest, ACommandDoesNotWaitForAHeartbeat) {
  control_->next_heartbeat_ms = 600'000;
  join();
  const auto before = wake_.now_ms();
  control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  EXPECT_LT(wake_.now_ms() - before, 30'000);
}

TEST_F(CommandTest, AnAnswerThatEndsWhatThePollNamedIsFollowedByTheNextPollAtOnce) {
  join();
  control_->instead = [](std::string_view route) -> std::optional<http::Response> {
    if (route != "result") return std::nullopt;
    return ScriptedControlPlane::refusal(ErrorCode::storage_failed);
  };
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(reach([this] { return control_->seen["result"] > 0; }, kStep));
  const auto names_it = [&id](const protocol::PollRequest& poll) {
    return std::ranges::count(poll.held, id, &protocol::HeldCommand::command_id) > 0;
  };
  control_->leases[id.text()] = LeaseState::done;
  const auto before = control_->polls.size();
  ASSERT_TRUE(reach([&] { return control_->polls.size() > before; }, kStep));
  ASSERT_TRUE(names_it(control_->polls[before]));
  // From here on the time stands still.
  EXPECT_TRUE(reach([&] { return control_->polls.size() > before + 1; }));
  EXPECT_FALSE(names_it(control_->polls.back()));
}

TEST_F(CommandTest, AKindThatTheOwnerDoesNotAllowIsAnsweredAndNotDone) {
  join();
  control_->command(ModelInstallArguments{"tiny"});
  ASSERT_TRUE(brought(1));
  ASSERT_NE(failure(0), nullptr);
  EXPECT_EQ(failure(0)->code, ErrorCode::role_denied);
  EXPECT_NE(failure(0)->detail.find("owner"), std::string::npos);
  EXPECT_EQ(work_.begun, 0);
}

TEST_F(CommandTest, TheOwnersWordAtTheEnrollmentAllowsIt) {
  join({"model_install"});
  control_->command(ModelInstallArguments{"tiny"});
  ASSERT_TRUE(brought(1));
  EXPECT_TRUE(control_->results[0].succeeded());
}

TEST_F(CommandTest, AFailureTellsItsCodeAndNothingOfTheMachine) {
  join();
  work_.error = base::Error(ErrorCode::file_failed, "/home/secret/model.gguf is gone");
  control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  ASSERT_NE(failure(0), nullptr);
  EXPECT_EQ(failure(0)->code, ErrorCode::file_failed);
  EXPECT_EQ(failure(0)->detail.find("secret"), std::string::npos);
}

TEST_F(CommandTest, AFewRunAtOnceAndTheRestWaits) {
  join();
  work_.hold = true;
  constexpr int kGiven = kMaxRunningCommands + 2;
  for (int i = 0; i < kGiven; ++i) control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(reach([this] { return work_.begun == kMaxRunningCommands; }, kStep));
  const auto polls = control_->polls.size();
  ASSERT_TRUE(reach([&] { return control_->polls.size() > polls + 2; }, kStep));
  EXPECT_EQ(work_.begun, kMaxRunningCommands);
  EXPECT_EQ(control_->polls.back().max, 0);
  EXPECT_EQ(control_->polls.back().held.size(), static_cast<std::size_t>(kMaxRunningCommands));
  EXPECT_EQ(control_->polls.back().held[0].phase, protocol::CommandPhase::running);
  work_.hold = false;
  ASSERT_TRUE(brought(kGiven));
  EXPECT_EQ(work_.begun, kGiven);
}

TEST_F(CommandTest, G9_112_AResultWhoseLeaseIsLostIsNotTakenAndWaitsForANewOne) {
  join();
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  control_->lost.insert(id.text());
  ASSERT_TRUE(reach([this] { return control_->seen["result"] == 1; }, kStep));
  const auto until = wake_.now_ms() + 60'000;
  ASSERT_TRUE(reach([&] { return wake_.now_ms() > until; }, kStep));
  EXPECT_EQ(control_->seen["result"], 1) << "it is not brought again and again";
  control_->lost.clear();
  control_->lease(id, BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(work_.begun, 1) << "done once, told under the new lease";
}

// A new lease and a result that are written at once: both stay, in either order.
TEST_F(CommandTest, ANewLeaseAndAResultThatMeetAreBothKept) {
  control_->next_heartbeat_ms = 600'000;
  join();
  for (const bool result_first : {true, false}) {
    const auto before = control_->results.size();
    const auto begun = work_.begun;
    work_.hold = true;
    const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
    const auto first = control_->commands.back().lease_token;
    ASSERT_TRUE(reach([&] { return work_.begun == begun + 1; }, kStep));
    const auto writer = hold_writer();
    const auto end_work = [&] {
      work_.hold = false;
      ASSERT_TRUE(reach([&] { return work_.done == work_.begun; }));
    };
    if (result_first) end_work();
    hand_out_again(id);
    if (!result_first) end_work();
    writer->let_go();
    ASSERT_TRUE(reach([&] { return writer->ended(); }));
    ASSERT_TRUE(brought(before + 1));
    ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }, kStep));
    for (auto i = before; i < control_->results.size(); ++i)
      EXPECT_TRUE(control_->results[i].succeeded()) << "result first: " << result_first;
    const auto last = control_->result_leases.back();
    EXPECT_NE(last.text(), first.text()) << "result first: " << result_first;
    EXPECT_EQ(last.text(), on_disk().at(id).lease.text());
    EXPECT_EQ(work_.begun, begun + 1);
  }
}

TEST_F(CommandTest, TheNextResultDoesNotWaitUntilTheLastOneIsWrittenDown) {
  join();
  bool takes_results = false;
  control_->instead = [&](std::string_view route) -> std::optional<http::Response> {
    if (route != "result" || takes_results) return std::nullopt;
    return ScriptedControlPlane::refusal(ErrorCode::storage_failed);
  };
  control_->command(BenchmarkSmokeArguments{"tiny", 16});
  control_->command(BenchmarkSmokeArguments{"tiny", 16});
  const auto done_on_disk = [this] {
    return std::ranges::count(std::views::values(on_disk()), EntryState::done,
                              &CommandEntry::state);
  };
  for (int i = 0; i < 1'000 && done_on_disk() < 2; ++i) {
    const auto polls = control_->polls.size();
    ASSERT_TRUE(reach([&] { return control_->polls.size() > polls; }, kStep));
  }
  ASSERT_EQ(done_on_disk(), 2);
  auto writer = hold_writer();
  takes_results = true;
  EXPECT_TRUE(brought(2));
  EXPECT_EQ(service_->report().pending, 2U);
  writer->let_go();
  EXPECT_TRUE(reach([this] { return service_->report().pending == 0; }, kStep));
  EXPECT_TRUE(reach([&] { return writer->ended(); }));
}

TEST_F(CommandTest, AResultThatTheControlPlaneNeverTakesIsDropped) {
  join();
  control_->instead = [](std::string_view route) -> std::optional<http::Response> {
    if (route != "result") return std::nullopt;
    return ScriptedControlPlane::refusal(ErrorCode::conflict);
  };
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(reach([this] { return control_->seen["result"] == 1; }, kStep));
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }, kStep));
  EXPECT_EQ(on_disk().at(id).state, EntryState::delivered);
  restart();
  const auto polls = control_->polls.size();
  ASSERT_TRUE(reach([&] { return control_->polls.size() > polls + 2; }, kStep));
  EXPECT_EQ(control_->seen["result"], 1) << "nor does the next start bring it";
  EXPECT_TRUE(control_->polls.back().held.empty());
}

TEST_F(CommandTest, ResultsThatWaitForALeaseAreBounded) {
  constexpr std::size_t kMore = 3;
  join();
  close();
  database_ = storage::open_sqlite(home_.database()).value();
  std::vector<CommandId> ids;
  for (std::size_t i = 0; i < kMaxEndedCommands + kMore; ++i) {
    CommandEntry entry;
    ids.push_back(
        CommandId::make(clock_.wall_ms() + static_cast<std::int64_t>(i), base::system_random()));
    entry.id = ids.back();
    entry.state = EntryState::done;
    entry.result = "{}";
    CommandJournal journal(*database_);
    ASSERT_TRUE(run_task(loop_, journal.put(entry)).ok());
  }
  database_.reset();
  control_->instead = [](std::string_view route) -> std::optional<http::Response> {
    if (route != "result") return std::nullopt;
    return ScriptedControlPlane::refusal(ErrorCode::lease_lost);
  };
  open();
  start();
  ASSERT_TRUE(reach([&] { return control_->seen["result"] == static_cast<int>(ids.size()); }));
  ASSERT_TRUE(reach([this] { return service_->report().pending == kMaxEndedCommands; }));
  const auto left = on_disk();
  EXPECT_EQ(left.size(), kMaxEndedCommands);
  EXPECT_FALSE(left.contains(ids[kMore - 1])) << "the oldest have gone";
  EXPECT_TRUE(left.contains(ids[kMore]));
}

TEST_F(CommandTest, ALostLeaseStopsTheWork) {
  join({"model_install"});
  work_.hold = true;
  const auto id = control_->command(ModelInstallArguments{"tiny"});
  ASSERT_TRUE(reach([this] { return work_.begun == 1; }, kStep));
  control_->leases[id.text()] = LeaseState::lost;
  ASSERT_TRUE(reach([this] { return work_.cancelled == 1; }, kStep));
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  EXPECT_EQ(control_->seen["result"], 0);
  work_.hold = false;
  control_->leases.clear();
  control_->lease(id, ModelInstallArguments{"tiny"});
  ASSERT_TRUE(brought(1)) << "under a new lease it begins again";
}

TEST_F(CommandTest, ANewLeaseWhileTheWorkStopsForALostOneBeginsItAgain) {
  join({"model_install"});
  work_.hold = work_.lingers = true;
  const auto id = control_->command(ModelInstallArguments{"tiny"});
  ASSERT_TRUE(reach([this] { return work_.begun == 1; }, kStep));
  control_->leases[id.text()] = LeaseState::lost;
  const auto polls = control_->polls.size();
  ASSERT_TRUE(reach([&] { return control_->polls.size() > polls + 2; }, kStep));
  control_->leases.clear();
  control_->lease(id, ModelInstallArguments{"tiny"});
  const auto second = control_->commands.back().lease_token;
  const auto is_held = [&] {
    const auto& held = control_->polls.back().held;
    return held.size() == 1 && held[0].lease_token == second;
  };
  ASSERT_TRUE(reach(is_held, kStep)) << "the new lease is kept";
  EXPECT_EQ(work_.begun, 1) << "not twice at once";
  work_.lingers = false;
  ASSERT_TRUE(reach([this] { return work_.begun == 2; }, kStep));
  EXPECT_EQ(work_.cancelled, 1);
  work_.hold = false;
  ASSERT_TRUE(brought(1));
  EXPECT_TRUE(control_->results[0].succeeded());
  EXPECT_EQ(control_->result_leases[0].text(), second.text());
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  EXPECT_EQ(work_.begun, 2);
}

TEST_F(CommandTest, ACommandThatIsHandedOutTwiceIsDoneOnce) {
  join();
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  restart();
  control_->lease(id, BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(2));
  EXPECT_EQ(work_.begun, 1);
  EXPECT_EQ(control_->documents[0], control_->documents[1]) << "the same document";
}

TEST_F(CommandTest, TheWorkIsToldTheControlPlanesTime) {
  control_->clock_ahead_ms = -3'600'000;
  join();
  control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  EXPECT_LE(work_.begun_at_ms, control_->now_ms() + 2'000);
  EXPECT_GT(work_.begun_at_ms, control_->now_ms() - 60'000);
}

TEST_F(CommandTest, AFailedCommandThatTheOperatorTriesAgainIsDoneAnew) {
  join();
  work_.error = base::Error(ErrorCode::storage_failed, "the disk is full");
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  clock_.advance_ms(1'000);
  control_->lease(id, BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(2));
  ASSERT_NE(failure(1), nullptr);
  EXPECT_EQ(work_.begun, 2) << "it fails again, and not as it failed before";
  EXPECT_GT(control_->results[1].started_at_ms, control_->results[0].started_at_ms);
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));

  work_.error.reset();
  restart();
  control_->lease(id, BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(3));
  EXPECT_TRUE(control_->results[2].succeeded()) << "its cause is mended";
  EXPECT_EQ(work_.begun, 3);
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));

  control_->lease(id, BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(4));
  EXPECT_EQ(control_->documents[3], control_->documents[2]) << "a success is not done again";
  EXPECT_EQ(work_.begun, 3);
}

TEST_F(CommandTest, AKindThatTheOwnerAllowsLaterIsDoneWhenItIsTriedAgain) {
  join();
  const auto id = control_->command(ModelInstallArguments{"tiny"});
  ASSERT_TRUE(brought(1));
  ASSERT_NE(failure(0), nullptr);
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  settings_.allowed_commands.emplace_back("model_install");
  control_->lease(id, ModelInstallArguments{"tiny"});
  ASSERT_TRUE(brought(2));
  EXPECT_TRUE(control_->results[1].succeeded());
}

TEST_F(CommandTest, AFailureThatWasNotTakenIsToldAndNotDoneAgain) {
  join();
  work_.error = base::Error(ErrorCode::file_failed, "gone");
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  control_->lost.insert(id.text());
  ASSERT_TRUE(reach([this] { return control_->seen["result"] == 1; }, kStep));
  control_->lost.clear();
  control_->lease(id, BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  ASSERT_NE(failure(0), nullptr);
  EXPECT_EQ(work_.begun, 1);
}

TEST_F(CommandTest, ResultsOutliveTheControlPlaneBeingAway) {
  join();
  const auto id = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  control_->instead = [](std::string_view route) -> std::optional<http::Response> {
    if (route != "result") return std::nullopt;
    return ScriptedControlPlane::refusal(ErrorCode::overloaded);
  };
  ASSERT_TRUE(reach([this] { return control_->seen["result"] >= 3; }, kStep));
  EXPECT_EQ(on_disk().at(id).state, EntryState::done);
  restart();
  control_->instead = {};
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(work_.begun, 1);
}

TEST_F(CommandTest, G10_119_KilledInEachStateOfTheJournal) {
  join({"model_install"});
  const auto bench = control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(brought(1));
  const auto install = control_->command(ModelInstallArguments{"tiny"});
  ASSERT_TRUE(brought(2));
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));
  const auto begun = work_.begun;

  // Accepted, nothing done: it is done now.
  kill_in(bench, EntryState::accepted);
  ASSERT_TRUE(brought(3));
  EXPECT_TRUE(control_->results[2].succeeded());
  EXPECT_EQ(work_.begun, begun + 1);
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));

  // In the middle of what must not be done twice: said so.
  kill_in(bench, EntryState::started);
  ASSERT_TRUE(brought(4));
  ASSERT_NE(failure(3), nullptr);
  EXPECT_TRUE(failure(3)->detail.starts_with("interrupted")) << failure(3)->detail;
  EXPECT_EQ(work_.begun, begun + 1);
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));

  // In the middle of what can go on: it goes on.
  kill_in(install, EntryState::started);
  ASSERT_TRUE(brought(5));
  EXPECT_TRUE(control_->results[4].succeeded());
  EXPECT_EQ(work_.begun, begun + 2);
  ASSERT_TRUE(reach([this] { return service_->report().pending == 0; }));

  // Done, not told: told.
  kill_in(install, EntryState::done);
  ASSERT_TRUE(brought(6));
  EXPECT_EQ(work_.begun, begun + 2);
}

TEST_F(CommandTest, AStopInTheMiddleLeavesTheCommandForTheNextStart) {
  join({"model_install"});
  work_.hold = true;
  const auto id = control_->command(ModelInstallArguments{"tiny"});
  ASSERT_TRUE(reach([this] { return work_.begun == 1; }, kStep));
  work_.hold = true;
  restart();
  EXPECT_EQ(work_.cancelled, 1);
  ASSERT_TRUE(reach([this] { return work_.begun == 2; }, kStep));
  work_.hold = false;
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(control_->results[0].command_id, id);
  EXPECT_TRUE(control_->results[0].succeeded());
}

TEST_F(CommandTest, AnUnenrolledNodeKeepsNoCommand) {
  join();
  work_.hold = true;
  control_->command(BenchmarkSmokeArguments{"tiny", 16});
  ASSERT_TRUE(reach([this] { return work_.begun == 1; }, kStep));
  ASSERT_TRUE(unenroll().ok());
  EXPECT_EQ(work_.cancelled, 1);
  EXPECT_TRUE(on_disk().empty());
}

TEST_F(CommandTest, ADamagedRowIsSaidAndTheNodeServes) {
  const auto broken = read_entry("cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV", "done", "{}");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code, ErrorCode::corrupt);
  EXPECT_FALSE(read_entry("x", "done", "{}").ok());
  CommandEntry entry;
  entry.id = CommandId::parse("cmd_01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
  entry.arguments = "{}";
  const auto document = entry_document(entry);
  EXPECT_TRUE(read_entry(entry.id.text(), "accepted", document).ok());
  EXPECT_FALSE(read_entry(entry.id.text(), "done", document).ok()) << "done without a result";
  EXPECT_FALSE(read_entry(entry.id.text(), "undone", document).ok());
}

}  // namespace
}  // namespace b3iq::agent
