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

func TestAnIDBelongsToOneDocument(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		one, two := document(t, s, access.Members), document(t, s, access.Members)
		id := newID()
		add(t, s, one, id)
		_, err := s.AddRequirement(ctx, entrepreneur, two.ID, id)
		if !fault.Is(err, fault.KindConflict, "programmes.requirement.elsewhere") {
			t.Errorf("error %v, want a conflict", err)
		}
		if r := add(t, s, two, newID()); r.Key() != "PVE-1" {
			t.Errorf("the refused one used up a number: %s", r.Key())
		}
	})
}

func TestAnIDThatIsNoUUIDIsRefused(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		s := programme.New(db)
		d := document(t, s, access.Members)
		id := string(newID())
		for _, bad := range []string{
			"", "x", strings.ToUpper(id), "{" + id + "}", strings.ReplaceAll(id, "-", ""), "00000000-0000-0000-0000-000000000000",
			strings.Repeat("a", 1<<16), "' OR 1=1 --",
		} {
			_, err := s.AddRequirement(ctx, entrepreneur, d.ID, programme.RequirementID(bad))
			wantFault(t, err, fault.KindInvalid)
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
				_, err = s.Rename(ctx, tc.who, public.ID, "Anders")
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
