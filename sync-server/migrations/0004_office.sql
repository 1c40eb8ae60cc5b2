-- Cases are listed by their number, newest first, and found by the number said on the phone.
CREATE UNIQUE INDEX cases_by_number ON cases(tenant, number);

-- Links asked for under a key of the asker's: asking again gives the first answer.
CREATE TABLE link_requests (
  tenant    TEXT NOT NULL,
  asked_by  TEXT NOT NULL,                 -- account:ID or key:ID
  key_hash  BLOB NOT NULL,                 -- SHA-256; the key itself is part of the token's making and is not kept
  body_hash BLOB NOT NULL,                 -- keyed; the same key with other content is refused
  link      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (tenant, asked_by, key_hash)
) WITHOUT ROWID;
