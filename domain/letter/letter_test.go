package letter_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var administrator = access.Actor{ID: "a", Grants: []access.Grant{{Role: access.Admin, Realm: access.InNetwork}}}

// outbox returns an outbox whose clock stands still until the test moves it.
func outbox(db *database.DB) (*letter.Service, *time.Time) {
	now := time.Date(2026, 12, 3, 13, 0, 0, 0, time.UTC)
	s := letter.New(db)
	s.Now = func() time.Time { return now }
	return s, &now
}

func plain(reader string) letter.Letter {
	return letter.Letter{Reader: reader, Recipient: reader + "@voorbeeld.test", Language: "nl", Subject: "Uw plaats", Text: "Tot dan.", HTML: "<p>Tot dan.</p>"}
}

func post(t *testing.T, s *letter.Service, event string, letters ...letter.Letter) {
	t.Helper()
	if err := s.Post(t.Context(), event, letters); err != nil {
		t.Fatalf("Post: %v", err)
	}
}

func list(t *testing.T, s *letter.Service) []letter.Letter {
	t.Helper()
	letters, total, err := s.List(t.Context(), administrator, 1)
	if err != nil || total < len(letters) {
		t.Fatalf("List = %d of %d, %v", len(letters), total, err)
	}
	return letters
}

func find(t *testing.T, s *letter.Service, id letter.ID) letter.Letter {
	t.Helper()
	l, err := s.Find(t.Context(), administrator, id)
	if err != nil {
		t.Fatalf("Find: %v", err)
	}
	return l
}

func TestOneEventGivesOneLetterAReader(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, _ := outbox(db)
		moved := plain("resident")
		moved.Recipient = "elsewhere@voorbeeld.test"
		post(t, s, "e1", plain("resident"), plain("organiser"))
		post(t, s, "e1", moved, plain("organiser"))
		post(t, s, "e2", plain("resident"))
		if got := list(t, s); len(got) != 3 {
			t.Errorf("%d letters, want 3", len(got))
		}
	})
}

func TestALetterThatCouldAddALineToTheHeaderIsRefusedWithAllOfItsEvent(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, _ := outbox(db)
		for name, spoil := range map[string]func(l *letter.Letter){
			"line in the subject":  func(l *letter.Letter) { l.Subject = "Hallo\r\nBcc: everybody@voorbeeld.test" },
			"line in the address":  func(l *letter.Letter) { l.Recipient = "a@voorbeeld.test\nBcc: b@voorbeeld.test" },
			"line in the calendar": func(l *letter.Letter) { l.CalendarMethod = "REQUEST\r\nX: y" },
			"endless subject":      func(l *letter.Letter) { l.Subject = strings.Repeat("a", 600) },
			"no address":           func(l *letter.Letter) { l.Recipient = "" },
		} {
			bad := plain("bad")
			spoil(&bad)
			err := s.Post(t.Context(), "e", []letter.Letter{plain("good"), bad})
			if fault.KindOf(err) != fault.KindInvalid {
				t.Errorf("%s: Post = %v", name, err)
			}
		}
		if got := list(t, s); len(got) != 0 {
			t.Errorf("%d letters were posted", len(got))
		}
	})
}

func TestALetterIsTakenByOneSenderAndComesBackWhenThatOneVanishes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, now := outbox(db)
		post(t, s, "e", plain("resident"))
		id := list(t, s)[0].ID
		take := func() bool {
			t.Helper()
			l, taken, err := s.Take(t.Context(), id)
			if err != nil || taken && l.Text != "Tot dan." {
				t.Fatalf("Take = %+v, %v", l, err)
			}
			return taken
		}
		if !take() || take() {
			t.Fatal("a letter goes to one sender at a time")
		}
		*now = now.Add(3 * time.Minute)
		if !take() {
			t.Fatal("a sender that vanished keeps the letter for ever")
		}
		if err := s.Return(t.Context(), id, "mail server: busy 451"); err != nil {
			t.Fatal(err)
		}
		if !take() {
			t.Fatal("a letter that was given back cannot be taken")
		}
		if err := s.End(t.Context(), id, letter.Sent, ""); err != nil {
			t.Fatal(err)
		}
		if take() {
			t.Fatal("a letter that was sent can be taken again")
		}
		if got := find(t, s, id); got.State != letter.Sent || got.Attempts != 3 || got.Text == "" {
			t.Errorf("letter = %+v", got)
		}
	})
}

func TestALetterWhoseTimeIsOverIsNotSent(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, now := outbox(db)
		l := plain("resident")
		until := now.Add(15 * time.Minute)
		l.Until = &until
		post(t, s, "e", l)
		*now = now.Add(16 * time.Minute)
		id := list(t, s)[0].ID
		if _, taken, err := s.Take(t.Context(), id); taken || err != nil {
			t.Fatalf("Take = %v, %v", taken, err)
		}
		if got := find(t, s, id).State; got != letter.Late {
			t.Errorf("state = %s", got)
		}
	})
}

func TestALetterWithACodeIsReadOnlyWhereThereIsNoMailServerAndForAnHour(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, now := outbox(db)
		secret := plain("resident")
		secret.Secret = true
		post(t, s, "sent", secret)
		post(t, s, "kept", secret)
		letters := list(t, s)
		kept, sent := letters[0].ID, letters[1].ID
		if got := find(t, s, sent).Text; got != "" {
			t.Errorf("before sending it says %q", got)
		}
		for id, state := range map[letter.ID]letter.State{sent: letter.Sent, kept: letter.Kept} {
			if err := s.End(t.Context(), id, state, ""); err != nil {
				t.Fatal(err)
			}
		}
		if got := find(t, s, sent); got.Text != "" || got.EmptiedAt == nil {
			t.Errorf("after sending: %+v", got)
		}
		if got := find(t, s, kept).Text; got == "" {
			t.Error("nobody can read the code that was kept")
		}
		*now = now.Add(61 * time.Minute)
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := find(t, s, kept); got.Text != "" || got.HTML != "" || got.EmptiedAt == nil {
			t.Errorf("after an hour: %+v", got)
		}
	})
}

func TestAddressAndContentGoAfterThirtyDaysAndTheTraceAfterAYear(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, now := outbox(db)
		for range 3 {
			post(t, s, database.NewID(), plain("resident"))
		}
		forget := func(d time.Duration) []letter.Letter {
			*now = now.Add(d)
			if err := s.Forget(t.Context()); err != nil {
				t.Fatal(err)
			}
			return list(t, s)
		}
		if l := find(t, s, forget(29 * 24 * time.Hour)[0].ID); l.Text == "" || l.Recipient == "" {
			t.Errorf("after 29 days: %+v", l)
		}
		for _, l := range forget(2 * 24 * time.Hour) {
			if full := find(t, s, l.ID); full.Text+full.HTML+full.Recipient+full.Subject != "" {
				t.Errorf("after 31 days: %+v", full)
			}
			if _, taken, err := s.Take(t.Context(), l.ID); taken || err != nil || l.State != letter.Late || l.EndedAt == nil {
				t.Errorf("a letter without content can be sent: %+v, %v", l, err)
			}
		}
		if left := forget(340 * 24 * time.Hour); len(left) != 0 {
			t.Errorf("after a year %d are left", len(left))
		}
	})
}

func TestOnlyAnAdministratorReadsTheOutbox(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, _ := outbox(db)
		post(t, s, "e", plain("resident"))
		id := list(t, s)[0].ID
		for name, tc := range map[string]struct {
			who  access.Actor
			want fault.Kind
		}{
			"visitor":                  {access.Actor{}, fault.KindNotFound},
			"member of a workgroup":    {access.Actor{ID: "m", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InWorkgroup, ID: "w"}}}, fault.KindNotFound},
			"coordinator of the whole": {access.Actor{ID: "c", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InNetwork}}}, fault.KindForbidden},
		} {
			if _, _, err := s.List(context.Background(), tc.who, 1); fault.KindOf(err) != tc.want {
				t.Errorf("%s: List = %v", name, err)
			}
			if l, err := s.Find(context.Background(), tc.who, id); fault.KindOf(err) != tc.want || l.Text != "" {
				t.Errorf("%s: Find = %+v, %v", name, l, err)
			}
		}
	})
}

func TestTheModelEqualsItsTable(t *testing.T) { databasetest.SameColumns(t, letter.Letter{}) }
