-- Since when nobody works in a workgroup any more; empty while people do.

-- +goose Up
ALTER TABLE workgroups ADD COLUMN archived_at TIMESTAMPTZ;
CREATE INDEX workgroups_archived ON workgroups (id) WHERE archived_at IS NOT NULL;

-- +goose Down
DROP INDEX workgroups_archived;
ALTER TABLE workgroups DROP COLUMN archived_at;
