-- What partners send on their own, for the office: how it met its case, what becomes of it when it came too late, how
-- often it was sent, and who took note of it.
ALTER TABLE callbacks ADD COLUMN met TEXT NOT NULL DEFAULT 'early';     -- waiting | early | late, when it came
ALTER TABLE callbacks ADD COLUMN policy TEXT NOT NULL DEFAULT 'keep';   -- keep | notice | ignore, as it was set when it came
ALTER TABLE callbacks ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;    -- came again, the same
ALTER TABLE callbacks ADD COLUMN noted_by TEXT;                         -- account that took note of a late one
ALTER TABLE callbacks ADD COLUMN noted_at INTEGER;
CREATE INDEX callbacks_by_tenant ON callbacks(tenant, received_at);
CREATE INDEX callbacks_notices ON callbacks(tenant, received_at)
  WHERE policy = 'notice' AND applied_at IS NULL AND noted_at IS NULL;

-- What was sent as if by a partner and refused, counted by the hour. Nothing of what was sent is kept.
CREATE TABLE callback_refusals (
  tenant  TEXT NOT NULL,                   -- empty: nobody can tell whose it was meant to be
  partner TEXT NOT NULL,                   -- a funder's key; empty for a name that is nobody's
  code    TEXT NOT NULL,
  hour    INTEGER NOT NULL,                -- when it began
  times   INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, partner, code, hour)
) WITHOUT ROWID;
CREATE INDEX callback_refusals_by_time ON callback_refusals(last_at);
