-- What a company has recorded of a partner's answers, for testing: a row for each recording, a row for each answer. The
-- whole of it goes thirty days after it was begun at the latest.
CREATE TABLE partner_recordings (
  tenant      TEXT NOT NULL,
  id          TEXT NOT NULL,
  partner     TEXT NOT NULL,                  -- realname | bureau | … | funders/KEY
  state       TEXT NOT NULL,                  -- proposed | running | stopped | over (its time) | full
  answers     INTEGER NOT NULL,               -- at most so many
  hours       INTEGER NOT NULL,               -- and for at most so long
  reason      TEXT NOT NULL,
  actor       TEXT NOT NULL,                  -- account
  second      TEXT,                           -- the account that confirmed it, where two are needed
  at          INTEGER NOT NULL,               -- when it was asked for
  until       INTEGER,                        -- when it ends by itself; none while it waits for a second person
  ended_at    INTEGER,
  kept        INTEGER NOT NULL DEFAULT 0,     -- answers kept
  dropped     INTEGER NOT NULL DEFAULT 0,     -- answers that found the queue full
  wrapped_key BLOB NOT NULL,                  -- seals its answers
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX partner_recordings_open ON partner_recordings(tenant, partner) WHERE ended_at IS NULL;
CREATE INDEX partner_recordings_by_time ON partner_recordings(at);

CREATE TABLE recorded_answers (
  tenant    TEXT NOT NULL,
  recording TEXT NOT NULL,
  number    INTEGER NOT NULL,                 -- counted up, from 1
  at        INTEGER NOT NULL,
  ms        INTEGER NOT NULL,
  sealed    BLOB NOT NULL,                    -- JSON: what was asked, what came, what it was read as
  PRIMARY KEY (tenant, recording, number)
);
