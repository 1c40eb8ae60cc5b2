-- What a program may do stands in its key. Keys from before keep what they could do.
ALTER TABLE api_keys ADD COLUMN scopes TEXT NOT NULL DEFAULT 'links:write cases:read documents:read';
