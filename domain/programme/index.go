package programme

import (
	"context"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/domain/search"
)

// SearchKind and RequirementKind name documents and requirements in the search index.
const (
	SearchKind      = "document"
	RequirementKind = "requirement"
)

// searchID names a requirement in the search index: its id alone may occur in another document too.
func searchID(d ID, r RequirementID) string { return string(d) + "/" + string(r) }

// index lets a new document be found by its title. Its text is read later, by IndexText.
func index(tx *database.Tx, d RequirementsDocument) error { return search.Put(tx, entryOf(d)) }

func entryOf(d RequirementsDocument) search.Entry {
	return search.Entry{Kind: SearchKind, ID: string(d.ID), Workgroup: d.WorkgroupID, Audience: d.Audience, Title: d.Title}
}

// Indexed says which text of a document the search index has.
type Indexed struct {
	ID     ID
	LiveID livedoc.ID
	Text   string `gorm:"column:indexed_text"` // as IndexText was told it is called; empty for none
}

// Indexed lists all documents by id, at most limit after one of them, for whoever keeps the index.
func (s *Service) Indexed(ctx context.Context, after ID, limit int) ([]Indexed, error) {
	var found []Indexed
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		found, err = indexedAfter(tx, after, limit)
		return err
	})
	return found, err
}

// IndexText lets a document be found by the words of its text, and each requirement in it by its own. Words
// that are not in the text any more are found by nobody from then on. Requirements without a key get one,
// as for a reader. called names this text for Indexed; more says that it was too much for one step, and
// that IndexText is to be called again.
func (s *Service) IndexText(ctx context.Context, id ID, text richtext.Document, called string) (more bool, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		d, err := lockedForIndex(tx, id)
		if err != nil {
			return err
		}
		all, unnumbered, err := s.withKeys(tx, &d, text.IDs(richtext.Requirement))
		if err != nil {
			return err
		}
		around, blocks := parted(text.Blocks)
		whole := entryOf(d)
		whole.Body = richtext.Document{Blocks: around}.Plain()
		if err := search.Put(tx, whole); err != nil {
			return err
		}
		var entries []search.Entry
		for _, b := range blocks {
			if r, known := all[RequirementID(b.ID)]; known {
				delete(all, r.ID) // a copy in the text has no page of its own
				entries = append(entries, search.Entry{
					Kind: RequirementKind, ID: searchID(d.ID, r.ID), Workgroup: d.WorkgroupID, Audience: d.Audience,
					Title: r.Key(), Body: b.Plain(),
				})
			}
		}
		more, err = search.PutParts(tx, search.Ref{Kind: SearchKind, ID: string(d.ID)}, entries)
		if err != nil {
			return err
		}
		if more = more || unnumbered; more {
			return nil
		}
		return updateIndexedText(tx, d.ID, called)
	})
	return more, err
}

// withKeys returns the requirements of a document by id, after those that its text shows got their keys.
func (s *Service) withKeys(tx *database.Tx, d *RequirementsDocument, shown []string) (map[RequirementID]Requirement, bool, error) {
	all, err := requirementsOf(tx, d.ID)
	if err != nil {
		return nil, false, err
	}
	ids := make([]RequirementID, len(shown))
	for i, id := range shown {
		ids[i] = RequirementID(id)
	}
	added, more, err := s.number(tx, d, access.PersonID(""), ids, all)
	if err != nil {
		return nil, false, err
	}
	byID := make(map[RequirementID]Requirement, len(all)+len(added))
	for _, r := range append(all, added...) {
		byID[r.ID] = r
	}
	return byID, more, nil
}

// parted divides a text in its requirements and what stands around them.
func parted(blocks []richtext.Block) (around, requirements []richtext.Block) {
	for _, b := range blocks {
		if b.Kind == richtext.Requirement {
			requirements = append(requirements, b)
			continue
		}
		within, deeper := parted(b.Blocks)
		b.Blocks = within
		around, requirements = append(around, b), append(requirements, deeper...)
	}
	return around, requirements
}
