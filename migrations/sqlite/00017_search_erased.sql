-- Words that are removed from the index are also removed from its pages, and those of before with them.

-- +goose Up
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);
INSERT INTO search_words (search_words) VALUES ('rebuild');

-- +goose Down
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 0);
