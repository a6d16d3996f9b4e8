package programme

import (
	"context"
	"fmt"
	"slices"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/search"
)

// Service holds the use cases. It is safe for concurrent use.
type Service struct {
	db *database.DB
	// Now is the clock; tests replace it.
	Now func() time.Time
}

// New returns the use cases on a database.
func New(db *database.DB) *Service { return &Service{db: db, Now: database.Now} }

// PageSize is how many documents one page of a list holds.
const PageSize = 20

// Filter narrows a list. The zero value is everything, from the first page.
type Filter struct {
	Workgroup string
	Mine      bool // of groups that who asks is in
	Page      int  // counted from 1
}

func (f Filter) offset() int { return max(f.Page-1, 0) * PageSize }

// List is one page of documents, by title, and how many there are on all pages.
type List struct {
	Documents  []RequirementsDocument
	Found      int
	Workgroups []string // every group with a document that the reader may know of, filtered or not
}

// Documents lists what the actor may read.
func (s *Service) Documents(ctx context.Context, who access.Actor, f Filter) (List, error) {
	var list List
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if list.Documents, err = visibleDocuments(tx, who, f); err != nil {
			return err
		}
		if list.Found, err = countVisible(tx, who, f); err != nil {
			return err
		}
		list.Workgroups, err = workgroupsOfVisible(tx, who)
		return err
	})
	return list, err
}

// Get returns one document that the actor may read.
func (s *Service) Get(ctx context.Context, who access.Actor, id ID) (RequirementsDocument, error) {
	var d RequirementsDocument
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		d, err = readable(tx, who, id)
		return err
	})
	return d, err
}

// readable asks the policy after the query, so that one table stays the judge of both.
func readable(tx *database.Tx, who access.Actor, id ID) (RequirementsDocument, error) {
	d, err := visibleDocument(tx, who, id)
	if err != nil {
		return d, err
	}
	return d, who.May(access.ReadDocument, d.Scope())
}

// Input is what somebody says of a new document.
type Input struct {
	Workgroup    string
	Title        string
	Audience     access.Audience
	Confidential bool
	Key          string // of the form; the same key of the same person makes one document only
	Seed         []byte // the first text, as an update of the shared document; empty for an empty text
}

// Check finds what is wrong with in.
func (in Input) Check() error {
	var mistakes fault.Mistakes
	_, mistake := title(in.Title)
	mistakes.Add(mistake)
	mistakes.Add(audience(in.Audience))
	return mistakes.Err()
}

// sameAs reports whether a form would make the document that it made before.
func (d RequirementsDocument) sameAs(other RequirementsDocument) bool {
	return d.WorkgroupID == other.WorkgroupID && d.Title == other.Title && d.Audience == other.Audience && d.Confidential == other.Confidential
}

// Create makes a document for a workgroup, with its shared text. Sending the same form again
// returns the document that it made; with other content it is a conflict, which comes with that document.
func (s *Service) Create(ctx context.Context, who access.Actor, in Input) (RequirementsDocument, error) {
	var d RequirementsDocument
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		if err := s.MayCreate(who, in.Workgroup); err != nil {
			return err
		}
		if err := in.Check(); err != nil {
			return err
		}
		name, _ := title(in.Title)
		now := s.Now()
		d = RequirementsDocument{
			ID: ID(database.NewID()), WorkgroupID: in.Workgroup, Audience: in.Audience, Title: name,
			Confidential: in.Confidential, CreatedBy: who.ID, CreatedAt: now, ChangedAt: now,
		}
		if d.FormKey = in.Key; d.FormKey == "" {
			d.FormKey = string(d.ID)
		}
		before, known, err := documentOfForm(tx, who.ID, d.FormKey)
		if err != nil || known {
			same := before.sameAs(d)
			if d = before; err == nil && !same {
				err = fault.SentBefore()
			}
			return err
		}
		if d.LiveID, err = livedoc.Create(tx, LiveKind, string(d.ID), in.Seed); err != nil {
			return err
		}
		if err := insertDocument(tx, d); err != nil {
			return err
		}
		if err := index(tx, d); err != nil {
			return err
		}
		return event.Record(tx, event.RequirementsDocumentCreated{Document: string(d.ID), Workgroup: d.WorkgroupID, Person: string(who.ID)})
	})
	return d, err
}

// Rename gives a document another title, unless it has another one than was; an empty was is any.
func (s *Service) Rename(ctx context.Context, who access.Actor, id ID, was, to string) (RequirementsDocument, error) {
	var d RequirementsDocument
	err := s.db.InTx(ctx, func(tx *database.Tx) (err error) {
		if d, err = s.editable(tx, who, id); err != nil {
			return err
		}
		name, mistake := title(to)
		if mistake != nil {
			return mistake
		}
		switch {
		case name == d.Title:
			return fault.Unchanged()
		case was != "" && was != d.Title:
			return fault.Overtaken().At("title")
		}
		d.Title, d.ChangedAt = name, s.Now()
		if err := updateTitle(tx, d); err != nil {
			return err
		}
		if err := search.Retitle(tx, SearchKind, string(d.ID), d.Title); err != nil {
			return err
		}
		return event.Record(tx, event.RequirementsDocumentRenamed{Document: string(d.ID), Person: string(who.ID)})
	})
	return d, err
}

// Show lets another audience read a document, unless another than was reads it; an empty was is any. Whoever may begin one
// in the group decides that. Those who read it live and may not any more are asked for the right again.
func (s *Service) Show(ctx context.Context, who access.Actor, id ID, was, to access.Audience) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		d, err := lockedDocument(tx, who, id)
		if err != nil {
			return err
		}
		if err := s.mayShow(who, d); err != nil {
			return err
		}
		if mistake := audience(to); mistake != nil {
			return mistake
		}
		switch {
		case to == d.Audience:
			return fault.Unchanged()
		case was != "" && was != d.Audience:
			return fault.Overtaken().At("audience")
		}
		if err := updateAudience(tx, d.ID, to, s.Now()); err != nil {
			return err
		}
		if err := search.Show(tx, search.Ref{Kind: SearchKind, ID: string(d.ID)}, to); err != nil {
			return err
		}
		return livedoc.RevokeEverywhere(tx)
	})
}

// Remove deletes a document in which nothing stands, with all that was kept of it, for whoever may begin one in the group.
// The caller saw that it was empty at update seq of an epoch of its shared text; when somebody wrote since, it is a
// conflict and nothing is removed. Its keys are used by no other document.
func (s *Service) Remove(ctx context.Context, who access.Actor, id ID, epoch, seq int64) error {
	return s.db.InTx(ctx, func(tx *database.Tx) error {
		d, err := lockedDocument(tx, who, id)
		if err != nil {
			return err
		}
		if err := s.mayShow(who, d); err != nil {
			return err
		}
		if err := livedoc.Remove(tx, LiveKind, string(d.ID), epoch, seq); err != nil {
			return err
		}
		if err := deleteDocument(tx, d.ID); err != nil {
			return fmt.Errorf("remove document %s: %w", d.ID, err)
		}
		if err := search.RemoveWhole(tx, search.Ref{Kind: SearchKind, ID: string(d.ID)}); err != nil {
			return err
		}
		return event.Record(tx, event.RequirementsDocumentRemoved{Document: string(d.ID), Workgroup: d.WorkgroupID, Person: string(who.ID)})
	})
}

func (s *Service) mayShow(who access.Actor, d RequirementsDocument) error {
	return who.May(access.CreateDocument, d.Scope())
}

// MayShow tells whether the actor may give a document that Get returned another audience.
func (s *Service) MayShow(who access.Actor, d RequirementsDocument) bool {
	return s.mayShow(who, d) == nil
}

// Showable is Get for who wants to give the document another audience.
func (s *Service) Showable(ctx context.Context, who access.Actor, id ID) (RequirementsDocument, error) {
	d, err := s.Get(ctx, who, id)
	if err != nil {
		return d, err
	}
	return d, s.mayShow(who, d)
}

func (s *Service) editable(tx *database.Tx, who access.Actor, id ID) (RequirementsDocument, error) {
	d, err := lockedDocument(tx, who, id)
	if err != nil {
		return d, err
	}
	return d, who.May(access.EditDocument, d.Scope())
}

// AddRequirement gives the requirement with this id its key. Asking again returns the same key;
// numbers follow each other without a gap, in order of commit, and are never used again.
func (s *Service) AddRequirement(ctx context.Context, who access.Actor, document ID, id RequirementID) (Requirement, error) {
	all, err := s.AddRequirements(ctx, who, document, []RequirementID{id})
	if err != nil {
		return Requirement{}, err
	}
	if len(all) == 0 {
		return Requirement{}, fault.TooMuch("programmes.requirement.too_many", "Max", maxRequirements)
	}
	return all[0], nil
}

// AddRequirements is AddRequirement for several, in this order. Those for which the document has no key
// left are not returned.
func (s *Service) AddRequirements(ctx context.Context, who access.Actor, document ID, ids []RequirementID) ([]Requirement, error) {
	var all []Requirement
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		d, err := s.editable(tx, who, document)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !id.valid() {
				return fault.Invalid("programmes.requirement.bad_id").At("id")
			}
		}
		if all, err = namedRequirements(tx, d.ID, ids); err != nil {
			return err
		}
		added, _, err := s.number(tx, &d, who.ID, ids, all)
		all = append(all, added...)
		return err
	})
	return all, err
}

// ShownRequirements gives each of these requirements that has none its key, in this order, and then returns
// what Requirements does; more says that some have none yet and get one the next time, so that nobody waits
// for very many. shown is what the text of the document shows: therefore whoever may read the document may
// be the one for whom keys are given out. When they cannot be stored the error comes with the requirements
// as they are, which then are not nil.
func (s *Service) ShownRequirements(
	ctx context.Context, who access.Actor, document ID, shown []RequirementID,
) (all []Requirement, more bool, err error) {
	if all, err = s.Requirements(ctx, who, document); err != nil {
		return nil, false, err
	}
	if len(missing(shown, all, 1)) == 0 || len(all) >= maxRequirements {
		return all, false, nil
	}
	was := slices.Concat([]Requirement{}, all)
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		d, err := lockedDocument(tx, who, document)
		if err != nil {
			return err
		}
		if err := who.May(access.ReadDocument, d.Scope()); err != nil {
			return err
		}
		if all, err = requirementsOf(tx, d.ID); err != nil {
			return err
		}
		var by access.PersonID
		if s.MayWrite(who, d) {
			by = who.ID
		}
		var added []Requirement
		added, more, err = s.number(tx, &d, by, shown, all)
		all = append(all, added...)
		return err
	})
	if err != nil {
		return was, false, err
	}
	return all, more, nil
}

// missing are those of some ids that none of the requirements has, each once, at most so many.
func missing(ids []RequirementID, all []Requirement, most int) []RequirementID {
	known := make(map[RequirementID]bool, len(all))
	for _, r := range all {
		known[r.ID] = true
	}
	var found []RequirementID
	for _, id := range ids {
		if len(found) == most {
			break
		}
		if !known[id] && id.valid() {
			known[id] = true
			found = append(found, id)
		}
	}
	return found
}

// number gives keys to those of these ids that are not among the known requirements, and returns what it
// added; more when it stopped before the last although there are keys left. by is empty when nobody who
// may write asked for it.
func (s *Service) number(
	tx *database.Tx, d *RequirementsDocument, by access.PersonID, ids []RequirementID, known []Requirement,
) (added []Requirement, more bool, err error) {
	left := max(maxRequirements-d.LastNumber, 0)
	fresh := missing(ids, known, min(left, keysAtOnce)+1)
	if more = len(fresh) > keysAtOnce && left > keysAtOnce; len(fresh) > min(left, keysAtOnce) {
		fresh = fresh[:min(left, keysAtOnce)]
	}
	if len(fresh) == 0 {
		return nil, more, nil
	}
	now := s.Now()
	events := make([]event.Event, len(fresh))
	for i, id := range fresh {
		d.LastNumber++
		added = append(added, Requirement{
			DocumentID: d.ID, ID: id, Number: d.LastNumber, Status: Draft, CreatedBy: by, CreatedAt: now, ChangedAt: now,
		})
		events[i] = event.RequirementAdded{Document: string(d.ID), Requirement: string(id), Person: string(by)}
	}
	if by != "" {
		d.ChangedAt = now
	}
	if err := insertRequirements(tx, added); err != nil {
		return nil, false, err
	}
	if err := updateLastNumber(tx, *d); err != nil {
		return nil, false, err
	}
	return added, more, event.Record(tx, events...)
}

// Requirements returns the requirements of a document in the order of their keys.
func (s *Service) Requirements(ctx context.Context, who access.Actor, document ID) ([]Requirement, error) {
	var found []Requirement
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		d, err := readable(tx, who, document)
		if err != nil {
			return err
		}
		found, err = requirementsOf(tx, d.ID)
		return err
	})
	return found, err
}

// Requirement returns one requirement with its document.
func (s *Service) Requirement(ctx context.Context, who access.Actor, document ID, id RequirementID) (RequirementsDocument, Requirement, error) {
	var d RequirementsDocument
	var r Requirement
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		if d, err = readable(tx, who, document); err != nil {
			return err
		}
		r, err = requirementOf(tx, d.ID, id)
		return err
	})
	return d, r, err
}

// Classify says what kind of agreement a requirement is and how much it matters; empty is "not said".
func (s *Service) Classify(ctx context.Context, who access.Actor, document ID, id RequirementID, t Type, p Priority) (Requirement, error) {
	var r Requirement
	err := s.db.InTx(ctx, func(tx *database.Tx) error {
		d, err := s.editable(tx, who, document)
		if err != nil {
			return err
		}
		if r, err = requirementOf(tx, d.ID, id); err != nil {
			return err
		}
		if err := CheckClass(t, p); err != nil {
			return err
		}
		if r.Type == t && r.Priority == p {
			return nil
		}
		if r.Type != t {
			r.Type, r.TypeBy = t, who.ID
		}
		if r.Priority != p {
			r.Priority, r.PriorityBy = p, who.ID
		}
		r.ChangedAt = s.Now()
		if err := updateClassification(tx, r); err != nil {
			return err
		}
		return event.Record(tx, event.RequirementClassified{Document: string(d.ID), Requirement: string(id), Person: string(who.ID)})
	})
	return r, err
}

// LiveKind names, to the shared texts, what owns the text of a programme of requirements.
const LiveKind = "programme"

// MayCreate tells whether the actor may begin a document in a group, as Create does. Whoever is no
// member does not learn from the answer whether the group exists.
func (s *Service) MayCreate(who access.Actor, workgroup string) error {
	return who.May(access.CreateDocument, access.Scope{Workgroup: workgroup, Audience: access.Members})
}

// MayWrite tells whether the actor may change a document that Get returned.
func (s *Service) MayWrite(who access.Actor, d RequirementsDocument) bool {
	return who.Can(access.EditDocument, d.Scope())
}

// History is Get for who wants to read how the text came about: its versions, and who wrote what. What
// is public is so as it reads now; its past is for the group.
func (s *Service) History(ctx context.Context, who access.Actor, id ID) (RequirementsDocument, error) {
	d, err := s.Get(ctx, who, id)
	if err != nil {
		return d, err
	}
	return d, who.May(access.ReadHistory, d.Scope())
}

// MayReadHistory tells whether History would return a document that Get returned.
func (s *Service) MayReadHistory(who access.Actor, d RequirementsDocument) bool {
	return who.Can(access.ReadHistory, d.Scope())
}

// Writable is Get for who wants to change the document.
func (s *Service) Writable(ctx context.Context, who access.Actor, id ID) (RequirementsDocument, error) {
	d, err := s.Get(ctx, who, id)
	if err != nil {
		return d, err
	}
	return d, who.May(access.EditDocument, d.Scope())
}

// Hide takes the documents of a group that turns private out of the sight of outsiders, in the
// transaction in which it does. Who reads one live at that moment is asked for the right again.
func Hide(tx *database.Tx, workgroup string) error {
	if err := hideFromOutsiders(tx, workgroup); err != nil {
		return fmt.Errorf("hide the documents of %s: %w", workgroup, err)
	}
	return livedoc.RevokeEverywhere(tx)
}
