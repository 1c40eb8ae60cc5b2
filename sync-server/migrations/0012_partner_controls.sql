-- What a company sets for its partners while the server runs. The newest counts; the ones before show who changed what.
CREATE TABLE partner_controls (
  tenant   TEXT NOT NULL,
  partner  TEXT NOT NULL,                  -- realname | bureau | … | funders/KEY
  number   INTEGER NOT NULL,               -- counted up per partner, from 1
  control  TEXT NOT NULL,                  -- JSON, the whole of it
  reason   TEXT NOT NULL,
  actor    TEXT NOT NULL,                  -- account
  second   TEXT,                           -- the account that confirmed it, where two are needed
  reverses INTEGER,                        -- number of the change that it takes back
  at       INTEGER NOT NULL,
  PRIMARY KEY (tenant, partner, number)
) WITHOUT ROWID;

-- A change that waits for a second person: at most one for each partner.
CREATE TABLE partner_proposals (
  tenant   TEXT NOT NULL,
  partner  TEXT NOT NULL,
  base     INTEGER NOT NULL,               -- number of what it changes
  control  TEXT NOT NULL,
  reason   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  reverses INTEGER,
  at       INTEGER NOT NULL,
  PRIMARY KEY (tenant, partner)
) WITHOUT ROWID;

-- The partner for which a task waits that may not be asked now; its due time is then until when it waits.
ALTER TABLE tasks ADD COLUMN parked TEXT;
CREATE INDEX tasks_parked ON tasks(tenant, parked) WHERE parked IS NOT NULL;

-- What was asked of a partner since a time, for its page and for funders' days.
CREATE INDEX partner_calls_by_partner ON partner_calls(tenant, partner, at);
