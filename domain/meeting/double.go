package meeting

import (
	"context"
	"slices"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
)

// Double says how a registration resembles others that come to the same meeting or wait for it.
type Double struct {
	Times    int  // how many say the same name and the same number or address, itself among them; 1 when alone
	Namesake bool // another has the same name, and one of the two gave no number or address to tell them apart
}

// Any reports whether there is something for the organiser to look at.
func (d Double) Any() bool { return d.Times > 1 || d.Namesake }

// sameName compares names as people do: capitals and spaces make no other person.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// sameAs reports whether two registrations say the same name and the same number or address. Families share a
// telephone and people share a name: both together count.
func (r Registration) sameAs(other Registration) bool {
	return r.Name != "" && sameName(r.Name, other.Name) && strings.EqualFold(r.Contact, other.Contact)
}

// doubles returns how the active ones among these registrations resemble each other.
func doubles(registrations []Registration) map[RegistrationID]Double {
	byName := map[string][]Registration{}
	for _, r := range registrations {
		if r.Active() && r.Name != "" {
			name := strings.ToLower(r.Name)
			byName[name] = append(byName[name], r)
		}
	}
	found := map[RegistrationID]Double{}
	for _, namesakes := range byName {
		for _, r := range namesakes {
			d := Double{}
			for _, other := range namesakes {
				switch {
				case r.sameAs(other):
					d.Times++
				case r.Contact == "" || other.Contact == "":
					d.Namesake = true
				}
			}
			if r.Contact == "" && d.Times > 1 { // a name alone says little
				d = Double{Times: 1, Namesake: true}
			}
			found[r.ID] = d
		}
	}
	return found
}

// Namesake reports whether somebody with this name comes already or waits, other than by the form with this key.
func (a Attendance) Namesake(name, idempotencyKey string) bool {
	for _, r := range a.Attendees {
		if r.IdempotencyKey != nil && *r.IdempotencyKey == idempotencyKey {
			return false // the form was sent twice
		}
	}
	for _, r := range a.Attendees {
		if r.Active() && sameName(r.Name, name) {
			return true
		}
	}
	return false
}

// Doubles counts the people of whom the organiser should look whether they are on the list more than once.
func (a Attendance) Doubles() int {
	n := 0
	for _, r := range a.Attendees {
		if r.Double.Any() {
			n++
		}
	}
	return n
}

// Known returns an active registration for this meeting with the name and the number or address of in, out of those
// that the asker may open: the ones of tokens, and those that who made when signed in. It looks at no others, so
// that the answer says nothing of them. It returns false when there is none, and for a form that is sent again.
func (s *Service) Known(ctx context.Context, who access.Actor, id ID, in Input, tokens []Token, idempotencyKey string) (t Ticket, found bool, err error) {
	if len(tokens) == 0 && !who.SignedIn() {
		return t, false, nil
	}
	asked := Registration{Name: in.Name, Contact: in.contact()}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		t, found = Ticket{}, false
		own, err := openTo(tx, id, who, tokens)
		if err != nil {
			return err
		}
		for _, r := range own {
			if r.IdempotencyKey != nil && *r.IdempotencyKey == idempotencyKey {
				found = false
				return nil
			}
			if !found && asked.sameAs(r) {
				if t, err = s.ticket(tx, r); err != nil {
					return err
				}
				found = true
			}
		}
		return nil
	})
	if err == nil && found {
		t.Token, err = s.tokenOf(ctx, t.Registration)
	}
	return t, found, err
}

// isDouble reports whether another active registration says the same as r.
func isDouble(tx *database.Tx, r Registration) (bool, error) {
	reached, err := activeAt(tx, r.MeetingID, r.Contact)
	return slices.ContainsFunc(reached, func(other Registration) bool { return other.ID != r.ID && r.sameAs(other) }), err
}
