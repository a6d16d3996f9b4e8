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

var secret = []byte("a secret of thirty-two bytes or so")

// outbox returns an outbox whose clock stands still until the test moves it.
func outbox(db *database.DB) (*letter.Service, *time.Time) {
	now := time.Date(2026, 12, 3, 13, 0, 0, 0, time.UTC)
	s := letter.New(db, secret)
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

// sealed is a letter with a link that its reader alone may use.
func sealed(reader string) letter.Letter {
	l := plain(reader)
	l.Masked, l.Text, l.HTML, l.Calendar = "Kijk op [verborgen].", "Kijk op https://x/geheim.", "<p>geheim</p>", "BEGIN:geheim"
	return l
}

func TestWhatOnlyTheReaderMayUseIsSealedUntilItIsSentAndThenGone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, now := outbox(db)
		demonstration, _ := outbox(db)
		demonstration.Demonstration = true
		for _, state := range []letter.State{letter.Sent, letter.Refused, letter.Late, letter.Kept} {
			post(t, s, string(state), sealed("resident"))
			id := list(t, s)[0].ID
			if got := find(t, s, id); got.Text != "Kijk op [verborgen]." || got.HTML+got.Calendar != "" || got.Sealed != nil {
				t.Errorf("an administrator reads %+v", got)
			}
			if got := find(t, demonstration, id); got.Text != sealed("").Text {
				t.Errorf("in the demonstration it says %q", got.Text)
			}
			l, taken, err := s.Take(t.Context(), id)
			if err != nil || !taken || l.Text != sealed("").Text || l.HTML != sealed("").HTML || l.Calendar != sealed("").Calendar {
				t.Fatalf("to be sent: %+v, %v, %v", l, taken, err)
			}
			if err := s.End(t.Context(), id, state, ""); err != nil {
				t.Fatal(err)
			}
			whole, err := s.Whole(t.Context(), "resident@voorbeeld.test")
			mayGo := state == letter.Kept || state == letter.Refused // it can still be sent or handed on
			if !mayGo && fault.KindOf(err) != fault.KindNotFound {
				t.Errorf("%s: the machine still has %q, %v", state, whole.Text, err)
			}
			if mayGo && (err != nil || whole.Text != sealed("").Text) {
				t.Errorf("nobody can hand on what was kept: %q, %v", whole.Text, err)
			}
			if got := find(t, demonstration, id); (got.Text == sealed("").Text) != mayGo {
				t.Errorf("%s: the row says %q", state, got.Text)
			}
			*now = now.Add(time.Second)
			if state == letter.Refused {
				if err := s.Again(t.Context(), administrator, id); err != nil {
					t.Fatal(err)
				}
				if l, taken, err := s.Take(t.Context(), id); err != nil || !taken || l.Text != sealed("").Text {
					t.Fatalf("sent once more: %+v, %v, %v", l, taken, err)
				}
				if err := s.End(t.Context(), id, letter.Sent, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
		*now = now.Add(letter.KeepSealed)
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if whole, err := s.Whole(t.Context(), "resident@voorbeeld.test"); fault.KindOf(err) != fault.KindNotFound {
			t.Errorf("after a week: %q, %v", whole.Text, err)
		}
	})
}

func TestALetterWhoseSecretIsGoneIsRefusedAndOneOfAnOlderSecretIsSent(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, _ := outbox(db)
		post(t, s, "a", sealed("a"))
		post(t, s, "b", sealed("b"))
		letters := list(t, s)
		other := []byte("another secret of thirty-two bytes")
		if l, taken, err := letter.New(db, other, secret).Take(t.Context(), letters[0].ID); err != nil || !taken || l.Text != sealed("").Text {
			t.Errorf("with the older secret: %+v, %v, %v", l, taken, err)
		}
		if l, taken, err := letter.New(db, other).Take(t.Context(), letters[1].ID); err != nil || taken {
			t.Errorf("without it: %+v, %v, %v", l, taken, err)
		}
		if got := find(t, s, letters[1].ID); got.State != letter.Refused || got.Reason != string(letter.Sealed) {
			t.Errorf("letter = %+v", got)
		}
	})
}

func TestALetterWithACodeGoesWhollyOnceItIsSentAndWithinTheHourOtherwise(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, now := outbox(db)
		code := sealed("resident")
		code.Secret = true
		post(t, s, "sent", code)
		post(t, s, "kept", code)
		letters := list(t, s)
		kept, sent := letters[0].ID, letters[1].ID
		for id, state := range map[letter.ID]letter.State{sent: letter.Sent, kept: letter.Kept} {
			if err := s.End(t.Context(), id, state, ""); err != nil {
				t.Fatal(err)
			}
		}
		if got := find(t, s, sent); got.Text != "" || got.EmptiedAt == nil {
			t.Errorf("after sending: %+v", got)
		}
		if got := find(t, s, kept); got.Text != code.Masked {
			t.Errorf("what was kept says %q", got.Text)
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

// A letter of an earlier version holds its link in the text: migration 63 marks it as secret.
func TestALetterOfAnEarlierVersionIsShownToNobodySentAndThenEmpty(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s, now := outbox(db)
		earlier := plain("resident")
		earlier.Secret = true
		post(t, s, "e", earlier)
		id := list(t, s)[0].ID
		*now = now.Add(2 * time.Hour)
		if err := s.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := find(t, s, id); got.Text != "" || got.State != letter.Waiting {
			t.Errorf("before sending: %+v", got)
		}
		if l, taken, err := s.Take(t.Context(), id); err != nil || !taken || l.Text != earlier.Text {
			t.Errorf("to be sent: %+v, %v, %v", l, taken, err)
		}
		if err := s.End(t.Context(), id, letter.Sent, ""); err != nil {
			t.Fatal(err)
		}
		if got := find(t, s, id); got.EmptiedAt == nil {
			t.Errorf("after sending: %+v", got)
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

func TestTheModelEqualsItsTable(t *testing.T) {
	databasetest.SameColumns(t, letter.Letter{}, letter.BudgetRow{})
}
