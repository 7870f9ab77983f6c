-- pgbench: the same as for_update_pair.sql, each transaction sent at once and its answers read together.
\set a random(0, :accounts - 1)
\set j random(1, 9000000000000000000)
\startpipeline
BEGIN;
SELECT balance, reserved FROM acc WHERE id = :a FOR UPDATE;
UPDATE acc SET reserved = reserved + 100 WHERE id = :a AND balance - reserved >= 100;
INSERT INTO hold VALUES ('job_' || :j, :a, 'reserved', 100, 0, '');
INSERT INTO entry SELECT 'ent_r' || :j, :a, 'reserve', 100, balance, reserved, 'job_' || :j, 1 FROM acc WHERE id = :a;
COMMIT;
\endpipeline
\startpipeline
BEGIN;
SELECT balance, reserved FROM acc WHERE id = :a FOR UPDATE;
UPDATE acc SET balance = balance - 80, reserved = reserved - 100 WHERE id = :a;
UPDATE hold SET status = 'settled', debited = 80, hash = 'b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' WHERE job = 'job_' || :j AND status = 'reserved';
INSERT INTO entry SELECT 'ent_d' || :j, :a, 'debit', 80, balance, reserved + 20, 'job_' || :j, 2 FROM acc WHERE id = :a;
INSERT INTO entry SELECT 'ent_l' || :j, :a, 'release', 20, balance, reserved, 'job_' || :j, 2 FROM acc WHERE id = :a;
INSERT INTO payout VALUES ('pay_' || :j, 'job_' || :j, 'b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 76, 4);
COMMIT;
\endpipeline
