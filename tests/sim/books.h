// What must hold, whatever happens: the books mirror the file's rows as they change, statement by
// statement, by arithmetic and rules of their own, and note the first thing that is wrong.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "book_rows.h"
#include "crypto/ed25519.h"
#include "protocol/receipt.h"
#include "sim_database.h"
#include "undo_log.h"

namespace b3iq::control::sim {

// How much of each kind was written for one job.
struct JobMoney {
  std::int64_t reserves = 0, releases = 0, debits = 0, refunds = 0;
  Wei reserved = 0, released = 0, debited = 0, refunded = 0;
};
// Of all accounts.
struct WorldMoney {
  Wei in = 0, out = 0, customers = 0, paid = 0;
};

class Books final : public Witness {
 public:
  // "" while all is well.
  const std::string& fault() const { return fault_; }
  void fail(const std::string& text) {
    if (fault_.empty()) fault_ = text;
  }
  // The clocks of the control plane's machines; they outlive the books' use. What a rule of time
  // ends, one of them has shown to be over.
  void know_clocks(std::vector<const base::Clock*> clocks) { clocks_ = std::move(clocks); }
  // Before they are set.
  void look_at_clocks();
  void know_node(const std::string& node_id, const crypto::Ed25519PublicKey& key) {
    node_keys_.insert_or_assign(node_id, key);
  }

  void opened(sqlite3* connection) override;
  void closing() override;
  void after_statement() override;
  std::size_t mark() override { return undo_.mark(); }
  void after_body() override;
  void rolled_back(std::size_t mark) override;
  void committed() override { undo_.keep(); }
  // Refusals are in order; a statement that fails is not.
  void failed(const base::Error& error) override;

  // All rows of the file against the mirror: after a crash, and now and then.
  void compare_with_file();

  // Who asked for what, told before it is asked: nobody else may bring it about.
  void customer_cancels(const std::string& customer, const std::string& name);
  void operator_cancels(const std::string& command_id);
  void node_sends(const std::string& command_id, const std::string& token,
                  const std::string& document);
  // A frame that the job's node has made; it may have made another one of that number.
  void node_makes(const std::string& job_id, std::int64_t number, const std::string& frame);

  // What the control plane has answered: it must stand, committed, when the answer is made.
  void promised_job(const std::string& customer, const std::string& job_id,
                    const std::string& client_name);
  void promised_status(const std::string& job_id, std::string_view status);
  // Its node was asked, or will be told at once.
  void promised_stop(const std::string& job_id);
  // As a read shows it. `told_before`: that it stops was answered before this was asked.
  void promised_stopping(const std::string& job_id, std::string_view status, bool is_stopping,
                         bool told_before);
  // Everything before `next` of the job's stream is there.
  void promised_frames(const std::string& job_id, std::int64_t next);
  // To whoever reads the stream.
  void shown_frame(const std::string& job_id, std::int64_t number, std::string_view frame);
  void shown_end(const std::string& job_id, std::string_view status, std::int64_t from,
                 std::int64_t next);
  void promised_command(const std::string& command_id, std::string_view state);
  void promised_receipt(const std::string& hash, std::string_view status, std::int64_t index);
  void promised_refund(const std::string& job_id);
  // `asked`: references that anybody tried so far; `answered`: those that were acknowledged.
  void promised_credits(const std::string& account, std::int64_t answered, std::int64_t asked);

  const JobRow* job(const std::string& id) const;
  const CommandRow* command(const std::string& id) const;
  std::int64_t frames_of(const std::string& job_id) const;  // that are there
  std::vector<std::string> open_jobs() const;               // with their status, in words
  std::vector<std::string> open_job_ids() const;
  std::vector<std::string> jobs_with(std::string_view billing) const;
  Wei reserved_in_all() const;
  const std::unordered_map<std::int64_t, ReceiptRow>& receipts() const { return receipts_; }
  std::size_t count_of_jobs() const { return jobs_.size(); }
  std::map<std::string, std::int64_t> jobs_by_status() const;
  // How often each change of a job's state was seen, "from > to", and how its command ended that
  // was to stop ("stopping") or whose hour was over; also those that were taken back.
  const std::map<std::string, std::int64_t>& moves() const { return moves_; }

 private:
  template <class Row>
  using Mirror = std::unordered_map<std::int64_t, Row>;
  using Places = std::unordered_map<std::string, std::int64_t>;  // id to rowid
  struct Change {
    BookTable table;
    int act;  // SQLITE_INSERT …
    std::int64_t rowid;
    friend auto operator<=>(const Change&, const Change&) = default;
  };
  static void on_change(void* self, int act, const char* database, const char* table,
                        sqlite3_int64 rowid);
  void see(const Change& change);
  void forget_touched();
  void see_job(std::int64_t rowid);
  void see_command(std::int64_t rowid);
  // book_commands.cc
  void see_lease(const CommandRow& before, const CommandRow& now);
  void see_stop(const CommandRow& before, const CommandRow& now);
  void see_command_end(const CommandRow& before, const CommandRow& now);
  bool customer_asked(const std::string& command_id) const;
  void check_cancelled_commands();
  void check_end(const JobRow& job, const CommandRow& command, bool paid);
  // book_streams.cc
  void see_stream(std::int64_t rowid);
  void see_frames(std::int64_t rowid);
  void see_stream_go(const Change& change);
  void check_stream(const std::string& job_id);
  void check_acknowledged();
  void see_account(std::int64_t rowid);
  void see_entry(std::int64_t rowid);
  void see_hold(std::int64_t rowid);
  void see_payout(std::int64_t rowid);
  void see_receipt(std::int64_t rowid);
  void check_job(const std::string& id);
  void check_job_money(const JobRow& job, const HoldRow& hold);
  void check_payouts(const JobRow& job, const HoldRow& hold);
  void check_price(const JobRow& job, const HoldRow& hold);
  void check_account(const std::string& id);
  template <class Row>
  void compare(BookTable table, const Mirror<Row>& mirror);

  BookReader reader_;
  std::string fault_;
  UndoLog undo_;
  std::vector<Change> changes_;
  std::set<std::string> touched_jobs_;
  std::set<std::string> touched_accounts_;
  std::set<std::string> touched_streams_;
  std::vector<CommandRow> cancelled_unasked_;  // in this body: their nodes must have left in it
  std::unordered_map<std::string, crypto::Ed25519PublicKey> node_keys_;

  Mirror<JobRow> jobs_;
  Mirror<CommandRow> commands_;
  Mirror<AccountRow> accounts_;
  Mirror<EntryRow> entries_;
  Mirror<HoldRow> holds_;
  Mirror<PayoutRow> payouts_;
  Mirror<ReceiptRow> receipts_;
  Mirror<StreamRow> streams_;
  Mirror<FramesRow> frames_;
  Places job_places_, command_places_, hold_places_, account_places_;
  Places receipt_places_;  // by hash
  std::unordered_map<std::string, std::string> job_of_command_;
  std::unordered_map<std::string, std::string> accepted_of_job_;  // hash
  std::unordered_map<std::string, std::string> job_of_receipt_;   // that it settled
  std::unordered_map<std::string, protocol::Receipt> accepted_;   // by hash
  std::unordered_map<std::string, JobMoney> money_;
  std::unordered_map<std::string, AccountRow> running_;    // by its entries alone
  std::unordered_map<std::string, Wei> held_;              // open holds of an account
  std::unordered_map<std::string, std::int64_t> credits_;  // entries of an account
  std::unordered_map<std::string, std::pair<std::int64_t, std::int64_t>> payouts_of_;  // rowids
  std::unordered_map<std::string, std::int64_t> waits_since_;  // jobs that came to wait for one
  Places stream_places_;
  std::unordered_map<std::string, std::vector<std::string>> lines_;  // of a job's stream
  std::unordered_map<std::string, bool> dropped_;  // jobs whose frames have gone in their time
  std::map<int, WorldMoney> world_;
  std::map<std::string, std::int64_t> moves_;

  // What is known from outside; nothing takes it back.
  std::vector<const base::Clock*> clocks_;
  std::int64_t latest_clock_ms_ = 0;
  std::set<std::pair<std::string, std::string>> cancelled_by_customer_;  // customer, name
  std::set<std::string> cancelled_by_operator_;                          // commands
  std::set<std::string> sent_results_;                                   // command, token, hash
  std::unordered_set<std::string> tokens_;                               // that were given out
  std::unordered_map<std::string, std::vector<std::set<std::string>>> made_;  // by number
  std::map<std::string, std::int64_t> acknowledged_;
};

}  // namespace b3iq::control::sim
