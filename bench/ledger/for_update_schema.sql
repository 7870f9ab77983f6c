-- The tables of the opponent: what a ledger with row locks keeps. Pages of rows that are updated have room for their next version.
CREATE TABLE acc (id INT PRIMARY KEY, balance NUMERIC(78) NOT NULL, reserved NUMERIC(78) NOT NULL) WITH (fillfactor = 50);
CREATE TABLE hold (job TEXT PRIMARY KEY, account INT NOT NULL, status TEXT NOT NULL, reserved NUMERIC(78) NOT NULL, debited NUMERIC(78) NOT NULL, hash TEXT NOT NULL) WITH (fillfactor = 70);
CREATE TABLE entry (id TEXT PRIMARY KEY, account INT NOT NULL, kind TEXT NOT NULL, amount NUMERIC(78) NOT NULL, balance NUMERIC(78) NOT NULL, reserved NUMERIC(78) NOT NULL, job TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX entry_account ON entry (account, at);
CREATE TABLE payout (id TEXT PRIMARY KEY, job TEXT NOT NULL UNIQUE, node TEXT NOT NULL, amount NUMERIC(78) NOT NULL, fee NUMERIC(78) NOT NULL);
INSERT INTO acc SELECT i, 1000000000000000, 0 FROM generate_series(0, 9999) i;
