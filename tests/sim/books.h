// What must hold, whatever happens: the books mirror the file's rows as they change, statement by
// statement, by arithmetic and rules of their own, and note the first thing that is wrong.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

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

  // What the control plane has answered: it must stand, committed, when the answer is made.
  void promised_job(const std::string& customer, const std::string& job_id,
                    const std::string& client_name);
  void promised_status(const std::string& job_id, std::string_view status);
  void promised_command(const std::string& command_id, std::string_view state);
  void promised_receipt(const std::string& hash, std::string_view status, std::int64_t index);
  void promised_refund(const std::string& job_id);
  // `asked`: references that anybody tried so far; `answered`: those that were acknowledged.
  void promised_credits(const std::string& account, std::int64_t answered, std::int64_t asked);

  const JobRow* job(const std::string& id) const;
  const CommandRow* command(const std::string& id) const;
  std::vector<std::string> open_jobs() const;  // with their status, in words
  std::vector<std::string> open_job_ids() const;
  std::vector<std::string> jobs_with(std::string_view billing) const;
  Wei reserved_in_all() const;
  const std::unordered_map<std::int64_t, ReceiptRow>& receipts() const { return receipts_; }
  std::size_t count_of_jobs() const { return jobs_.size(); }
  std::map<std::string, std::int64_t> jobs_by_status() const;
  // How often each change of a job's state was seen, "from > to"; also those that were taken back.
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
  void see_job(std::int64_t rowid);
  void see_command(std::int64_t rowid);
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
  std::unordered_map<std::string, crypto::Ed25519PublicKey> node_keys_;

  Mirror<JobRow> jobs_;
  Mirror<CommandRow> commands_;
  Mirror<AccountRow> accounts_;
  Mirror<EntryRow> entries_;
  Mirror<HoldRow> holds_;
  Mirror<PayoutRow> payouts_;
  Mirror<ReceiptRow> receipts_;
  Places job_places_, command_places_, hold_places_, account_places_;
  Places receipt_places_;  // by hash
  std::unordered_map<std::string, std::string> job_of_command_;
  std::unordered_map<std::string, std::string> accepted_of_job_;      // hash
  std::unordered_map<std::string, std::string> job_of_receipt_;       // that it settled
  std::unordered_map<std::string, protocol::ReceiptUsage> usage_of_;  // by receipt hash
  std::unordered_map<std::string, JobMoney> money_;
  std::unordered_map<std::string, AccountRow> running_;    // by its entries alone
  std::unordered_map<std::string, Wei> held_;              // open holds of an account
  std::unordered_map<std::string, std::int64_t> credits_;  // entries of an account
  std::unordered_map<std::string, std::pair<std::int64_t, std::int64_t>> payouts_of_;  // rowids
  std::map<int, WorldMoney> world_;
  std::map<std::string, std::int64_t> moves_;
};

}  // namespace b3iq::control::sim
