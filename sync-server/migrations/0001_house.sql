-- The house: every row belongs to a tenant; every column that holds a person's data is sealed (BLOB, see crypt/).
-- Ids are text as the domain prints them; times are UTC milliseconds since 1970.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE counters (
  tenant TEXT NOT NULL,
  name   TEXT NOT NULL,
  value  INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

CREATE TABLE tenants (
  id         TEXT PRIMARY KEY,
  name_zh    TEXT NOT NULL,
  name_en    TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE accounts (
  tenant        TEXT NOT NULL REFERENCES tenants(id),
  id            TEXT NOT NULL,
  login         TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  roles         TEXT NOT NULL,             -- JSON list of role names
  failed        INTEGER NOT NULL DEFAULT 0, -- wrong passwords since the last right one
  locked_until  INTEGER,
  disabled_at   INTEGER,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,             -- SHA-256 of the cookie
  tenant     TEXT NOT NULL,
  account    TEXT NOT NULL,
  form_key   TEXT NOT NULL,                -- must come back with every form
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_keys (
  key_hash   BLOB PRIMARY KEY,             -- SHA-256 of the key
  tenant     TEXT NOT NULL REFERENCES tenants(id),
  id         TEXT NOT NULL,
  label      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) WITHOUT ROWID;

CREATE TABLE persons (
  tenant          TEXT NOT NULL,
  id              TEXT NOT NULL,
  wrapped_key     BLOB,                    -- gone: the person is erased
  id_number       BLOB,
  id_number_index BLOB,                    -- keyed blind index, exact look-up only
  name            BLOB,
  phone           BLOB,
  phone_index     BLOB,
  address         BLOB,
  created_at      INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX persons_by_id_number ON persons(tenant, id_number_index);
CREATE INDEX persons_by_phone ON persons(tenant, phone_index);

CREATE TABLE cases (
  tenant      TEXT NOT NULL,
  id          TEXT NOT NULL,
  number      INTEGER NOT NULL,            -- counted up per tenant, said on the phone
  person      TEXT NOT NULL,
  flow        TEXT NOT NULL,               -- key of the flow
  flow_hash   TEXT NOT NULL,               -- SHA-256 of the version it is pinned to
  request     TEXT NOT NULL,               -- JSON: product, vehicle, wishes; no personal data
  lang        TEXT NOT NULL,
  created_by  TEXT NOT NULL,               -- account or API key id
  photo_tries INTEGER NOT NULL DEFAULT 0,
  confirmed_reading INTEGER NOT NULL DEFAULT 0, -- 1: as read, 2: the customer confirmed the name
  human_asked INTEGER NOT NULL DEFAULT 0,
  decision    TEXT,                        -- approved | declined | withdrawn | expired
  reason      TEXT,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  ended_at    INTEGER,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX cases_by_time ON cases(tenant, created_at);
CREATE INDEX cases_by_person ON cases(tenant, person);

CREATE TABLE links (
  tenant     TEXT NOT NULL,
  id         TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,         -- SHA-256 of the token
  case_id    TEXT NOT NULL,
  opened_at  INTEGER,                      -- the customer pressed start
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX links_by_case ON links(tenant, case_id);
CREATE INDEX links_by_time ON links(tenant, created_at);

CREATE TABLE photos (
  tenant     TEXT NOT NULL,
  id         TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  sha256     BLOB NOT NULL,                -- of the bytes as handed in
  phash      TEXT,                         -- of the straightened card
  object     TEXT NOT NULL,                -- our re-encoded copy, sealed
  card       TEXT,                         -- object of the straightened card, sealed
  bytes      INTEGER NOT NULL,
  width      INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  quality    TEXT NOT NULL,                -- JSON of measures and flags
  reading    BLOB,                         -- what the reader said, sealed
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX photos_by_case ON photos(tenant, case_id, created_at);
CREATE INDEX photos_by_sha ON photos(tenant, sha256);

CREATE TABLE uploads (
  tenant     TEXT NOT NULL,
  id         TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  length     INTEGER NOT NULL,
  stored     INTEGER NOT NULL,             -- bytes that are durable
  parts      TEXT NOT NULL DEFAULT '[]',   -- JSON list of the offsets at which sealed parts begin
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

CREATE TABLE consents (
  tenant       TEXT NOT NULL,
  id           TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  purpose      TEXT NOT NULL,
  recipient    TEXT NOT NULL,
  text_version TEXT NOT NULL,
  text_sha256  TEXT NOT NULL,
  given_at     INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  withdrawn_at INTEGER,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX consents_by_case ON consents(tenant, case_id);

-- What the customer did, by the id the page or program minted: doing it again returns the first answer.
CREATE TABLE acts (
  tenant    TEXT NOT NULL,
  case_id   TEXT NOT NULL,
  act_id    TEXT NOT NULL,
  kind      TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id, act_id)
) WITHOUT ROWID;

CREATE TABLE flow_versions (
  hash       TEXT PRIMARY KEY,
  key        TEXT NOT NULL,
  definition TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
  tenant  TEXT NOT NULL,
  case_id TEXT NOT NULL,
  state   TEXT NOT NULL,                   -- the run as JSON; holds facts, never identifiers
  seq     INTEGER NOT NULL,                -- steps taken
  ended   INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, case_id)
) WITHOUT ROWID;

CREATE TABLE steps (
  tenant  TEXT NOT NULL,
  case_id TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  block   TEXT NOT NULL,
  visit   INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  outcome TEXT NOT NULL,
  since   INTEGER NOT NULL,                -- when the block became active
  at      INTEGER NOT NULL,
  trace   TEXT,                            -- JSON: which rule fired with which values
  PRIMARY KEY (tenant, case_id, seq)
) WITHOUT ROWID;

-- What a run waits for: a machine task, a customer, a queue or a partner. Rows go when the block is left.
CREATE TABLE tasks (
  tenant  TEXT NOT NULL,
  case_id TEXT NOT NULL,
  block   TEXT NOT NULL,
  visit   INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  owner   TEXT NOT NULL,                   -- machine | customer | queue:NAME | partner:NAME
  since   INTEGER NOT NULL,
  due_at  INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id, block, visit)
) WITHOUT ROWID;
CREATE INDEX tasks_by_due ON tasks(due_at);
CREATE INDEX tasks_by_owner ON tasks(tenant, owner, since);

CREATE TABLE partner_calls (
  tenant     TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  key        TEXT NOT NULL,                -- idempotency key sent
  partner    TEXT NOT NULL,
  purpose    TEXT,
  consent_id TEXT,                         -- the consent that allowed it
  outcome    TEXT NOT NULL,
  answer     BLOB,                         -- sealed
  at         INTEGER NOT NULL,
  ms         INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id, key)
) WITHOUT ROWID;

-- Answers that partners send on their own, kept until the case that asked can take them.
CREATE TABLE callbacks (
  webhook_id  TEXT PRIMARY KEY,
  partner     TEXT NOT NULL,
  reference   TEXT NOT NULL,
  body        TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  applied_at  INTEGER
) WITHOUT ROWID;
CREATE INDEX callbacks_by_reference ON callbacks(partner, reference);

CREATE TABLE offers (
  tenant       TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  number       INTEGER NOT NULL,           -- 1, 2, … as terms changed
  funder       TEXT NOT NULL,
  reference    TEXT NOT NULL,              -- the funder's own
  terms        TEXT NOT NULL,              -- canonical JSON
  terms_sha256 TEXT NOT NULL,
  offer        TEXT NOT NULL,              -- JSON: plan, schedule, reasons
  made_at      INTEGER NOT NULL,
  accepted_at  INTEGER,
  shown_at     INTEGER,                    -- disclosure sheet first shown
  confirmed_at INTEGER,                    -- disclosure confirmed
  PRIMARY KEY (tenant, case_id, number)
) WITHOUT ROWID;

CREATE TABLE codes (
  tenant     TEXT NOT NULL,
  case_id    TEXT NOT NULL,
  purpose    TEXT NOT NULL,                -- sign | reopen
  code_hash  BLOB,                         -- keyed; gone after use
  sent_at    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  sent_count INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id, purpose)
) WITHOUT ROWID;

CREATE TABLE contracts (
  tenant       TEXT NOT NULL,
  id           TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  terms_sha256 TEXT NOT NULL,
  object       TEXT NOT NULL,              -- sealed by the company
  signed       TEXT,                       -- object of the signed one
  sha256       TEXT,                       -- of the signed PDF
  made_at      INTEGER NOT NULL,
  intent_at    INTEGER,                    -- the right code was given
  signed_at    INTEGER,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX contracts_by_case ON contracts(tenant, case_id, made_at);

CREATE TABLE reviews (
  tenant    TEXT NOT NULL,
  case_id   TEXT NOT NULL,
  block     TEXT NOT NULL,
  visit     INTEGER NOT NULL,
  decision  TEXT NOT NULL,                 -- approve | decline | request_more
  reason    TEXT NOT NULL,
  things    TEXT,                          -- what was asked for
  account   TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (tenant, case_id, block, visit)
) WITHOUT ROWID;

-- A hash chain: each row's hash covers the one before it. Rows are only ever added.
CREATE TABLE audit (
  seq     INTEGER PRIMARY KEY,
  tenant  TEXT NOT NULL,
  at      INTEGER NOT NULL,
  actor   TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail  TEXT NOT NULL,
  hash    BLOB NOT NULL
);
CREATE INDEX audit_by_subject ON audit(tenant, subject);
