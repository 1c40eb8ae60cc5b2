-- What becomes of submissions whose photos are all here: each one case, or a reason why the office has to look. A row is
-- made in the commit that completes the submission, and a worker settles it.
CREATE TABLE submission_cases (
  document   TEXT PRIMARY KEY,
  tenant     TEXT NOT NULL,
  submission TEXT NOT NULL,
  scope      TEXT NOT NULL,                  -- whose devices hear of the case
  account    TEXT NOT NULL,                  -- whose device handed it in
  state      TEXT NOT NULL,                  -- waiting | opened | office
  code       TEXT,                           -- why the office has to look
  case_id    TEXT,
  link       TEXT,                           -- its token follows from the submission and is not kept
  brought    BLOB,                           -- what the advisor brought, sealed with the key of the case's person
  bringing   TEXT,                           -- ready (waits for consent) | due (is being handed in) | used | refused
  brought_at INTEGER,                        -- when that last changed
  tries      INTEGER NOT NULL DEFAULT 0,
  next_at    INTEGER NOT NULL,               -- not to be tried before
  noted_at   INTEGER NOT NULL,
  settled_at INTEGER                         -- opened, or left to the office
) WITHOUT ROWID;
CREATE UNIQUE INDEX submission_cases_by_case ON submission_cases(tenant, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX submission_cases_to_do ON submission_cases(next_at) WHERE state = 'waiting' OR bringing = 'due';
CREATE INDEX submission_cases_left ON submission_cases(tenant, settled_at) WHERE state = 'office';
CREATE INDEX submission_cases_by_scope ON submission_cases(scope, noted_at);

-- Submissions that were complete before there were cases of them.
INSERT INTO submission_cases(document, tenant, submission, scope, account, state, next_at, noted_at)
SELECT s.document, s.tenant, s.id, sc.id, d.account, 'waiting', s.completed_at, s.completed_at
FROM submissions s JOIN application_documents a ON a.id = s.document JOIN scopes sc ON sc.number = a.scope
JOIN devices d ON d.id = s.device WHERE s.completed_at IS NOT NULL;

-- The photo was opened, and is the picture that was handed in.
ALTER TABLE capture_uploads ADD COLUMN plain_verified_at INTEGER;
