-- pgbench: so many rows of receipts by one INSERT, which is its own transaction. The server makes them: no bytes come over the wire.
\set j random(1, 9000000000000000000)
INSERT INTO receipts
  SELECT sha256((:j || '-' || i)::bytea), nextval('places'), 'b3n_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'job_' || :j || '-' || i, 'evidence_only',
    1700000000000, repeat('r', :bytes)
  FROM generate_series(1, :rows) i;
