package workgroup_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/fault"
	"samenwijk/domain/search"
	"samenwijk/domain/workgroup"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

var (
	ctx         = context.Background()
	now         = time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	coordinator = access.Actor{ID: "cor", Grants: []access.Grant{{Role: access.Lecturer, Realm: access.InNetwork}}}
	admin       = access.Actor{ID: "adm", Grants: []access.Grant{{Role: access.Admin, Realm: access.InNetwork}}}
	outsider    = access.Actor{ID: "out", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InWorkgroup, ID: "elsewhere"}}}
	visitor     = access.Actor{}
)

// world is a service, the people behind addresses, and a clock that a test can move.
type world struct {
	*workgroup.Service
	t     *testing.T
	db    *database.DB
	clock time.Time

	mu     sync.Mutex
	people map[string]access.PersonID
	proved []access.PersonID
	// language is that of whoever was made last.
	language string
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := &world{t: t, db: db, clock: now, people: map[string]access.PersonID{"ana@voorbeeld.test": "ana"}}
		w.Service = workgroup.New(db, workgroup.People{
			Find: func(_ *database.Tx, address string) (access.PersonID, bool, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				id, known := w.people[address]
				return id, known, nil
			},
			Make: func(_ *database.Tx, address, _, language string) (access.PersonID, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.people[address] = access.PersonID("new " + address)
				w.language = language
				return w.people[address], nil
			},
			Prove: func(_ *database.Tx, person access.PersonID) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.proved = append(w.proved, person)
				return nil
			},
		}, []byte("0123456789abcdef0123456789abcdef"))
		w.Now = func() time.Time { return w.clock }
		test(w)
	})
}

func input(public bool) workgroup.Input {
	return workgroup.Input{
		Name: "Lerende samenwerking", Goal: "Samen leren in de wijk.", ReviewOn: workgroup.Day(now).AddDate(0, 0, 21),
		Strands: []workgroup.Strand{workgroup.Research, workgroup.Practice}, Public: public,
	}
}

// group begins a group that coordinator coordinates, and returns it with that coordinator as signed in.
func (w *world) group(public bool) (workgroup.Workgroup, access.Actor) {
	w.t.Helper()
	g, err := w.Create(ctx, coordinator, input(public))
	if err != nil {
		w.t.Fatal(err)
	}
	return g, w.actor(coordinator.ID)
}

// actor returns a person with what they are granted now.
func (w *world) actor(id access.PersonID) access.Actor {
	w.t.Helper()
	grants, err := w.GrantsOf(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return access.Actor{ID: id, Grants: grants}
}

// join makes somebody a member by way of an invitation.
func (w *world) join(g workgroup.Workgroup, by access.Actor, address string, role access.Role) access.Actor {
	w.t.Helper()
	_, token := w.invite(g, by, address, role)
	if _, err := w.Accept(ctx, visitor, token, "Iemand"); err != nil {
		w.t.Fatal(err)
	}
	return w.actor(w.people[address])
}

func (w *world) invite(g workgroup.Workgroup, by access.Actor, address string, role access.Role) (workgroup.Invitation, string) {
	w.t.Helper()
	i, err := w.Invite(ctx, by, g.ID, workgroup.InviteInput{Address: address, Role: role})
	if err != nil {
		w.t.Fatal(err)
	}
	l, due, err := w.LetterOf(ctx, i.ID)
	if err != nil || !due {
		w.t.Fatalf("LetterOf = %v, %v", due, err)
	}
	return i, l.Token
}

func (w *world) want(err error, kind fault.Kind, code string) {
	w.t.Helper()
	if !fault.Is(err, kind, code) {
		w.t.Errorf("got %v, want %v %s", err, kind, code)
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// fields returns the fields that err finds a mistake at.
func fields(err error) []string {
	var f *fault.Fault
	names := []string{}
	if errors.As(err, &f) {
		for _, one := range f.All() {
			names = append(names, one.Field)
		}
	}
	return names
}

func TestAGroupComesBackAsItWasMadeWithItsMakerAsCoordinator(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		got, err := w.Get(ctx, cor, g.ID)
		w.must(err)
		if got.Name != g.Name || got.Goal != g.Goal || !got.ReviewOn.Equal(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)) ||
			!slices.Equal(got.Strands, workgroup.Strands{workgroup.Practice, workgroup.Research}) || got.Public || got.Version != 1 {
			w.t.Errorf("got %+v", got)
		}
		members, err := w.Members(ctx, cor, g.ID)
		w.must(err)
		if len(members) != 1 || members[0].PersonID != "cor" || members[0].Role != access.Coordinator {
			w.t.Errorf("members = %+v", members)
		}
	})
}

func TestThereIsNoGroupWithoutAGoalAndAReviewDate(t *testing.T) {
	each(t, func(w *world) {
		for name, tc := range map[string]struct {
			change func(in *workgroup.Input)
			want   []string
		}{
			"nothing at all":      {func(in *workgroup.Input) { *in = workgroup.Input{} }, []string{"name", "goal", "review", "strands"}},
			"no goal":             {func(in *workgroup.Input) { in.Goal = " \n " }, []string{"goal"}},
			"a name of nothing":   {func(in *workgroup.Input) { in.Name = "\u200b\u200b\u200b" }, []string{"name"}},
			"a goal of nothing":   {func(in *workgroup.Input) { in.Goal = strings.Repeat("\u200b", 20) }, []string{"goal"}},
			"a goal of a word":    {func(in *workgroup.Input) { in.Goal = "leren" }, []string{"goal"}},
			"no review date":      {func(in *workgroup.Input) { in.ReviewOn = time.Time{} }, []string{"review"}},
			"a date in the past":  {func(in *workgroup.Input) { in.ReviewOn = workgroup.Day(now).AddDate(0, 0, -1) }, []string{"review"}},
			"in a hundred years":  {func(in *workgroup.Input) { in.ReviewOn = now.AddDate(100, 0, 0) }, []string{"review"}},
			"far too long a name": {func(in *workgroup.Input) { in.Name = strings.Repeat("é", workgroup.MaxName+1) }, []string{"name"}},
			"an unknown strand":   {func(in *workgroup.Input) { in.Strands = []workgroup.Strand{"fishing"} }, []string{"strands"}},
			"not UTF-8":           {func(in *workgroup.Input) { in.Name = "aap\xff" }, []string{"name"}},
		} {
			w.t.Run(name, func(t *testing.T) {
				in := input(true)
				tc.change(&in)
				_, err := w.Create(ctx, coordinator, in)
				if fault.KindOf(err) != fault.KindInvalid || !slices.Equal(fields(err), tc.want) {
					t.Errorf("got %v at %v, want %v", err, fields(err), tc.want)
				}
			})
		}
	})
}

func TestOnlyWhoTeachesOrCoordinatesBeginsAGroup(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(true)
		student := w.join(g, cor, "ana@voorbeeld.test", access.Student)
		_, err := w.Create(ctx, student, input(true))
		w.want(err, fault.KindForbidden, "")
		_, err = w.Create(ctx, visitor, input(true))
		w.want(err, fault.KindUnauthenticated, "")
		_, err = w.Create(ctx, admin, input(true))
		w.want(err, fault.KindForbidden, "")
		if _, err = w.Create(ctx, cor, input(true)); err != nil {
			w.t.Errorf("a coordinator of a group may not begin another: %v", err)
		}
	})
}

func TestAnOutsiderDoesNotKnowAPrivateGroupByAnyRoute(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(false)
		i, _ := w.invite(g, cor, "bo@voorbeeld.test", access.Student)
		for name, who := range map[string]access.Actor{"outsider": outsider, "visitor": visitor, "administrator": admin} {
			_, get := w.Get(ctx, who, g.ID)
			_, members := w.Members(ctx, who, g.ID)
			_, change := w.Change(ctx, who, g.ID, 1, input(true))
			_, invite := w.Invite(ctx, who, g.ID, workgroup.InviteInput{Address: "x@voorbeeld.test", Role: access.Student})
			_, invitations := w.Invitations(ctx, who, g.ID)
			_, inspections := w.Inspections(ctx, who, g.ID)
			for act, err := range map[string]error{
				"get": get, "members": members, "change": change, "invite": invite, "invitations": invitations, "inspections": inspections,
				"leave": w.Leave(ctx, who, g.ID), "remove": w.Remove(ctx, who, g.ID, "cor"),
				"role":     w.ChangeRole(ctx, who, g.ID, "cor", "", access.Student),
				"withdraw": w.Withdraw(ctx, who, g.ID, i.ID),
			} {
				if fault.KindOf(err) != fault.KindNotFound {
					w.t.Errorf("%s: %s = %v, want not found", name, act, err)
				}
			}
			groups, total, err := w.List(ctx, who, workgroup.Filter{Text: "lerende"})
			if err != nil || len(groups) != 0 || total != 0 {
				w.t.Errorf("%s: List = %v, %d, %v", name, groups, total, err)
			}
			if names, err := w.Names(ctx, who, []string{string(g.ID)}); err != nil || len(names) != 0 {
				w.t.Errorf("%s: Names = %v, %v", name, names, err)
			}
			if counts, err := w.CountMembers(ctx, who, []workgroup.ID{g.ID}); err != nil || len(counts) != 0 {
				w.t.Errorf("%s: CountMembers = %v, %v", name, counts, err)
			}
			if hits, err := search.New(w.db).Find(ctx, who, "lerende", 10); err != nil || len(hits) != 0 {
				w.t.Errorf("%s: search = %v, %v", name, hits, err)
			}
		}
		if hits, err := search.New(w.db).Find(ctx, cor, "lerende", 10); err != nil || len(hits) != 1 {
			w.t.Errorf("a member finds %v, %v", hits, err)
		}
	})
}

func TestAVisitorReadsAPublicGroupButNotWhoIsInIt(t *testing.T) {
	each(t, func(w *world) {
		g, _ := w.group(true)
		_, err := w.Get(ctx, visitor, g.ID)
		w.must(err)
		_, err = w.Members(ctx, visitor, g.ID)
		w.want(err, fault.KindUnauthenticated, "")
		_, err = w.Members(ctx, outsider, g.ID)
		w.want(err, fault.KindForbidden, "")
	})
}

func TestTheListCanBeFiltered(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(true)
		second := input(false)
		second.Name, second.Goal, second.Strands = "100% Fiets_maken", "Een werkplaats waar mensen leren.", []workgroup.Strand{workgroup.Education}
		other, err := w.Create(ctx, access.Actor{ID: "els", Grants: coordinator.Grants}, second)
		w.must(err)
		everything := access.Actor{ID: "net", Grants: []access.Grant{{Role: access.Coordinator, Realm: access.InNetwork}}}
		for name, tc := range map[string]struct {
			who    access.Actor
			filter workgroup.Filter
			want   []workgroup.ID
		}{
			"all":                {everything, workgroup.Filter{}, []workgroup.ID{other.ID, g.ID}},
			"by a word":          {everything, workgroup.Filter{Text: "FIETS"}, []workgroup.ID{other.ID}},
			"a sign of LIKE":     {everything, workgroup.Filter{Text: "%"}, []workgroup.ID{other.ID}},
			"another sign":       {everything, workgroup.Filter{Text: "s_m"}, []workgroup.ID{other.ID}},
			"by strand":          {everything, workgroup.Filter{Strand: workgroup.Practice}, []workgroup.ID{g.ID}},
			"an unknown strand":  {everything, workgroup.Filter{Strand: "%"}, nil},
			"mine":               {cor, workgroup.Filter{Mine: true}, []workgroup.ID{g.ID}},
			"mine for a visitor": {visitor, workgroup.Filter{Mine: true}, nil},
			"the second page":    {everything, workgroup.Filter{Page: 2}, nil},
		} {
			w.t.Run(name, func(t *testing.T) {
				groups, total, err := w.List(ctx, tc.who, tc.filter)
				if err != nil {
					t.Fatal(err)
				}
				var got []workgroup.ID
				for _, one := range groups {
					got = append(got, one.ID)
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("got %v, want %v", got, tc.want)
				}
				if tc.filter.Page == 0 && total != len(tc.want) {
					t.Errorf("total = %d", total)
				}
			})
		}
	})
}

func TestTheSameFormSentTwiceMakesOneGroup(t *testing.T) {
	each(t, func(w *world) {
		in := input(true)
		in.Key = "form 1"
		var wait sync.WaitGroup
		ids := make([]workgroup.ID, 8)
		for i := range ids {
			wait.Go(func() {
				g, err := w.Create(ctx, coordinator, in)
				if err != nil {
					w.t.Errorf("Create: %v", err)
				}
				ids[i] = g.ID
			})
		}
		wait.Wait()
		if len(slices.Compact(ids)) != 1 {
			w.t.Errorf("made %v", ids)
		}
		if _, total, err := w.List(ctx, visitor, workgroup.Filter{}); err != nil || total != 1 {
			w.t.Errorf("%d groups, %v", total, err)
		}
	})
}

func TestAnOldPageCannotUndoANewerChange(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(true)
		in := input(true)
		in.Name = "Nieuwe naam"
		g, err := w.Change(ctx, cor, g.ID, g.Version, in)
		w.must(err)
		if g.Version != 2 || g.Name != "Nieuwe naam" {
			w.t.Errorf("changed into %+v", g)
		}
		_, err = w.Change(ctx, cor, g.ID, 1, input(true))
		w.want(err, fault.KindConflict, "web.overtaken")
		if hits, err := search.New(w.db).Find(ctx, visitor, "nieuwe naam", 10); err != nil || len(hits) != 1 {
			w.t.Errorf("search = %v, %v", hits, err)
		}
	})
}

func TestADayThatIsOverMayStayButNotBeChosen(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(true)
		w.clock = now.AddDate(0, 3, 0)
		if !g.Overdue(w.clock) || g.Overdue(g.ReviewOn.Add(22*time.Hour)) {
			w.t.Error("a group is overdue from the day after its review date")
		}
		in := input(true)
		in.Goal = "Een ander doel voor de groep."
		g, err := w.Change(ctx, cor, g.ID, 1, in)
		w.must(err)
		in.ReviewOn = in.ReviewOn.AddDate(0, 0, 1)
		_, err = w.Change(ctx, cor, g.ID, 2, in)
		w.want(err, fault.KindInvalid, "workgroup.review.past")
	})
}

func TestAGroupThatTurnsPrivateTakesWhatBelongsToItAlong(t *testing.T) {
	each(t, func(w *world) {
		g, cor := w.group(true)
		var closed []string
		w.Closing = append(w.Closing, func(_ *database.Tx, id string) error { closed = append(closed, id); return nil })
		w.must(w.db.InTx(ctx, func(tx *database.Tx) error {
			return search.Put(tx, search.Entry{Kind: "document", ID: "d", Workgroup: string(g.ID), Audience: access.Public, Title: "Lerende lijst"})
		}))
		_, err := w.Change(ctx, cor, g.ID, 1, input(false))
		w.must(err)
		if !slices.Equal(closed, []string{string(g.ID)}) {
			w.t.Errorf("closed %v", closed)
		}
		if hits, err := search.New(w.db).Find(ctx, visitor, "lerende", 10); err != nil || len(hits) != 0 {
			w.t.Errorf("a visitor finds %v, %v", hits, err)
		}
		_, err = w.Get(ctx, visitor, g.ID)
		w.want(err, fault.KindNotFound, "")

		w.Closing = []func(*database.Tx, string) error{func(*database.Tx, string) error { return errors.New("boom") }}
		_, err = w.Change(ctx, cor, g.ID, 2, input(true))
		w.must(err)
		if _, err = w.Change(ctx, cor, g.ID, 3, input(false)); err == nil {
			w.t.Error("the group closed although what belongs to it did not")
		}
		if _, err = w.Get(ctx, visitor, g.ID); err != nil {
			w.t.Errorf("half a change was kept: %v", err)
		}
	})
}

func TestTheModelsEqualTheirTables(t *testing.T) {
	databasetest.SameColumns(t, &workgroup.Workgroup{}, &workgroup.Membership{}, &workgroup.Invitation{}, &workgroup.Inspection{})
}
