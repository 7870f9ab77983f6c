// Books: a job against its command, its money and its receipt; the mirror against the file; and
// what was promised.
#include <fmt/format.h>

#include <algorithm>

#include "books.h"

namespace b3iq::control::sim {
namespace {

bool is_ended(std::string_view status) {
  return status == "completed" || status == "failed" || status == "cancelled" ||
         status == "expired";
}

}  // namespace

const JobRow* Books::job(const std::string& id) const {
  const auto at = job_places_.find(id);
  return at == job_places_.end() ? nullptr : &jobs_.at(at->second);
}

const CommandRow* Books::command(const std::string& id) const {
  const auto at = command_places_.find(id);
  return at == command_places_.end() ? nullptr : &commands_.at(at->second);
}

void Books::check_job(const std::string& id) {
  const auto* const row = job(id);
  if (row == nullptr) return fail("there is money or a receipt of " + id + " and no such job");
  const auto* const sent = command(row->command);
  if (sent == nullptr) return fail("job " + id + " has no command");
  const auto place = hold_places_.find(id);
  if (place == hold_places_.end()) return fail("job " + id + " has nothing reserved");
  const auto& hold = holds_.at(place->second);
  if (is_ended(row->status) != (row->completed_at_ms != 0) ||
      is_ended(row->status) == (hold.status == "reserved"))
    fail(fmt::format("job {} is '{}' and its billing '{}'", id, row->status, hold.status));
  const bool paid = hold.status == "settled" || hold.status == "refunded";
  if ((row->status == "completed" && !paid) || (row->status == "expired" && paid))
    fail(fmt::format("job {} is '{}' and its billing '{}'", id, row->status, hold.status));
  check_end(*row, *sent, paid);
  if (hold.account != row->customer || hold.reserved != row->quoted)
    fail("the hold of job " + id + " is not its quote");
  if (row->purged_at_ms != 0 && (!is_ended(row->status) || sent->envelope_bytes != 0))
    fail("job " + id + " was purged while it is open, or in part");
  const auto accepted = accepted_of_job_.find(id);
  if (paid != (accepted != accepted_of_job_.end()))
    fail(fmt::format("job {}: billing '{}', accepted receipt: {}", id, hold.status,
                     accepted != accepted_of_job_.end()));
  if (paid && accepted != accepted_of_job_.end()) {
    const auto& receipt = receipts_.at(receipt_places_.at(accepted->second));
    if (hold.receipt_hash != receipt.hash || row->receipt_hash != receipt.hash ||
        receipt.node != row->node)
      fail("job " + id + " is not paid by its receipt");
    check_price(*row, hold);
  }
  check_job_money(*row, hold);
  check_payouts(*row, hold);
}

void Books::check_job_money(const JobRow& job, const HoldRow& hold) {
  const auto& money = money_[job.id];
  const bool open = hold.status == "reserved";
  const bool paid = hold.status == "settled" || hold.status == "refunded";
  const bool refunded = hold.status == "refunded";
  const bool once =
      money.reserves <= 1 && money.releases <= 1 && money.debits <= 1 && money.refunds <= 1;
  if (!once || money.reserved != hold.reserved || money.debited != hold.debited ||
      hold.debited > hold.reserved || (!paid && hold.debited != 0) ||
      money.released != (open ? 0 : hold.reserved - hold.debited) ||
      money.refunded != (refunded ? hold.debited : 0))
    fail("the entries of job " + job.id + " are not those of a job whose billing is '" +
         hold.status + "'");
}

// The price by the receipt's tokens and the quoted version: rounded up, at least the minimum, at
// most what is reserved; the node's part is rounded down.
void Books::check_price(const JobRow& job, const HoldRow& hold) {
  PricesRow prices;
  const auto receipt = accepted_.find(hold.receipt_hash);
  if (!reader_.read_prices(job.policy, prices) || receipt == accepted_.end())
    return fail("job " + job.id + " has no prices");
  const auto& usage = receipt->second.usage;
  const Wei thousandfold = Wei(prices.prompt_per_1k) * usage.prompt_tokens +
                           Wei(prices.completion_per_1k) * usage.completion_tokens;
  const Wei by_tokens = std::max<Wei>((thousandfold + 999) / 1'000, prices.minimum);
  const Wei price = std::min(by_tokens, hold.reserved);
  if (hold.debited != price) fail("job " + job.id + " did not cost its price");
  const auto earning = payouts_of_[job.id].first;
  if (earning == 0) return;
  const auto& row = payouts_.at(earning);
  if (row.amount != price * (10'000 - prices.fee_basis_points) / 10'000 ||
      row.fee != price * prices.fee_basis_points / 10'000)
    fail("the payout of " + job.id + " is not its part of the price");
}

void Books::check_payouts(const JobRow& job, const HoldRow& hold) {
  const auto [earning, correction] = payouts_of_[hold.job];
  const bool paid = hold.status == "settled" || hold.status == "refunded";
  if ((earning != 0) != paid || (correction != 0) != (hold.status == "refunded"))
    return fail("the payout rows of " + hold.job + " are not those of billing '" + hold.status +
                "'");
  if (earning != 0) {
    const auto& row = payouts_.at(earning);
    if (row.charged != hold.debited || row.node != job.node ||
        row.receipt_hash != hold.receipt_hash)
      fail("the payout of " + hold.job + " is not its debit");
  }
  if (correction != 0 && payouts_.at(correction).charged != hold.debited)
    fail("the correction of " + hold.job + " is not its debit");
}

template <class Row>
void Books::compare(BookTable table, const Mirror<Row>& mirror) {
  if (reader_.count(table) != std::ssize(mirror))
    fail(fmt::format("table {} has {} rows, and should have {}", static_cast<int>(table),
                     reader_.count(table), mirror.size()));
  for (const auto& [rowid, expected] : mirror) {
    Row row;
    if (!reader_.read(rowid, row) || !(row == expected))
      return fail(
          fmt::format("a row of table {} is not what was committed", static_cast<int>(table)));
  }
}

void Books::compare_with_file() {
  compare(BookTable::jobs, jobs_);
  compare(BookTable::commands, commands_);
  compare(BookTable::accounts, accounts_);
  compare(BookTable::entries, entries_);
  compare(BookTable::holds, holds_);
  compare(BookTable::payouts, payouts_);
  compare(BookTable::receipts, receipts_);
  compare(BookTable::streams, streams_);
  compare(BookTable::frames, frames_);
  check_acknowledged();
}

void Books::promised_job(const std::string& customer, const std::string& job_id,
                         const std::string& client_name) {
  const auto* const row = job(job_id);
  if (row == nullptr || row->customer != customer || row->client_name != client_name)
    fail("job " + job_id + " was answered and is not there");
}

void Books::promised_status(const std::string& job_id, std::string_view status) {
  const auto* const row = job(job_id);
  if (row == nullptr || row->status != status)
    fail(fmt::format("job {} was answered to be '{}'", job_id, status));
}

void Books::promised_command(const std::string& command_id, std::string_view state) {
  const auto* const row = command(command_id);
  if (row == nullptr || row->state != state)
    fail(fmt::format("command {} was answered to be '{}'", command_id, state));
}

void Books::promised_receipt(const std::string& hash, std::string_view status, std::int64_t index) {
  const auto at = receipt_places_.find(hash);
  if (at == receipt_places_.end()) return fail("receipt " + hash + " was taken and is not there");
  const auto& row = receipts_.at(at->second);
  if (row.status != status || row.index != index)
    fail("receipt " + hash + " was answered to be another");
}

void Books::promised_refund(const std::string& job_id) {
  const auto at = hold_places_.find(job_id);
  if (at == hold_places_.end() || holds_.at(at->second).status != "refunded")
    fail("job " + job_id + " was answered to be refunded");
}

void Books::promised_credits(const std::string& account, std::int64_t answered,
                             std::int64_t asked) {
  const auto made = credits_[account];
  if (made < answered || made > asked)
    fail(fmt::format("account {} has {} credits; {} were acknowledged and {} asked for", account,
                     made, answered, asked));
}

std::vector<std::string> Books::open_jobs() const {
  std::vector<std::string> out;
  for (const auto& [rowid, row] : jobs_)
    if (row.completed_at_ms == 0) out.push_back(row.id + " (" + row.status + ")");
  return out;
}

std::vector<std::string> Books::open_job_ids() const {
  std::vector<std::string> out;
  for (const auto& [rowid, row] : jobs_)
    if (row.completed_at_ms == 0) out.push_back(row.id);
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> Books::jobs_with(std::string_view billing) const {
  std::vector<std::string> out;
  for (const auto& [rowid, row] : holds_)
    if (row.status == billing) out.push_back(row.job);
  std::ranges::sort(out);
  return out;
}

Wei Books::reserved_in_all() const {
  Wei sum = 0;
  for (const auto& [rowid, row] : accounts_) sum += row.reserved;
  return sum;
}

std::map<std::string, std::int64_t> Books::jobs_by_status() const {
  std::map<std::string, std::int64_t> out;
  for (const auto& [rowid, row] : jobs_)
    ++out[row.status + "/" + holds_.at(hold_places_.at(row.id)).status];
  return out;
}

}  // namespace b3iq::control::sim
