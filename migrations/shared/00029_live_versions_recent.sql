-- +goose Up
-- The restores of the last minutes are looked after once a minute.
CREATE INDEX live_versions_restores ON live_versions (at) WHERE kind = 'before_restore';

-- +goose Down
DROP INDEX live_versions_restores;
