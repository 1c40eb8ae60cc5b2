-- A page of webhooks or of what one was told reads only its own rows, and so do the counts beside them.
CREATE INDEX webhooks_by_time ON webhooks(tenant, made_at, id) WHERE removed_at IS NULL;
CREATE INDEX webhook_messages_by_state ON webhook_messages(tenant, webhook, state, made_at);

-- A webhook entered under a key of the asker's: asking again gets the first answer.
ALTER TABLE webhooks ADD COLUMN asked_key BLOB;   -- SHA-256 of the key
ALTER TABLE webhooks ADD COLUMN asked_body BLOB;  -- keyed hash of what was to be entered
CREATE UNIQUE INDEX webhooks_by_key ON webhooks(tenant, made_by, asked_key) WHERE asked_key IS NOT NULL;
