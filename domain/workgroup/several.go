package workgroup

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/event"
	"samenwijk/domain/fault"
	"samenwijk/domain/letter"
)

const (
	// MaxAtOnce is how many people one form invites.
	MaxAtOnce = 30
	// MaxMessage is how many characters stand in the letter in the words of whoever invites.
	MaxMessage = 500
)

// SeveralInput asks several people into a group, all in one role.
type SeveralInput struct {
	Addresses string // as typed: lines, commas, semicolons and spaces part them; "Name <address>" is one
	Role      access.Role
	Language  string // of the letters; Dutch when empty
	Message   string // stands in each letter; may be empty
	Key       string // of the form; the same key of the same person invites an address once
}

// Asked is what a form for several people came to. Who was a member or was asked before gets no letter;
// they are called as they were typed.
type Asked struct {
	Invited          []Invitation
	Members, Already []string
}

// Check finds what is wrong with how in is written, before anybody looks who is meant.
func (in SeveralInput) Check() error {
	_, wrong := in.read()
	return wrong.Err()
}

func (in SeveralInput) read() ([]*addressee, fault.Mistakes) {
	people, wrong := readAddresses(in.Addresses)
	if !in.Role.Valid() {
		wrong.Add(fault.Invalid("workgroup.role.missing").At("role"))
	}
	_, unknown := language(in.Language)
	wrong.Add(unknown)
	wrong.Add(checkMessage(in.Message))
	return people, wrong
}

// InviteSeveral invites every address or, when one of them is wrong, nobody. A list in which
// nobody is left to invite is a mistake as well.
func (s *Service) InviteSeveral(ctx context.Context, who access.Actor, id ID, in SeveralInput) (asked Asked, err error) {
	err = s.db.InTx(ctx, func(tx *database.Tx) error {
		asked = Asked{}
		w, err := lockedOne(tx, who, id)
		if err != nil {
			return err
		}
		if err := w.manageable(who); err != nil {
			return err
		}
		people, wrong := in.read()
		fresh, err := s.sortOut(tx, who, id, in, people, &asked)
		if err != nil {
			return err
		}
		if err := s.useBudgets(tx, fresh, &wrong); err != nil {
			return err
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		if len(fresh)+len(asked.Invited) == 0 {
			return nobodyLeft(people)
		}
		for _, one := range fresh {
			i, err := s.insertOne(tx, who, id, InviteInput{one.address, in.Role, in.Language, keyFor(in.Key, one.address)}, in.Message)
			if err != nil {
				return err
			}
			asked.Invited = append(asked.Invited, i)
		}
		return nil
	})
	if err != nil {
		return Asked{}, err
	}
	return asked, nil
}

// insertOne writes an invitation that was checked, and lets its letter be written.
func (s *Service) insertOne(tx *database.Tx, who access.Actor, id ID, in InviteInput, message string) (Invitation, error) {
	now := s.Now()
	lang, _ := language(in.Language)
	i := Invitation{
		ID: InvitationID(database.NewID()), WorkgroupID: id, Address: in.Address, Role: in.Role, State: Open, Message: message, Language: lang,
		InvitedBy: who.ID, FormKey: formKey(in.Key), InvitedAt: now, ExpiresAt: now.Add(InvitationLasts),
	}
	i.TokenHash = hashOf(token(s.secrets[0], i.ID))
	if err := insertInvitation(tx, i); err != nil {
		return i, err
	}
	return i, event.Record(tx, event.InvitationMade{Invitation: string(i.ID), Workgroup: string(id)})
}

// sortOut returns who gets a letter, and notes in asked who does not, or got it by this form before.
func (s *Service) sortOut(tx *database.Tx, who access.Actor, id ID, in SeveralInput, people []*addressee, asked *Asked) ([]*addressee, error) {
	open, err := openInvitations(tx, id, s.Now())
	if err != nil {
		return nil, err
	}
	var fresh []*addressee
	for _, one := range people {
		before, known, err := invitationOfForm(tx, who.ID, keyFor(in.Key, one.address))
		if err != nil {
			return nil, err
		}
		person, isPerson, err := s.people.Find(tx, one.address)
		if err != nil {
			return nil, err
		}
		one.stranger = !isPerson
		isMember := false
		if isPerson {
			if _, isMember, err = memberOf(tx, id, person); err != nil {
				return nil, err
			}
		}
		lang, _ := language(in.Language)
		switch {
		case known && before.WorkgroupID == id && (before.Role != in.Role || before.Message != in.Message || before.Language != lang):
			return nil, fault.SentBefore()
		case known && before.WorkgroupID == id:
			asked.Invited = append(asked.Invited, before)
		case isMember:
			one.refused = "workgroup.email.member"
			asked.Members = append(asked.Members, one.typed)
		case slices.ContainsFunc(open, func(o Invitation) bool { return o.Address == one.address }):
			one.refused = "workgroup.email.invited"
			asked.Already = append(asked.Already, one.typed)
		default:
			fresh = append(fresh, one)
		}
	}
	if len(fresh) > 0 && len(open)+len(fresh) > MaxOpenInvitations {
		return nil, fault.TooMuch("workgroup.invitation.too_many_at_once", "Max", MaxOpenInvitations, "Open", len(open), "Count", len(fresh)).At("email")
	}
	return fresh, nil
}

// useBudgets uses up a letter to each address of which we know nobody. Everybody takes them in the same order, so
// that two groups that invite the same people do not wait for each other.
func (s *Service) useBudgets(tx *database.Tx, fresh []*addressee, wrong *fault.Mistakes) error {
	sorted := slices.SortedFunc(slices.Values(fresh), func(a, b *addressee) int { return cmp.Compare(a.address, b.address) })
	for _, one := range sorted {
		if !one.stranger {
			continue
		}
		left, err := s.budget.OfAddress(tx, one.address, s.Now())
		if err != nil {
			return err
		}
		if !left {
			one.refused = "workgroup.email.enough"
		}
	}
	for _, one := range fresh {
		if one.refused != "" {
			wrong.Add(one.fault(one.refused))
		}
	}
	return nil
}

// nobodyLeft says of each why no letter goes out.
func nobodyLeft(people []*addressee) error {
	var wrong fault.Mistakes
	for _, one := range people {
		wrong.Add(one.fault(one.refused))
	}
	return wrong.Err()
}

// keyFor keeps one address of a form apart from the others.
func keyFor(key, address string) string {
	if key == "" {
		return ""
	}
	return hashOf(key + "\x00" + address) // as short as a key must be
}

func checkMessage(message string) *fault.Fault {
	switch {
	case utf8.RuneCountInString(message) > MaxMessage:
		return fault.Invalid("web.field.too_long", "Max", MaxMessage).At("message")
	case !letter.PlainText(message):
		return fault.Invalid("workgroup.message.plain").At("message")
	}
	return nil
}

// addressee is somebody in the list of a form.
type addressee struct {
	address string // as it is kept
	typed   string // as it is shown back
	line    int    // counted from one; 0 when the list has one line
	// what turned out
	stranger bool   // no account has the address
	refused  string // the code of why there is no letter
}

func (a *addressee) fault(code string) *fault.Fault { return atLine(code, a.line, a.typed) }

// atLine is a mistake in the list; its sentence says the line when there is more than one.
func atLine(code string, line int, typed string) *fault.Fault {
	if line > 0 {
		return fault.Invalid(code+"_at", "Line", line, "Typed", shown(typed)).At("email")
	}
	return fault.Invalid(code, "Typed", shown(typed)).At("email")
}

// shown keeps what is said back on a line.
func shown(typed string) string {
	const most = 60
	if r := []rune(typed); len(r) > most {
		return string(r[:most]) + "…"
	}
	return typed
}

// readAddresses returns each address of a list once, in the order in which it stands there, and what is wrong.
func readAddresses(list string) (people []*addressee, wrong fault.Mistakes) {
	lines := strings.Split(list, "\n")
	seen := map[string]bool{}
	count := 0
	for n, line := range lines {
		number := n + 1
		if len(lines) == 1 {
			number = 0
		}
		for _, one := range entriesOf(line) {
			to, mistake := address(one.address)
			if mistake == nil && seen[to] {
				continue
			}
			if count++; count > MaxAtOnce {
				continue
			}
			seen[to] = true
			if mistake != nil {
				code := "workgroup.email.wrong"
				if mistake.Code == "workgroup.email.letters" {
					code = mistake.Code
				}
				wrong.Add(atLine(code, number, one.typed()))
				continue
			}
			people = append(people, &addressee{address: to, typed: one.typed(), line: number})
		}
	}
	switch {
	case count == 0:
		wrong.Add(fault.Invalid("workgroup.email.missing").At("email"))
	case count > MaxAtOnce:
		wrong = fault.Mistakes{}
		wrong.Add(fault.Invalid("workgroup.email.too_many", "Max", MaxAtOnce, "Count", count).At("email"))
		return nil, wrong
	}
	return people, wrong
}

// entry is one address of a list, with the name that stands before it.
type entry struct{ name, address string }

func (e entry) typed() string {
	switch {
	case e.name == "":
		return e.address
	case e.address == "":
		return e.name + " <>"
	}
	return e.name + " <" + e.address + ">"
}

// entriesOf takes a line apart. A comma in quotes belongs to a name.
func entriesOf(line string) []entry {
	var found []entry
	for _, part := range partsOf(line) {
		for part != "" {
			before, after, bracket := strings.Cut(part, "<")
			words := strings.Fields(before)
			if !bracket {
				found = append(found, bare(words)...)
				break
			}
			name := words
			for i := len(words); i > 0; i-- {
				if strings.Contains(words[i-1], "@") { // an address without a name stood before this one
					found = append(found, bare(words[:i])...)
					name = words[i:]
					break
				}
			}
			inside, rest, _ := strings.Cut(after, ">")
			found = append(found, entry{strings.Trim(strings.Join(name, " "), `"' `), strings.TrimSpace(inside)})
			part = strings.TrimSpace(rest)
		}
	}
	return found
}

// bare reads words without brackets: each with an @ is an address; others that stand together are one mistake.
func bare(words []string) []entry {
	var found []entry
	var others []string
	flush := func() {
		if len(others) > 0 {
			found = append(found, entry{address: strings.Join(others, " ")})
			others = nil
		}
	}
	for _, word := range words {
		if !strings.Contains(word, "@") {
			others = append(others, word)
			continue
		}
		flush()
		found = append(found, entry{address: word})
	}
	flush()
	return found
}

// partsOf cuts a line at its commas and semicolons.
func partsOf(line string) []string {
	var parts []string
	quoted, start := false, 0
	add := func(part string) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	balanced := strings.Count(line, `"`)%2 == 0
	for i, r := range line {
		switch {
		case r == '"' && balanced:
			quoted = !quoted
		case (r == ',' || r == ';') && !quoted:
			add(line[start:i])
			start = i + 1
		}
	}
	add(line[start:])
	return parts
}
