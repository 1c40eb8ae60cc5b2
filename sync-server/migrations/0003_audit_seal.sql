-- A keyed hash over each audit row: whoever reaches only the database cannot rewrite the chain. Rows from before have
-- none; `audit_sealed_from` in `meta` says where they end.
ALTER TABLE audit ADD COLUMN seal BLOB;
