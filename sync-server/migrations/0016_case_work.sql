-- Work on cases that wait for a person: who holds which, which queues somebody serves, and decisions that can be taken back
-- for a moment before they take effect.

ALTER TABLE accounts ADD COLUMN queues TEXT;  -- JSON list of queue names; none: all that the roles permit
ALTER TABLE reviews ADD COLUMN code TEXT;     -- why a case was declined, from a fixed list

CREATE TABLE case_holds (
  tenant      TEXT NOT NULL,
  case_id     TEXT NOT NULL,
  account     TEXT NOT NULL,              -- who works on it
  assigned_by TEXT,                       -- who gave it to them, where they did not take it themselves
  since       INTEGER NOT NULL,
  until       INTEGER NOT NULL,           -- it is free again from then on; each look by the holder moves it on
  PRIMARY KEY (tenant, case_id)
) WITHOUT ROWID;
CREATE INDEX case_holds_by_account ON case_holds(tenant, account);

CREATE TABLE decisions_pending (
  tenant    TEXT NOT NULL,
  case_id   TEXT NOT NULL,
  block     TEXT NOT NULL,
  visit     INTEGER NOT NULL,
  answer    TEXT NOT NULL,                -- JSON
  code      TEXT,
  reason    BLOB NOT NULL,                -- sealed with the customer's key, as in reviews
  account   TEXT NOT NULL,
  at        INTEGER NOT NULL,
  effect_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id)
) WITHOUT ROWID;
CREATE INDEX decisions_by_effect ON decisions_pending(effect_at);

-- What somebody with authority did to the step of a case, with the reason.
CREATE TABLE case_deeds (
  tenant  TEXT NOT NULL,
  case_id TEXT NOT NULL,
  at      INTEGER NOT NULL,
  block   TEXT NOT NULL,
  visit   INTEGER NOT NULL,
  deed    TEXT NOT NULL,                  -- hurry | more_time
  reason  BLOB NOT NULL,                  -- sealed with the customer's key
  account TEXT NOT NULL,
  PRIMARY KEY (tenant, case_id, at, block, visit)
) WITHOUT ROWID;
