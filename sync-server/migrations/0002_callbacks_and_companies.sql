-- Who stands in a contract: what the company is registered with. Empty until `miaopi admin company` says it.
ALTER TABLE tenants ADD COLUMN credit_code TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN phone TEXT NOT NULL DEFAULT '';

-- Answers that partners send on their own belong to the case that asked; a partner's message happens once.
-- (Nothing was ever kept in the table of the first migration.)
DROP TABLE callbacks;
CREATE TABLE callbacks (
  partner     TEXT NOT NULL,               -- the funder's key
  webhook_id  TEXT NOT NULL,
  tenant      TEXT NOT NULL,
  case_id     TEXT NOT NULL,
  reference   TEXT NOT NULL,               -- the partner's own
  body_sha256 BLOB NOT NULL,               -- the same id with another body is refused
  decision    TEXT NOT NULL,               -- JSON
  received_at INTEGER NOT NULL,
  applied_at  INTEGER,                     -- NULL: parked, or too late
  PRIMARY KEY (partner, webhook_id)
) WITHOUT ROWID;
CREATE INDEX callbacks_by_case ON callbacks(tenant, case_id);

-- A partner names the case alone.
CREATE INDEX cases_by_id ON cases(id);
