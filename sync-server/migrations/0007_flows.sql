-- Flows as staff compose them: drafts of their authors, each company's versions, and which of them new cases get. What a
-- version says is in flow_versions, under its hash.
CREATE TABLE flow_drafts (
  tenant   TEXT NOT NULL,
  id       TEXT NOT NULL,
  author   TEXT NOT NULL,                  -- account; nobody else sees it
  key      TEXT NOT NULL,
  revision INTEGER NOT NULL,               -- counted up with each time it is kept
  file     TEXT NOT NULL,                  -- JSON, sound or not
  base     TEXT,                           -- hash of the version that it was begun from, or handed in as
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX flow_drafts_by_author ON flow_drafts(tenant, author, saved_at);

CREATE TABLE company_flows (
  tenant       TEXT NOT NULL,
  hash         TEXT NOT NULL,              -- flow_versions
  key          TEXT NOT NULL,
  number       INTEGER NOT NULL,           -- counted up per key, from 1
  state        TEXT NOT NULL,              -- waiting | refused | approved | taken_back
  note         TEXT NOT NULL,
  author       TEXT NOT NULL,              -- account, or `platform` for what a release ships
  decided_by   TEXT,
  reason       TEXT,
  submitted_at INTEGER NOT NULL,
  decided_at   INTEGER,
  PRIMARY KEY (tenant, hash)
) WITHOUT ROWID;
CREATE UNIQUE INDEX company_flows_by_number ON company_flows(tenant, key, number);

-- Which version new cases get, and got. Of each flow at most one live version and one canary are open.
CREATE TABLE flow_releases (
  tenant    TEXT NOT NULL,
  key       TEXT NOT NULL,
  number    INTEGER NOT NULL,              -- counted up per key, from 1
  hash      TEXT NOT NULL,
  share     INTEGER NOT NULL,              -- percent of new cases; 100: live
  regions   TEXT NOT NULL,                 -- JSON list of provinces' codes; empty: all
  band      TEXT NOT NULL,                 -- JSON: when a canary is taken back by itself
  actor     TEXT NOT NULL,
  from_at   INTEGER NOT NULL,
  until_at  INTEGER,
  ended_why TEXT,                          -- replaced | went_live | taken_back | errors | slow | drift
  PRIMARY KEY (tenant, key, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX flow_releases_open ON flow_releases(tenant, key, share = 100) WHERE until_at IS NULL;
CREATE INDEX flow_releases_by_hash ON flow_releases(tenant, hash);

-- What a version does is counted over its newest cases.
CREATE INDEX cases_by_version ON cases(tenant, flow_hash, created_at);

-- What a flow decided before is found by its key: a new version is tried on it before it goes live, from what was known
-- when the case began (JSON; none for cases that began before there was this column).
ALTER TABLE runs ADD COLUMN start TEXT;
CREATE INDEX cases_by_flow ON cases(tenant, flow, created_at);

-- Cases that were moved to another version while they ran. Steps up to `seq` were made on `from_hash`.
CREATE TABLE case_moves (
  tenant    TEXT NOT NULL,
  case_id   TEXT NOT NULL,
  number    INTEGER NOT NULL,              -- counted up per case, from 1
  seq       INTEGER NOT NULL,              -- steps taken when it was moved
  from_hash TEXT NOT NULL,
  to_hash   TEXT NOT NULL,
  actor     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id, number)
) WITHOUT ROWID;
