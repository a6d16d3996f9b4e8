// Package collab joins the two halves of a live document: the rooms, which know texts and
// connections, and the log, which knows rows. It says who may come in: for each kind of owner the
// program gives a func that answers, so that neither half knows programmes or notes.
package collab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/hub"
)

// Right is what somebody may do with a live document.
type Right = hub.Mode

const (
	None  Right = hub.None
	Read  Right = hub.Read
	Write Right = hub.Write
)

// Standing is what somebody may do with a live document, and for which stakeholder group they speak
// there, which gives their caret its colour; empty when for none.
type Standing struct {
	Right     Right
	Group     string
	Workgroup string    // the group of people whose document it is
	Until     time.Time // when the right ends by itself; the zero time is never
}

// Owner answers how somebody stands towards the live document of one thing, such as a programme. It
// asks the database anew each time. Faults pass through to whoever asked: NotFound for what they
// may not know exists. No right without a fault is Forbidden.
type Owner func(ctx context.Context, who access.Actor, ownerID string) (Standing, error)

// Entry is what somebody comes in with: who they are, and the session or the token that says so. A
// visitor has none of it.
type Entry struct {
	Person  access.PersonID
	Session string // of a browser
	Token   string // the id of a token, of a machine
}

// Person is who somebody is at this moment, and how far what they came in with reaches.
type Person struct {
	Actor access.Actor
	Name  string
	// Until is when it ends by itself; the zero time is never.
	Until time.Time
	// Narrow returns what is left of a right under a token that does not carry all of it. Nil
	// leaves everything.
	Narrow func(document livedoc.ID, standing Standing) Right
}

// Config is what the rooms must know besides the log. All of it is required, except Limits,
// Bus and Compaction.
type Config struct {
	// Owners answers by kind of owner.
	Owners map[string]Owner
	// Person reads roles and name of somebody with an account. Somebody whose session or token is
	// over is fault.KindUnauthenticated.
	Person func(ctx context.Context, by Entry) (Person, error)
	Limits hub.Limits
	// Bus reaches the other programs on the same database; nil when this is the only one.
	Bus        hub.Bus
	Compaction Compaction
	Log        *slog.Logger
}

// Collab is the live documents of this program. It is safe for concurrent use.
type Collab struct {
	config  Config
	log     *livedoc.Log
	hub     *hub.Hub
	refused refusals
}

// New joins the rooms to a log. Nobody can write before Run.
func New(log *livedoc.Log, config Config) *Collab {
	rooms := hub.New(Log(log), config.Bus, config.Limits, config.Log)
	rooms.Door = doorOf
	return &Collab{config: config, log: log, hub: rooms}
}

// Run runs the rooms and the log's committer until ctx ends. The committer ends last: what the
// rooms received is stored.
func (c *Collab) Run(ctx context.Context) error {
	committing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var committer sync.WaitGroup
	var err error
	committer.Go(func() { err = c.log.Run(committing) })
	rooms := c.hub.Run(ctx)
	stop()
	committer.Wait()
	return errors.Join(rooms, err)
}

// Limits are those in force.
func (c *Collab) Limits() hub.Limits { return c.config.Limits.OrDefault() }

// Right says what somebody may do with a document.
func (c *Collab) Right(ctx context.Context, who access.Actor, id livedoc.ID) (Right, error) {
	doc, err := c.log.Head(ctx, id)
	if err != nil {
		return None, err
	}
	return c.right(ctx, who, doc)
}

func (c *Collab) right(ctx context.Context, who access.Actor, doc livedoc.Document) (Right, error) {
	standing, err := c.standing(ctx, who, doc)
	return standing.Right, err
}

func (c *Collab) standing(ctx context.Context, who access.Actor, doc livedoc.Document) (Standing, error) {
	owner, known := c.config.Owners[doc.OwnerKind]
	if !known {
		return Standing{}, fmt.Errorf("nobody answers for live documents of a %s", doc.OwnerKind)
	}
	standing, err := owner(ctx, who, doc.OwnerID)
	if err == nil && standing.Right == None {
		err = fault.Forbidden("forbidden")
	}
	return standing, err
}

// Admission is who somebody is and how they stand towards a document, asked at one moment. Whoever enters
// with it is asked again as soon as rights may have changed since.
type Admission struct {
	by       Entry
	doc      livedoc.Document
	person   Person
	standing Standing
}

// Right is what they may do.
func (a *Admission) Right() Right { return a.standing.Right }

// Admit says how somebody stands towards a document by what they come in with.
func (c *Collab) Admit(ctx context.Context, by Entry, document livedoc.ID) (*Admission, error) {
	a := &Admission{by: by}
	var err error
	if a.doc, err = c.log.Head(ctx, document); err != nil { // before the right: what changes in between shows later
		return nil, err
	}
	if a.person, a.standing, err = c.member(ctx, by, a.doc); err != nil {
		return nil, err
	}
	return a, nil
}

// Named returns the id of the document that people know by this one: its own, or that of the thing whose
// document it is. It says nothing of who may know it.
func (c *Collab) Named(ctx context.Context, id livedoc.ID) (livedoc.ID, error) {
	doc, err := c.log.Named(ctx, string(id))
	return doc.ID, err
}

// Client is what a program said of itself when it came; see hub.Member.
type Client struct {
	Acks, Pieces bool
	Model        int64
	Has          *hub.Has
	Wake         func()
}

// Join lets a person or a visitor into a document with at most the right most. Who they are and
// what they came in with is read anew, now and whenever rights may have changed. Errors are hub
// refusals. The session must be ended with Leave.
func (c *Collab) Join(ctx context.Context, by Entry, document livedoc.ID, most Right, client Client) (*hub.Session, error) {
	a, err := c.Admit(ctx, by, document)
	if err != nil {
		return nil, c.refusal(err, document, by.Person)
	}
	return c.Enter(ctx, a, most, client)
}

// Enter is Join for who was just admitted.
func (c *Collab) Enter(ctx context.Context, a *Admission, most Right, client Client) (*hub.Session, error) {
	permit := func(s Standing) hub.Permit { return hub.Permit{Mode: min(s.Right, most), Until: s.Until} }
	return c.hub.Join(ctx, string(a.doc.ID), hub.Member{
		User: hub.User{
			ID: string(a.by.Person), Name: a.person.Name, Initials: initials(a.person.Name), Group: a.standing.Group,
		},
		Acks: client.Acks, Pieces: client.Pieces, Model: client.Model, Has: client.Has, Wake: client.Wake,
		Known: hub.Known{Rights: a.doc.ACLVersion, Permit: permit(a.standing)},
		Confirm: func(ctx context.Context) (hub.Permit, error) {
			_, standing, err := c.member(ctx, a.by, a.doc)
			if err != nil {
				return hub.Permit{}, c.refusal(err, a.doc.ID, a.by.Person)
			}
			return permit(standing), nil
		},
	})
}

// member says who somebody is and how they stand towards a document, with what they came in with
// taken into account.
func (c *Collab) member(ctx context.Context, by Entry, doc livedoc.Document) (Person, Standing, error) {
	var person Person
	if by != (Entry{}) {
		var err error
		if person, err = c.config.Person(ctx, by); err != nil {
			return person, Standing{}, err
		}
	}
	standing, err := c.standing(ctx, person.Actor, doc)
	if err != nil {
		return person, standing, err
	}
	if person.Narrow != nil {
		if standing.Right = person.Narrow(doc.ID, standing); standing.Right == None {
			return person, standing, fault.Forbidden("live.token_scope")
		}
	}
	if standing.Until.IsZero() || !person.Until.IsZero() && person.Until.Before(standing.Until) {
		standing.Until = person.Until
	}
	return person, standing, nil
}

// refusal says in the words of the rooms why somebody may not come in or stay.
func (c *Collab) refusal(err error, document livedoc.ID, id access.PersonID) error {
	switch fault.KindOf(err) {
	case fault.KindNotFound:
		return &hub.Refusal{Code: hub.CodeNotFound, Reason: "no such document"}
	case fault.KindForbidden:
		return &hub.Refusal{Code: hub.CodeForbidden, Reason: "no right to this document"}
	case fault.KindUnauthenticated:
		return &hub.Refusal{Code: hub.CodeTicket, Reason: "sign in and ask for a new ticket"}
	}
	c.config.Log.Error("a right cannot be asked", "document", string(document), "person", string(id), "error", err)
	return &hub.Refusal{Code: hub.CodeTryLater, Reason: "the right cannot be checked now, try again later"}
}

// Recheck asks everybody in a document for their right again, and closes who lost it within
// moments, on every node. Raising the version of the rights with livedoc.Revoke has the same effect,
// also when the bus is down.
func (c *Collab) Recheck(document livedoc.ID) { c.hub.Recheck(string(document)) }

// RecheckPerson does so for one person in every document, for when a role or a session ended.
func (c *Collab) RecheckPerson(id access.PersonID) { c.hub.RecheckPerson(string(id)) }

// Seed gives an owner its live document, which begins with seed, and returns its id. It does so
// once: an owner that has a document keeps it. Seed is refused when no room could show it.
func (c *Collab) Seed(ctx context.Context, ownerKind, ownerID string, seed []byte) (livedoc.ID, error) {
	if _, known := c.config.Owners[ownerKind]; !known {
		return "", fmt.Errorf("nobody answers for live documents of a %s", ownerKind)
	}
	if len(seed) > 0 {
		if err := crdt.NewDoc(crdt.KeepFormats()).ApplyUpdate(seed, nil); err != nil {
			return "", fmt.Errorf("seed of %s %s: %w", ownerKind, ownerID, err)
		}
	}
	return c.log.Create(ctx, ownerKind, ownerID, seed)
}

// initials returns the first letters of the first and the last word of a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	letters := []rune{[]rune(words[0])[0]}
	if last := len(words) - 1; last > 0 {
		letters = append(letters, []rune(words[last])[0])
	}
	for i := range letters {
		letters[i] = unicode.ToUpper(letters[i])
	}
	return string(letters)
}
