-- What whoever invites writes in the letter; empty when they write nothing.

-- +goose Up
ALTER TABLE workgroup_invitations ADD COLUMN message TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE workgroup_invitations DROP COLUMN message;
