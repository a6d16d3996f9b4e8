package search

import (
	"context"
	"fmt"

	"samenwijk/domain/database"
)

// Check asks whether the words that are looked in are those of the entries. It changes nothing, tells
// found what is wrong, in a sentence, and returns how many entries there are.
func (s *Service) Check(ctx context.Context, found func(string)) (int, error) {
	var entries int
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		return tx.Gorm().Raw("SELECT COUNT(*) FROM search_entries").Scan(&entries).Error
	})
	if err != nil {
		return 0, err
	}
	if err := s.checkWords(ctx, found); err != nil || s.db.Dialect() == database.Postgres {
		return entries, err
	}
	// SQLite asks this by an INSERT into a column with the name of the table; nothing is written.
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		return tx.Gorm().Exec("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)").Error
	})
	if err != nil && ctx.Err() == nil {
		found(fmt.Sprintf("The index of words does not say what the entries say (%v). Nothing but finding suffers: "+
			"run INSERT INTO search_words (search_words) VALUES ('rebuild').", err))
		err = nil
	}
	return entries, err
}

// checkWords makes the words of the entries again, some at a time. Those of another form are not wrong:
// they are written when the program starts.
func (s *Service) checkWords(ctx context.Context, found func(string)) error {
	const atOnce = 500
	type entry struct{ Kind, ID, Title, Body, TitleWords, Words string }
	last := entry{}
	for {
		var some []entry
		err := s.db.Read(ctx, func(tx *database.Tx) error {
			return tx.Gorm().Raw(`SELECT kind, id, title, body, title_words, words FROM search_entries
				WHERE (kind, id) > (?, ?) AND form = ? ORDER BY kind, id LIMIT ?`, last.Kind, last.ID, form, atOnce).Scan(&some).Error
		})
		if err != nil {
			return err
		}
		wrong := 0
		for _, e := range some {
			if titleWords, words := wordsFor(e.Title, e.Body); titleWords != e.TitleWords || words != e.Words {
				wrong++
			}
		}
		if wrong > 0 {
			found(fmt.Sprintf("Entries of the index whose words are not those of their text: %d, among the %d from %s %s on. "+
				"Nothing but finding suffers: run UPDATE search_entries SET form = 0, and start the program.",
				wrong, len(some), some[0].Kind, some[0].ID))
		}
		if len(some) < atOnce {
			return nil
		}
		last = some[len(some)-1]
	}
}
