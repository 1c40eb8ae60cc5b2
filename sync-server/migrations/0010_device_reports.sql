-- How devices stand, as they last said, and when they were connected. No names and no values: ids, counts and codes.

CREATE TABLE device_reports (
  device      TEXT PRIMARY KEY,
  tenant      TEXT NOT NULL,
  at          INTEGER NOT NULL,              -- by the server's clock
  app         TEXT NOT NULL,                 -- version
  unsynced    INTEGER NOT NULL,              -- items that it alone has
  aside       INTEGER NOT NULL,              -- of these, set aside
  photo_bytes INTEGER NOT NULL,              -- still to be uploaded
  oldest      INTEGER,                       -- since when its oldest item is unsafe, by the server's clock
  ahead_ms    INTEGER NOT NULL,              -- how far its clock is ahead of the server's
  kept        INTEGER,                       -- 1: its storage is kept when space runs short; unknown: NULL
  free        INTEGER,                       -- bytes
  cursors     TEXT NOT NULL,                 -- JSON: scope and how far it was pulled
  items       TEXT NOT NULL                  -- JSON: what is not yet safe, by document
) WITHOUT ROWID;
CREATE INDEX device_reports_by_tenant ON device_reports(tenant);

CREATE TABLE device_visits (                 -- one connection each; the newest of a device are kept
  id       TEXT PRIMARY KEY,
  tenant   TEXT NOT NULL,
  device   TEXT NOT NULL,
  came_at  INTEGER NOT NULL,                 -- its lease begins here
  heard_at INTEGER NOT NULL,                 -- last known to be there
  left_at  INTEGER,                          -- gone: it is connected
  pushed   INTEGER NOT NULL DEFAULT 0,       -- changes it brought
  refused  INTEGER NOT NULL DEFAULT 0,       -- changes that were not taken
  pulled   INTEGER NOT NULL DEFAULT 0,       -- changes it was sent
  handed_in INTEGER NOT NULL DEFAULT 0       -- receipts it was given
) WITHOUT ROWID;
CREATE INDEX device_visits_by_device ON device_visits(device, came_at);
CREATE INDEX device_visits_open ON device_visits(device) WHERE left_at IS NULL;
CREATE INDEX devices_by_tenant ON devices(tenant, last_seen_at);
