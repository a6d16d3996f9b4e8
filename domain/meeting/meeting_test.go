package meeting

import (
	"strings"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
)

func TestAdmit(t *testing.T) {
	for name, tc := range map[string]struct {
		capacity, taken, waiting, people int
		want                             State
		refused                          bool
	}{
		"the first":                                  {capacity: 12, people: 1, want: Confirmed},
		"the last free seat":                         {capacity: 12, taken: 11, people: 1, want: Confirmed},
		"one too many":                               {capacity: 12, taken: 12, people: 1, want: Waiting},
		"a pair for the last two seats":              {capacity: 12, taken: 10, people: 2, want: Confirmed},
		"a pair for one seat":                        {capacity: 12, taken: 11, people: 2, want: Waiting},
		"a seat is free but somebody waits":          {capacity: 12, taken: 11, waiting: 1, people: 1, want: Waiting},
		"a group as large as the room":               {capacity: 4, people: 4, want: Confirmed},
		"a group larger than the room":               {capacity: 4, people: 5, refused: true},
		"seats were withdrawn below those taken":     {capacity: 10, taken: 12, people: 1, want: Waiting},
		"a room without seats":                       {capacity: 0, people: 1, refused: true},
		"everybody left and nobody waits any longer": {capacity: 3, taken: 0, people: 3, want: Confirmed},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Admit(Quota{Capacity: tc.capacity, Taken: tc.taken}, tc.waiting, tc.people)
			if tc.refused != (err != nil) {
				t.Fatalf("err = %v, refused should be %v", err, tc.refused)
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestPromote(t *testing.T) {
	for name, tc := range map[string]struct {
		capacity, taken int
		queue           []int // people of each who waits
		want            []int // numbers of who moves up
	}{
		"nobody waits":                                      {capacity: 3, taken: 1},
		"no seat":                                           {capacity: 3, taken: 3, queue: []int{1}},
		"one seat for the first of two":                     {capacity: 3, taken: 2, queue: []int{1, 1}, want: []int{1}},
		"two seats for the first two":                       {capacity: 3, taken: 1, queue: []int{1, 1, 1}, want: []int{1, 2}},
		"nobody passes a group that needs more seats":       {capacity: 5, taken: 3, queue: []int{4, 1, 1}},
		"a group and the one after it":                      {capacity: 5, taken: 1, queue: []int{3, 1, 1}, want: []int{1, 2}},
		"a group that fits no more does not hold up others": {capacity: 3, taken: 1, queue: []int{4, 2}, want: []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			var queue []Waiter
			for i, people := range tc.queue {
				queue = append(queue, Waiter{Number: i + 1, People: people})
			}
			var got []int
			for _, w := range Promote(Quota{Capacity: tc.capacity, Taken: tc.taken}, queue) {
				got = append(got, w.Number)
			}
			if len(got) != len(tc.want) {
				t.Fatalf("moved up %v, want %v", got, tc.want)
			}
			for i := range got {
				if got[i] != tc.want[i] {
					t.Fatalf("moved up %v, want %v", got, tc.want)
				}
			}
		})
	}
}

func TestResize(t *testing.T) {
	for name, tc := range map[string]struct {
		capacity, taken, waiting int
		state                    State
		from, to                 int
		allowed                  bool
	}{
		"fewer with a seat":                    {capacity: 3, taken: 3, waiting: 4, state: Confirmed, from: 2, to: 1, allowed: true},
		"fewer on the waiting list":            {capacity: 3, taken: 3, waiting: 1, state: Waiting, from: 2, to: 1, allowed: true},
		"the same":                             {capacity: 3, taken: 3, waiting: 1, state: Waiting, from: 2, to: 2, allowed: true},
		"more, and seats are free":             {capacity: 5, taken: 2, state: Confirmed, from: 1, to: 4, allowed: true},
		"more than there are seats":            {capacity: 5, taken: 2, state: Confirmed, from: 1, to: 5},
		"more while somebody waits":            {capacity: 5, taken: 2, waiting: 1, state: Confirmed, from: 1, to: 2},
		"more on the waiting list passes none": {capacity: 5, taken: 5, waiting: 1, state: Waiting, from: 1, to: 2},
	} {
		t.Run(name, func(t *testing.T) {
			err := Resize(Quota{Capacity: tc.capacity, Taken: tc.taken}, tc.waiting, tc.state, tc.from, tc.to)
			if tc.allowed != (err == nil) {
				t.Errorf("Resize = %v, allowed should be %v", err, tc.allowed)
			}
		})
	}
}

func TestALocalTimeIsTheTruthAndAnHourThatIsNotThereOnceIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		start, end, zone, text string
		want                   string // UTC of the start, or the code of the mistake
	}{
		"winter":                      {start: "2026-12-03T14:00", end: "2026-12-03T16:30", want: "2026-12-03T13:00:00Z"},
		"summer":                      {start: "2027-07-03T14:00", end: "2027-07-03T16:30", want: "2027-07-03T12:00:00Z"},
		"across the change of clocks": {start: "2027-03-28T01:00", end: "2027-03-28T03:30", want: "2027-03-28T00:00:00Z"},
		"the hour that is skipped":    {start: "2027-03-28T02:30", end: "2027-03-28T04:00", want: "meetings.mistake.time_skipped"},
		"the hour that comes twice":   {start: "2026-10-25T02:30", end: "2026-10-25T04:00", want: "meetings.mistake.time_twice"},
		"ends in the double hour":     {start: "2026-10-25T00:30", end: "2026-10-25T02:00", want: "meetings.mistake.time_twice"},
		"ends before it starts":       {start: "2026-12-03T14:00", end: "2026-12-03T13:00", want: "meetings.mistake.end_before_start"},
		"takes a month":               {start: "2026-12-03T14:00", end: "2027-01-03T13:00", want: "meetings.mistake.too_long"},
		"a day without hours":         {start: "2017-10-07", end: "2017-10-07", want: "2017-10-06T22:00:00Z"},
		"a day that ends earlier":     {start: "2017-10-07", end: "2017-10-06", want: "meetings.mistake.end_before_start"},
		"a day that is not there":     {start: "2017-02-30", end: "2017-02-30", want: "meetings.mistake.date"},
		"a day and half a time":       {start: "2017-10-07", end: "2017-10-07T12:00", want: "meetings.mistake.date"},
		"31 February":                 {start: "2026-02-31T14:00", end: "2026-03-03T13:00", want: "meetings.mistake.time"},
		"no date at all":              {want: "meetings.mistake.when"},
		"a date that shows nothing":   {text: "\u200b", want: "meetings.mistake.when"},
		"by and large":                {text: "begin februari", want: ""},
		"an unknown zone":             {start: "2026-12-03T14:00", end: "2026-12-03T15:00", zone: "Mars/Base", want: "meetings.mistake.zone"},
	} {
		t.Run(name, func(t *testing.T) {
			w := When{LocalStart: tc.start, LocalEnd: tc.end, TZID: tc.zone, WhenText: tc.text}
			if w.TZID == "" {
				w.TZID = DefaultZone
			}
			start, _, wrong := w.resolve()
			got := ""
			switch {
			case wrong != nil:
				got = wrong.Code
			case start != nil:
				got = start.Format(time.RFC3339)
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCheckNamesEachMistakeAtItsField(t *testing.T) {
	good := Input{Name: "Bewoner Een", Channel: Call, Phone: "06 12 34 56 78", People: 1}
	for name, tc := range map[string]struct {
		change func(in *Input)
		field  string // of the mistake; empty when it is right
	}{
		"right":                          {func(*Input) {}, ""},
		"no name":                        {func(in *Input) { in.Name = "  " }, "name"},
		"a name of digits":               {func(in *Input) { in.Name = "1234" }, "name"},
		"a name without end":             {func(in *Input) { in.Name = strings.Repeat("a", 81) }, "name"},
		"a name with a hidden character": {func(in *Input) { in.Name = "Jan\x00Piet" }, "name"},
		"a name in Arabic":               {func(in *Input) { in.Name = "ليلى" }, ""},
		"no channel":                     {func(in *Input) { in.Channel = "" }, "channel"},
		"an unknown channel":             {func(in *Input) { in.Channel = "fax" }, "channel"},
		"no number":                      {func(in *Input) { in.Phone = "" }, "phone"},
		"half a number":                  {func(in *Input) { in.Phone = "0612" }, "phone"},
		"a number in letters":            {func(in *Input) { in.Phone = "nul zes" }, "phone"},
		"a number of a neighbour":        {func(in *Input) { in.Phone = "+32 470 12 34 56" }, ""},
		"mail without address":           {func(in *Input) { in.Channel = Email }, "email"},
		"mail with a good address":       {func(in *Input) { in.Channel, in.Email = Email, "een@voorbeeld.test" }, ""},
		"mail without a domain":          {func(in *Input) { in.Channel, in.Email = Email, "een@voorbeeld" }, "email"},
		"mail to two":                    {func(in *Input) { in.Channel, in.Email = Email, "een@voorbeeld.test,twee@voorbeeld.test" }, "email"},
		"mail with a header in it":       {func(in *Input) { in.Channel, in.Email = Email, "een@voorbeeld.test\r\nBcc: x@y.nl" }, "email"},
		"mail with a name":               {func(in *Input) { in.Channel, in.Email = Email, "Een <een@voorbeeld.test>" }, "email"},
		"no contact at all":              {func(in *Input) { in.Channel, in.Phone = None, "" }, ""},
		"nobody":                         {func(in *Input) { in.People = 0 }, "people"},
		"a bus full":                     {func(in *Input) { in.People = 50 }, "people"},
		"a need without consent":         {func(in *Input) { in.Support = "Een tolk" }, "support_consent"},
		"a need with consent":            {func(in *Input) { in.Support, in.SupportConsent = "Een tolk", true }, ""},
		"a need without end": {func(in *Input) {
			in.Support, in.SupportConsent = strings.Repeat("x", 501), true
		}, "support"},
		"a helper of digits": {func(in *Input) { in.Helper = "12" }, "helper"},
	} {
		t.Run(name, func(t *testing.T) {
			in := good
			tc.change(&in)
			_, err := in.Check()
			field := ""
			if err != nil {
				field = err.(*fault.Fault).Field
			}
			if field != tc.field {
				t.Errorf("mistake at %q (%v), want %q", field, err, tc.field)
			}
		})
	}
}

func TestCheckKeepsOneWayToReachSomebody(t *testing.T) {
	in, err := Input{Name: " Bewoner   Een ", Channel: TextMessage, Phone: "0612345678", Email: "een@voorbeeld.test", People: 2}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if in.Name != "Bewoner Een" || in.Phone != "+31612345678" || in.Email != "" {
		t.Errorf("kept %+v", in)
	}
}

func TestReferencesAreEasyToSayAndHardToGuess(t *testing.T) {
	list := words()
	if len(list) < 1000 {
		t.Fatalf("only %d words", len(list))
	}
	seen := map[string]bool{}
	for _, w := range list {
		if seen[w] || len(w) < 3 || len(w) > 10 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("%q is double, or not a plain word of 3 to 10 letters", w)
		}
		seen[w] = true
	}
	reference := newReference()
	for _, typed := range []string{reference, strings.ToUpper(reference), strings.ReplaceAll(reference, "-", " "), " " + strings.ReplaceAll(reference, "-", "")} {
		if referenceKey(typed) != referenceKey(reference) {
			t.Errorf("%q is not read as %q", typed, reference)
		}
	}
	if referenceKey(strings.Repeat("a", 1<<20)) != "" {
		t.Error("a huge reference is read")
	}
}

func TestAReferenceTakesTheWholeNameOrTheLastDigitsOfTheTelephone(t *testing.T) {
	called := Registration{Name: "José de Vries", Channel: Call, Contact: "0612345678"}
	mailed := Registration{Name: "José de Vries", Channel: Email, Contact: "jose1234@voorbeeld.test"}
	for _, tc := range []struct {
		of   Registration
		fact string
		want bool
	}{
		{called, "jose  DE VRIES", true}, {called, "José de Vries", true}, {called, "5678", true}, {called, "06 12 34 56 78", true},
		{called, "José", false}, {called, "678", false}, {called, "45678", false}, {called, "", false}, {called, "-", false},
		{mailed, "1234", false}, {mailed, "José de Vries", true}, {Registration{Name: "…", Channel: None}, "…", false},
		{Registration{Channel: Call, Contact: "12"}, "12", false}, {called, strings.Repeat("5678", 1<<20), false},
	} {
		if got := tc.of.knows(tc.fact); got != tc.want {
			t.Errorf("%s of %s knows %.30q: %v", tc.of.Name, tc.of.Channel, tc.fact, got)
		}
	}
}

func TestASupportNeedOpensForItsOwnRegistrationOnly(t *testing.T) {
	k := newKeys([]byte("0123456789abcdef0123456789abcdef"))
	sealed := k.seal("r1", "Een tolk")
	if strings.Contains(string(sealed), "tolk") {
		t.Error("the need lies open")
	}
	if text, ok := k.open("r1", sealed); !ok || text != "Een tolk" {
		t.Errorf("open = %q, %v", text, ok)
	}
	if _, ok := k.open("r2", sealed); ok {
		t.Error("the need of one opens as that of another")
	}
	if _, ok := newKeys([]byte("another secret of thirty-two byte")).open("r1", sealed); ok {
		t.Error("the need opens with another secret")
	}
}

func TestFamiliesMayShareATelephoneAndPeopleMayShareAName(t *testing.T) {
	all := []Registration{
		{ID: "1", State: Confirmed, Name: "Bewoner Een", Contact: "+31612345678"},
		{ID: "same", State: Waiting, Name: "BEWONER EEN", Contact: "+31612345678"},
		{ID: "sister", State: Confirmed, Name: "Bewoner Twee", Contact: "+31612345678"},
		{ID: "namesake", State: Confirmed, Name: "Bewoner Een", Contact: "+31687654321"},
		{ID: "withdrawn", State: Withdrawn, Name: "Bewoner Een", Contact: "+31612345678"},
		{ID: "erased", State: Confirmed},
		{ID: "erased too", State: Confirmed},
		{ID: "named", State: Confirmed, Name: "Bewoner Drie", Contact: "drie@voorbeeld.test"},
		{ID: "name only", State: Confirmed, Name: "bewoner drie"},
		{ID: "alone", State: Confirmed, Name: "Bewoner Vier"},
		{ID: "five", State: Confirmed, Name: "Bewoner Vijf"},
		{ID: "five again", State: Confirmed, Name: "Bewoner Vijf"},
	}
	found := doubles(all)
	for id, want := range map[RegistrationID]Double{
		"1": {Times: 2}, "same": {Times: 2}, "sister": {Times: 1}, "namesake": {Times: 1}, "withdrawn": {}, "erased": {}, "erased too": {},
		"named": {Times: 1, Namesake: true}, "name only": {Times: 1, Namesake: true}, "alone": {Times: 1},
		"five": {Times: 1, Namesake: true}, "five again": {Times: 1, Namesake: true},
	} {
		if found[id] != want {
			t.Errorf("%s: %+v, want %+v", id, found[id], want)
		}
	}
}

func TestScopeHidesWhatWasNeverOpened(t *testing.T) {
	now := time.Now()
	m := Meeting{WorkgroupID: "w1", Details: Details{Audience: access.Public}, State: Draft}
	if m.Scope().Audience != access.Members {
		t.Error("a draft is public")
	}
	m.State = Cancelled
	if m.Scope().Audience != access.Members {
		t.Error("a draft that was called off is public")
	}
	m.OpenedAt = &now
	if m.Scope().Audience != access.Public {
		t.Error("people who registered cannot read that it was called off")
	}
}
