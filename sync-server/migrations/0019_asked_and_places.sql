-- What a customer gave of several things that a block asks for: the block is left when all of them were given.

CREATE TABLE things_given (
  tenant  TEXT NOT NULL,
  case_id TEXT NOT NULL,
  block   TEXT NOT NULL,
  visit   INTEGER NOT NULL,
  thing   TEXT NOT NULL,                  -- photo | confirm_reading | confirm_name | phone
  writes  TEXT NOT NULL,                  -- JSON: what the flow may look at of it
  at      INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id, block, visit, thing)
) WITHOUT ROWID;

-- Where the devices of an account are at work: where its newest case is.
CREATE INDEX submission_cases_by_account ON submission_cases(tenant, account, noted_at) WHERE case_id IS NOT NULL;
