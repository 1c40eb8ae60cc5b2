-- Advisors' devices, and the application documents that they fill in: a log of changes, each sealed under its document's
-- key. Nobody merges here: a change is stored as it came, and read back in the order of commits.

CREATE TABLE scopes (                        -- whose documents travel together
  number  INTEGER PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  tenant  TEXT NOT NULL,
  head    INTEGER NOT NULL DEFAULT 0         -- number of its newest change
);

CREATE TABLE scope_members (
  account TEXT NOT NULL,
  scope   TEXT NOT NULL REFERENCES scopes(id),
  own     INTEGER NOT NULL,                  -- 1: new documents of this account go here
  PRIMARY KEY (account, scope)
) WITHOUT ROWID;

CREATE TABLE devices (
  id           TEXT PRIMARY KEY,
  tenant       TEXT NOT NULL,
  account      TEXT NOT NULL,
  name         TEXT NOT NULL,                -- what its owner calls it
  public_key   BLOB NOT NULL UNIQUE,         -- Ed25519
  enrolled_at  INTEGER NOT NULL,
  last_seen_at INTEGER,
  unsynced     INTEGER NOT NULL DEFAULT 0,   -- items it held when it last came that were not here
  revoked      TEXT,                         -- hand_over or erase
  revoked_at   INTEGER,
  lost         INTEGER                       -- items that went with a stolen one
) WITHOUT ROWID;
CREATE INDEX devices_by_account ON devices(tenant, account);

CREATE TABLE application_documents (
  number      INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  tenant      TEXT NOT NULL,
  scope       INTEGER NOT NULL REFERENCES scopes(number),
  wrapped_key BLOB,                          -- gone: the document is erased
  changes     INTEGER NOT NULL DEFAULT 0,
  heads       BLOB NOT NULL                  -- sealed: names of the changes that no other follows, 32 bytes each
);

CREATE TABLE application_changes (
  scope     INTEGER NOT NULL,
  seq       INTEGER NOT NULL,                -- counted up per scope, in the order of commits
  document  INTEGER NOT NULL REFERENCES application_documents(number),
  name      BLOB NOT NULL,                   -- keyed: a change's own name is a hash of what somebody typed
  actor     BLOB NOT NULL,
  actor_seq INTEGER NOT NULL,
  sealed    BLOB NOT NULL,
  PRIMARY KEY (scope, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX application_changes_by_name ON application_changes(document, name);
CREATE UNIQUE INDEX application_changes_by_place ON application_changes(document, actor, actor_seq);

CREATE TABLE quarantined_changes (           -- what a revoked device still had, for a person to look at
  document    TEXT NOT NULL,
  name        BLOB NOT NULL,                 -- keyed
  tenant      TEXT NOT NULL,
  device      TEXT NOT NULL,
  wrapped_key BLOB NOT NULL,
  sealed      BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (document, name)
) WITHOUT ROWID;
CREATE INDEX quarantined_changes_by_device ON quarantined_changes(device);

CREATE TABLE submissions (                   -- one stands for each document: the first that came
  document    TEXT PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  tenant      TEXT NOT NULL,
  device      TEXT NOT NULL,
  heads       BLOB NOT NULL,                 -- sealed; frozen names of changes, 32 bytes each
  photos      BLOB NOT NULL,                 -- sealed; frozen id, two digests and length of each, 84 bytes
  received_at INTEGER NOT NULL,
  completed_at INTEGER                       -- every photo is here
) WITHOUT ROWID;

CREATE TABLE submission_photos (             -- which submissions a photo belongs to
  tenant   TEXT NOT NULL,
  photo    TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (tenant, photo, document)
) WITHOUT ROWID;

CREATE TABLE capture_uploads (               -- photos that devices took
  tenant      TEXT NOT NULL,
  photo       TEXT NOT NULL,
  device      TEXT NOT NULL,
  cipher      BLOB NOT NULL,                 -- SHA-256 of the whole, as the device signed it
  bytes       INTEGER NOT NULL,
  wrapped_key BLOB NOT NULL,
  stored      INTEGER NOT NULL DEFAULT 0,    -- bytes that are durable
  parts       TEXT NOT NULL DEFAULT '[]',    -- JSON list of the sealed parts' names
  created_at  INTEGER NOT NULL,
  verified_at INTEGER,                       -- whole, and its digest is the right one
  PRIMARY KEY (tenant, photo)
) WITHOUT ROWID;
CREATE INDEX capture_uploads_by_device ON capture_uploads(device, verified_at);
