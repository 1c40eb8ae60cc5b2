-- Funders that companies added themselves. Each change is a row of its own; the newest counts, and cases of before go on
-- reading its name.
CREATE TABLE own_funders (
  tenant     TEXT NOT NULL,
  funder     TEXT NOT NULL,                -- its key: own-…, the same for no two companies
  number     INTEGER NOT NULL,             -- counted up per funder, from 1
  stage      TEXT NOT NULL,                -- draft | tested | live | retired
  terms      TEXT NOT NULL,                -- JSON, as in the shipped catalogue
  address    TEXT NOT NULL,
  timeout_ms INTEGER NOT NULL,
  mapping    TEXT NOT NULL,                -- JSON; {} is our own protocol
  api_key    BLOB NOT NULL,                -- sealed
  samples    BLOB NOT NULL,                -- sealed: answers that the mapping was tried on
  actor      TEXT NOT NULL,                -- account
  at         INTEGER NOT NULL,
  PRIMARY KEY (tenant, funder, number)
) WITHOUT ROWID;
