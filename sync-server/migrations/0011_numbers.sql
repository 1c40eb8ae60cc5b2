-- What a company's cases amount to, hour by hour. The audit chain says which cases changed; a worker reads them again from
-- their own rows and puts what it found into the hours, so that a case stands in each hour once, however often it is read.

-- Words that the hours' records stand for by number: products, versions, regions, dealers, advisors, funders, blocks,
-- partners, reasons. Nothing of a customer's.
CREATE TABLE numbers_words (
  tenant TEXT NOT NULL,
  id     INTEGER NOT NULL,                 -- counted up per tenant, from 1
  sort   TEXT NOT NULL,
  word   TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX numbers_words_by_word ON numbers_words(tenant, sort, word);

CREATE TABLE numbers_hours (
  id      INTEGER PRIMARY KEY,
  tenant  TEXT NOT NULL,
  sort    INTEGER NOT NULL,                -- 0 opened, 1 ended, 2 worked on in this hour
  hour    INTEGER NOT NULL,                -- hours since 1970, UTC
  records BLOB NOT NULL                    -- see numbers/record.rs
);
CREATE UNIQUE INDEX numbers_hours_by_hour ON numbers_hours(tenant, sort, hour);

-- How far the audit chain has been read. Moves in the commit that writes the hours.
CREATE TABLE numbers_read (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL,
  at  INTEGER NOT NULL
);
INSERT INTO numbers_read(one, seq, at) VALUES (1, 0, 0);

-- The case list by state, newest first.
CREATE INDEX cases_by_decision ON cases(tenant, decision, number);

-- Without figures the planner takes a company for a handful of rows, and reads all of its links, consents or cases where an
-- index names the few of one case or person. These are the figures of a large company; they choose between indexes, no more.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES
  ('links', 'links', '1000000 500000 1'),
  ('links', 'links_by_case', '1000000 500000 1'),
  ('links', 'links_by_time', '1000000 500000 2'),
  ('consents', 'consents', '5000000 2500000 1'),
  ('consents', 'consents_by_case', '5000000 2500000 5'),
  ('cases', 'cases', '1000000 500000 1'),
  ('cases', 'cases_by_person', '1000000 500000 2'),
  ('cases', 'cases_by_time', '1000000 500000 1'),
  ('cases', 'cases_by_number', '1000000 500000 1'),
  ('cases', 'cases_by_id', '1000000 1'),
  ('cases', 'cases_by_version', '1000000 500000 50000 1'),
  ('cases', 'cases_by_flow', '1000000 500000 100000 1'),
  ('cases', 'cases_by_decision', '1000000 500000 100000 1');
ANALYZE sqlite_schema;
