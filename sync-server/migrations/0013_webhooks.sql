-- Addresses of a company's own systems that are told what happens in its cases.
CREATE TABLE webhooks (
  tenant     TEXT NOT NULL,
  id         TEXT NOT NULL,                -- wh_…; its secret is worked out from the company's key
  url        TEXT NOT NULL,
  label      TEXT NOT NULL,
  made_by    TEXT NOT NULL,                -- account
  made_at    INTEGER NOT NULL,
  removed_at INTEGER,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;

-- What they are told, each until it was taken or given up. No personal data.
CREATE TABLE webhook_messages (
  tenant       TEXT NOT NULL,
  id           TEXT NOT NULL,              -- msg_…, the webhook-id of every try
  webhook      TEXT NOT NULL,
  case_id      TEXT NOT NULL,
  event        TEXT NOT NULL,
  body         TEXT NOT NULL,              -- JSON, as it is signed and sent
  state        TEXT NOT NULL,              -- waiting | delivered | given_up
  tries        INTEGER NOT NULL,
  last         TEXT,                       -- code of the last failure
  made_at      INTEGER NOT NULL,
  since        INTEGER,                    -- sent again by hand
  due_at       INTEGER NOT NULL,
  delivered_at INTEGER,
  PRIMARY KEY (tenant, id)
) WITHOUT ROWID;
CREATE INDEX webhook_messages_due ON webhook_messages(due_at) WHERE state = 'waiting';
CREATE INDEX webhook_messages_of ON webhook_messages(tenant, webhook, made_at);
