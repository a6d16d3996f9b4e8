-- Who chose the type and the priority of a requirement last; empty when nobody did, or when it was chosen before this.

-- +goose Up
ALTER TABLE requirements ADD COLUMN type_by TEXT NOT NULL DEFAULT '';
ALTER TABLE requirements ADD COLUMN priority_by TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE requirements DROP COLUMN priority_by;
ALTER TABLE requirements DROP COLUMN type_by;
