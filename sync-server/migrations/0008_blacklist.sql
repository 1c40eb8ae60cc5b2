-- The company's own blacklist. A value is there as a keyed hash (the same as the persons' blind index, so that cases are
-- held against it without opening anything), and masked under a key of the entry's own. An entry that is taken off is
-- deleted; the audit chain keeps that it was there, and who put it there and took it off.
CREATE TABLE blacklist (
  tenant      TEXT NOT NULL,
  id          TEXT NOT NULL,
  sort        TEXT NOT NULL,               -- id_number | phone | vin
  value_index BLOB NOT NULL,
  wrapped_key BLOB NOT NULL,               -- sealed by the tenant's key
  masked      BLOB NOT NULL,               -- sealed
  reason      BLOB NOT NULL,               -- sealed: free text may name people
  added_by    TEXT NOT NULL,               -- account
  added_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX blacklist_by_value ON blacklist(tenant, sort, value_index);
CREATE INDEX blacklist_by_time ON blacklist(tenant, added_at, id);
