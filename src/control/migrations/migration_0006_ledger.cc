#include "control/migrations/migration_texts.h"

namespace b3iq::control {

// Customers, their credentials, and the ledger (docs/adr/0028-ledger.md). Amounts are 32 bytes, big
// endian: byte strings compare as the numbers do, on every database and in every collation.
//
// ledger_accounts is what its entries add up to; `entries` is the number of the newest one, and
// `totals` holds, for each kind, how many there are and their sum (ledger_store.cc). `locks` is
// moved first by whoever changes the account. An entry's kind_total is the sum of its kind up to
// it, so that what happened between two times is a difference of two rows. Sequences of a hold are
// 0 until its entry is there. `policy` and `document` are JSON.
extern const std::string_view kLedgerSql = R"(
CREATE TABLE customers (
  customer_id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  standing TEXT NOT NULL,
  standing_reason TEXT NOT NULL,
  policy TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE TABLE customer_tokens (
  token_id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL,
  token_hash BYTES NOT NULL UNIQUE,
  note TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT,
  last_used_ms BIGINT NOT NULL
);
CREATE INDEX customer_tokens_of_customer ON customer_tokens (customer_id, token_id);
CREATE TABLE ledger_accounts (
  account_id TEXT PRIMARY KEY NOT NULL,
  balance_wei BYTES NOT NULL,
  reserved_wei BYTES NOT NULL,
  entries BIGINT NOT NULL,
  last_at_ms BIGINT NOT NULL,
  totals BYTES NOT NULL,
  locks BIGINT NOT NULL
);
CREATE TABLE ledger_entries (
  account_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  entry_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  amount_wei BYTES NOT NULL,
  balance_after_wei BYTES NOT NULL,
  reserved_after_wei BYTES NOT NULL,
  kind_entries BIGINT NOT NULL,
  kind_total_wei BYTES NOT NULL,
  private_job_id TEXT NOT NULL,
  receipt_hash TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (account_id, seq)
);
CREATE INDEX ledger_entries_by_kind ON ledger_entries (account_id, kind, created_at_ms, seq);
CREATE TABLE ledger_funds (
  account_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  seq BIGINT NOT NULL,
  kind TEXT NOT NULL,
  amount_wei BYTES NOT NULL,
  reason TEXT NOT NULL,
  made_by TEXT NOT NULL,
  PRIMARY KEY (account_id, reference)
);
CREATE TABLE ledger_holds (
  job_id TEXT PRIMARY KEY NOT NULL,
  account_id TEXT NOT NULL,
  billing_status TEXT NOT NULL,
  reserved_wei BYTES NOT NULL,
  debited_wei BYTES NOT NULL,
  reserve_seq BIGINT NOT NULL,
  end_seq BIGINT NOT NULL,
  refund_seq BIGINT NOT NULL,
  receipt_hash TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  ended_at_ms BIGINT NOT NULL
);
CREATE INDEX ledger_holds_open ON ledger_holds (created_at_ms, job_id) WHERE billing_status = 'reserved';
CREATE TABLE payouts (
  payout_id TEXT PRIMARY KEY NOT NULL,
  job_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  node_id TEXT NOT NULL,
  status TEXT NOT NULL,
  charged_wei BYTES NOT NULL,
  amount_wei BYTES NOT NULL,
  fee_wei BYTES NOT NULL,
  rounding_wei BYTES NOT NULL,
  receipt_hash TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX payouts_of_job ON payouts (job_id, kind);
CREATE INDEX payouts_pending ON payouts (node_id, payout_id) WHERE status = 'pending';
CREATE TABLE price_policies (
  number BIGINT PRIMARY KEY NOT NULL,
  document TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at_ms BIGINT NOT NULL
)
)";

}  // namespace b3iq::control
