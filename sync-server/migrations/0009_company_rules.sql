-- A company's own rules for its flows, besides the platform's. The newest counts; the ones before show who changed what.
CREATE TABLE company_rules (
  tenant TEXT NOT NULL,
  number INTEGER NOT NULL,                 -- counted up per tenant, from 1
  file   TEXT NOT NULL,                    -- JSON, a baseline file
  note   TEXT NOT NULL,
  actor  TEXT NOT NULL,                    -- account
  at     INTEGER NOT NULL,
  PRIMARY KEY (tenant, number)
) WITHOUT ROWID;
