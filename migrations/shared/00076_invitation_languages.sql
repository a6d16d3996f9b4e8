-- In which language an invitation is written; those of before went out in Dutch.

-- +goose Up
ALTER TABLE workgroup_invitations ADD COLUMN language TEXT NOT NULL DEFAULT 'nl';

-- +goose Down
ALTER TABLE workgroup_invitations DROP COLUMN language;
