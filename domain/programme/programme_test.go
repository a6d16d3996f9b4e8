package programme_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/programme"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

func TestModelsEqualTheirTables(t *testing.T) {
	databasetest.SameColumns(t, programme.RequirementsDocument{}, programme.Requirement{})
}

const group, otherGroup = "019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"

func member(role access.Role, workgroup string) access.Actor {
	return access.Actor{ID: access.PersonID(role), Grants: []access.Grant{{Role: role, Realm: access.InWorkgroup, ID: workgroup}}}
}

var (
	ctx          = context.Background()
	coordinator  = member(access.Coordinator, group)
	entrepreneur = member(access.Entrepreneur, group)
	student      = member(access.Student, group)
	outsider     = member(access.Coordinator, otherGroup)
	visitor      = access.Actor{}
)

func document(t *testing.T, s *programme.Service, audience access.Audience) programme.RequirementsDocument {
	t.Helper()
	d, err := s.Create(ctx, coordinator, programme.Input{Workgroup: group, Title: "Lerende samenwerking", Audience: audience})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return d
}

func newID() programme.RequirementID { return programme.RequirementID(database.NewID()) }

func add(t *testing.T, s *programme.Service, d programme.RequirementsDocument, id programme.RequirementID) programme.Requirement {
	t.Helper()
	r, err := s.AddRequirement(ctx, entrepreneur, d.ID, id)
	if err != nil {
		t.Fatalf("add a requirement: %v", err)
	}
	return r
}

func wantFault(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("error %v, want one of kind %s", err, kind)
	}
}

func TestFiftyRequirementsAddedAtOnceGetFiftyKeysWithoutAGap(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Members)
		const n = 50
		got := make([]programme.Requirement, n)
		errs := make([]error, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { got[i], errs[i] = s.AddRequirement(ctx, entrepreneur, d.ID, newID()) })
		}
		all.Wait()
		var numbers []int
		for i := range n {
			if errs[i] != nil {
				t.Fatalf("requirement %d: %v", i, errs[i])
			}
			numbers = append(numbers, got[i].Number)
		}
		slices.Sort(numbers)
		for i, number := range numbers {
			if number != i+1 {
				t.Fatalf("numbers %v, want 1 to %d", numbers, n)
			}
		}
		kept, err := s.Requirements(ctx, student, d.ID)
		if err != nil || len(kept) != n || kept[0].Key() != "PVE-1" || kept[n-1].Key() != "PVE-50" {
			t.Errorf("kept %d requirements (%v), want PVE-1 to PVE-50", len(kept), err)
		}
	})
}

func TestARequirementAddedByManyAtOnceHasOneKey(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Members)
		id := newID()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if r, err := s.AddRequirement(ctx, entrepreneur, d.ID, id); err != nil || r.Key() != "PVE-1" {
					t.Errorf("key %q (%v), want PVE-1", r.Key(), err)
				}
			})
		}
		all.Wait()
		if next := add(t, s, d, newID()); next.Key() != "PVE-2" {
			t.Errorf("the next key is %s, want PVE-2", next.Key())
		}
	})
}

func TestTwoDocumentsMayUseTheSameID(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		one, two := document(t, s, access.Members), document(t, s, access.Members)
		add(t, s, one, "r1")
		add(t, s, one, "r3")
		if r := add(t, s, two, "r3"); r.Key() != "PVE-1" {
			t.Errorf("in the second document r3 is %s", r.Key())
		}
		if _, err := s.Classify(ctx, entrepreneur, two.ID, "r3", programme.Wish, programme.Must); err != nil {
			t.Fatal(err)
		}
		_, r, err := s.Requirement(ctx, student, one.ID, "r3")
		if err != nil || r.Key() != "PVE-2" || r.Type != "" {
			t.Errorf("in the first it is %s, a %q (%v)", r.Key(), r.Type, err)
		}
		if r := add(t, s, one, "R3"); r.Key() != "PVE-3" {
			t.Errorf("with a capital it is %s", r.Key())
		}
	})
}

func TestAnIDThatTheModelDoesNotHaveIsRefused(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Members)
		for _, bad := range []programme.RequirementID{"", " ", "a b", "{a}", "é", "a_b", "a\x00", programme.RequirementID(strings.Repeat("a", 65)), "' OR 1=1 --"} {
			_, err := s.AddRequirements(ctx, entrepreneur, d.ID, []programme.RequirementID{"goed", bad})
			wantFault(t, err, fault.KindInvalid)
		}
		if all, err := s.Requirements(ctx, student, d.ID); len(all) > 0 || err != nil {
			t.Errorf("%d requirements were added beside a bad one (%v)", len(all), err)
		}
		add(t, s, d, programme.RequirementID(strings.Repeat("A", 64)))
	})
}

// named are the keys of some requirements by their ids, as "id=key".
func named(all []programme.Requirement) string {
	var said []string
	for _, r := range all {
		said = append(said, fmt.Sprintf("%s=%d", r.ID, r.Number))
	}
	return strings.Join(said, " ")
}

func TestSeveralRequirementsGetTheirKeysAtOnceInTheirOrder(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Members)
		add(t, s, d, "m")
		got, err := s.AddRequirements(ctx, entrepreneur, d.ID, []programme.RequirementID{"z", "m", "a", "z"})
		if err != nil || named(got) != "m=1 z=2 a=3" {
			t.Errorf("got %s (%v)", named(got), err)
		}
		_, err = s.AddRequirements(ctx, student, d.ID, []programme.RequirementID{"x"})
		wantFault(t, err, fault.KindForbidden)
	})
}

func TestWhatTheTextShowsGetsItsKeyFromWhoeverReadsIt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Public)
		got, more, err := s.ShownRequirements(ctx, visitor, d.ID, []programme.RequirementID{"r3", "r1", "r3", "no id"})
		if err != nil || more || named(got) != "r3=1 r1=2" || got[0].CreatedBy != "" {
			t.Errorf("a visitor sees %s, %v (%v)", named(got), more, err)
		}
		got, _, err = s.ShownRequirements(ctx, entrepreneur, d.ID, []programme.RequirementID{"r1", "r2"})
		if err != nil || named(got) != "r3=1 r1=2 r2=3" || got[2].CreatedBy != entrepreneur.ID {
			t.Errorf("a writer then sees %s (%v)", named(got), err)
		}
		hidden := document(t, s, access.Members)
		_, _, err = s.ShownRequirements(ctx, outsider, hidden.ID, []programme.RequirementID{"r1"})
		wantFault(t, err, fault.KindNotFound)
		if all, err := s.Requirements(ctx, student, hidden.ID); len(all) > 0 || err != nil {
			t.Errorf("an outsider made %d keys (%v)", len(all), err)
		}
	})
}

func TestManyWhoReadAtOnceGiveEachRequirementOneKey(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Public)
		shown := many("r", 100)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				got, _, err := s.ShownRequirements(ctx, visitor, d.ID, shown)
				if err != nil || len(got) != 100 || got[99].ID != "r99" || got[99].Number != 100 {
					t.Errorf("%d requirements, the last %v (%v)", len(got), got[len(got)-1], err)
				}
			})
		}
		all.Wait()
	})
}

func many(prefix string, n int) []programme.RequirementID {
	ids := make([]programme.RequirementID, n)
	for i := range ids {
		ids[i] = programme.RequirementID(fmt.Sprint(prefix, i))
	}
	return ids
}

func TestKeysAreGivenSoManyAtOnceAndThenTheRestAndNeverWithoutEnd(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Public)
		shown := many("r", 20_100)
		for turn := 1; ; turn++ {
			got, more, err := s.ShownRequirements(ctx, visitor, d.ID, shown)
			if err != nil {
				t.Fatal(err)
			}
			if want := min(turn*2000, 20_000); len(got) != want || more != (want < 20_000) || got[want-1].ID != shown[want-1] {
				t.Fatalf("after turn %d there are %d keys, more %v", turn, len(got), more)
			}
			if !more {
				break
			}
		}
		got, more, err := s.ShownRequirements(ctx, visitor, d.ID, shown)
		if err != nil || more || len(got) != 20_000 {
			t.Errorf("a full document has %d keys, more %v (%v)", len(got), more, err)
		}
		_, err = s.AddRequirement(ctx, entrepreneur, d.ID, "r20050")
		wantFault(t, err, fault.KindTooMuch)
		if got, err := s.AddRequirements(ctx, entrepreneur, d.ID, []programme.RequirementID{"r20050", "r7"}); err != nil || named(got) != "r7=8" {
			t.Errorf("of one without and one with a key it returns %s (%v)", named(got), err)
		}
	})
}

func TestWhoMayDoWhatWithADocument(t *testing.T) {
	const allowed = fault.Kind(-1)
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		private, public := document(t, s, access.Members), document(t, s, access.Public)
		for name, tc := range map[string]struct {
			who                                     access.Actor
			readPrivate, readPublic, write, rewrite fault.Kind
		}{
			"a visitor":                  {visitor, fault.KindNotFound, allowed, fault.KindNotFound, fault.KindUnauthenticated},
			"somebody of another group":  {outsider, fault.KindNotFound, allowed, fault.KindNotFound, fault.KindForbidden},
			"a student of the group":     {student, allowed, allowed, fault.KindForbidden, fault.KindForbidden},
			"an entrepreneur":            {entrepreneur, allowed, allowed, allowed, allowed},
			"the coordinator":            {coordinator, allowed, allowed, allowed, allowed},
			"an administrator":           {access.Actor{ID: "a", Grants: []access.Grant{{Role: access.Admin, Realm: access.InNetwork}}}, fault.KindNotFound, allowed, fault.KindNotFound, fault.KindForbidden},
			"the network's coordinator":  {access.Actor{ID: "c", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InNetwork}}}, allowed, allowed, allowed, allowed},
			"an inspector with a reason": {member(access.Inspector, group), allowed, allowed, fault.KindForbidden, fault.KindForbidden},
		} {
			t.Run(name, func(t *testing.T) {
				check := func(what string, err error, want fault.Kind) {
					t.Helper()
					if want == allowed && err != nil || want != allowed && (err == nil || fault.KindOf(err) != want) {
						t.Errorf("%s: %v, want kind %d", what, err, want)
					}
				}
				_, err := s.Get(ctx, tc.who, private.ID)
				check("read a private one", err, tc.readPrivate)
				_, err = s.Requirements(ctx, tc.who, private.ID)
				check("read the keys of a private one", err, tc.readPrivate)
				_, err = s.Get(ctx, tc.who, public.ID)
				check("read a public one", err, tc.readPublic)
				_, err = s.AddRequirement(ctx, tc.who, private.ID, newID())
				check("add to a private one", err, tc.write)
				_, err = s.Rename(ctx, tc.who, public.ID, "", "Anders dan "+name)
				check("rename a public one", err, tc.rewrite)

				if s.MayWrite(tc.who, private) != (tc.write == allowed) {
					t.Errorf("may write in a private one: %v", s.MayWrite(tc.who, private))
				}
				if s.MayWrite(tc.who, public) != (tc.rewrite == allowed) {
					t.Errorf("may write in a public one: %v", s.MayWrite(tc.who, public))
				}

				list, err := s.Documents(ctx, tc.who, programme.Filter{})
				if err != nil {
					t.Fatal(err)
				}
				want := 1
				if tc.readPrivate == allowed {
					want = 2
				}
				if len(list.Documents) != want || list.Found != want {
					t.Errorf("the list shows %d and counts %d, want %d", len(list.Documents), list.Found, want)
				}
			})
		}
	})
}

func TestOnlyCoordinatorsAndLecturersOfTheGroupCreateADocument(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		in := programme.Input{Workgroup: group, Title: "Nieuw", Audience: access.Public}
		for role, want := range map[access.Role]fault.Kind{
			access.Student: fault.KindForbidden, access.Entrepreneur: fault.KindForbidden, access.AreaPartner: fault.KindForbidden,
		} {
			_, err := s.Create(ctx, member(role, group), in)
			wantFault(t, err, want)
		}
		for _, who := range []access.Actor{visitor, outsider} {
			_, err := s.Create(ctx, who, in)
			wantFault(t, err, fault.KindNotFound)
		}
		if _, err := s.Create(ctx, member(access.Lecturer, group), in); err != nil {
			t.Errorf("a lecturer was refused: %v", err)
		}
	})
}

func TestAFormThatIsSentManyTimesMakesOneDocument(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		in := programme.Input{Workgroup: group, Title: "Eén", Audience: access.Public, Key: "form 1"}
		ids := make([]programme.ID, 20)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				d, err := s.Create(ctx, coordinator, in)
				if err != nil {
					t.Errorf("create: %v", err)
				}
				ids[i] = d.ID
			})
		}
		all.Wait()
		if len(slices.Compact(ids)) != 1 {
			t.Errorf("one form made %v", ids)
		}
		other, err := s.Create(ctx, member(access.Lecturer, group), in)
		if err != nil || other.ID == ids[0] {
			t.Errorf("the key of one person is taken for that of another: %v", err)
		}
	})
}

func TestEveryMistakeInANewDocumentIsNamedAtItsField(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		for name, tc := range map[string]struct {
			in   programme.Input
			want []string
		}{
			"nothing filled in":  {programme.Input{}, []string{"title", "audience"}},
			"nothing to see":     {programme.Input{Title: "\u200b", Audience: access.Public}, []string{"title"}},
			"only spaces":        {programme.Input{Title: " \n\t ", Audience: access.Public}, []string{"title"}},
			"far too long":       {programme.Input{Title: strings.Repeat("é", 151), Audience: access.Public}, []string{"title"}},
			"control characters": {programme.Input{Title: "a\x00b", Audience: access.Public}, []string{"title"}},
			"not UTF-8":          {programme.Input{Title: "a\xffb", Audience: access.Public}, []string{"title"}},
			"somebody's own":     {programme.Input{Title: "Goed", Audience: access.Private}, []string{"audience"}},
		} {
			t.Run(name, func(t *testing.T) {
				tc.in.Workgroup = group
				_, err := s.Create(ctx, coordinator, tc.in)
				f, ok := err.(*fault.Fault)
				if !ok || f.Kind != fault.KindInvalid {
					t.Fatalf("error %v, want mistakes", err)
				}
				var fields []string
				for _, mistake := range f.All() {
					fields = append(fields, mistake.Field)
				}
				if !slices.Equal(fields, tc.want) {
					t.Errorf("mistakes at %v, want %v", fields, tc.want)
				}
			})
		}
	})
}

func TestAStatementMustShowSomething(t *testing.T) {
	for _, text := range []string{"", " \n", "\u200b"} {
		if err := programme.CheckStatement(text); !fault.Is(err, fault.KindInvalid, "programmes.requirement.statement_missing") {
			t.Errorf("%q is answered with %v", text, err)
		}
	}
	if err := programme.CheckStatement("De deur gaat vanzelf open."); err != nil {
		t.Errorf("a statement is refused: %v", err)
	}
}

func TestALongListComesInPagesAndCanBeNarrowedToAGroup(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		for i := range 23 {
			in := programme.Input{Workgroup: group, Title: fmt.Sprintf("Programma %02d", i), Audience: access.Public}
			if _, err := s.Create(ctx, coordinator, in); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Create(ctx, outsider, programme.Input{Workgroup: otherGroup, Title: "Anders", Audience: access.Public}); err != nil {
			t.Fatal(err)
		}
		second, err := s.Documents(ctx, visitor, programme.Filter{Page: 2, Workgroup: group})
		if err != nil || second.Found != 23 || len(second.Documents) != 3 || second.Documents[0].Title != "Programma 20" {
			t.Errorf("second page: %d of %d (%v)", len(second.Documents), second.Found, err)
		}
		if !slices.Equal(second.Workgroups, []string{group, otherGroup}) {
			t.Errorf("groups to choose from: %v", second.Workgroups)
		}
	})
}

func TestTheTypeAndPriorityOfARequirementAreKeptAsSaid(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Members)
		r := add(t, s, d, newID())
		if _, err := s.Classify(ctx, entrepreneur, d.ID, r.ID, programme.Wish, programme.Should); err != nil {
			t.Fatal(err)
		}
		_, kept, err := s.Requirement(ctx, student, d.ID, r.ID)
		if err != nil || kept.Type != programme.Wish || kept.Priority != programme.Should || kept.Key() != "PVE-1" {
			t.Errorf("kept %+v (%v)", kept, err)
		}
		_, err = s.Classify(ctx, entrepreneur, d.ID, r.ID, "rule", "soon")
		wantFault(t, err, fault.KindInvalid)
		_, err = s.Classify(ctx, student, d.ID, r.ID, programme.Wish, programme.Must)
		wantFault(t, err, fault.KindForbidden)
		_, err = s.Classify(ctx, entrepreneur, d.ID, newID(), programme.Wish, programme.Must)
		wantFault(t, err, fault.KindNotFound)
	})
}
