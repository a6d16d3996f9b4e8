package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/richtext"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/server/collab"
	"samenwijk/server/servertest"
)

var (
	changesFlag = flag.Int("changes", 800, "how many random changes strangers make, at most 1,000 to one document")
	diceFlag    = flag.Uint64("dice", 0, "what to begin their random choices with; 0 for something new")
)

// changesOfOne is how many changes one document gets: with more of them the test would take longer and longer
// to let each stranger have the text.
const changesOfOne = 1000

// Strangers send whatever a Yjs client can say under our names: unknown kinds, wrong types, giant values,
// deep maps, references to nothing, thousands of references to one card. The door refuses it, or every
// page, version, comparison and check answers.
func TestWhateverStrangersSendTheDoorRefusesItOrEveryPageAnswers(t *testing.T) {
	seed := *diceFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	for left := *changesFlag; left > 0; left -= changesOfOne {
		t.Run(fmt.Sprint("dice ", seed), func(t *testing.T) { strangers(t, seed, min(left, changesOfOne)) })
		if t.Failed() {
			return
		}
		seed++
	}
}

func strangers(t *testing.T, seed uint64, changes int) {
	v := newVisit(t, start(t, databasetest.SQLiteFile(t), options{demonstration: true}), seed)
	refused, stored := 0, 0
	const looks = 3
	for look := range looks {
		for range changes / looks {
			switch err := v.change(); {
			case err == nil:
				stored++
			case errors.Is(err, flow.ErrRefused), errors.Is(err, flow.ErrVersion), errors.Is(err, crdt.ErrMalformed),
				errors.Is(err, crdt.ErrOverBudget), errors.Is(err, crdt.ErrUnsupported):
				refused++
			default:
				t.Fatalf("refused with %v", err)
			}
		}
		v.store()
		v.look(look)
		if t.Failed() {
			return
		}
	}
	if stored < changes/4 || refused < changes/10 {
		t.Errorf("only %d changes were stored and %d refused: the test does not show much", stored, refused)
	}
	t.Logf("%d changes stored, %d refused; the slowest page took %v", stored, refused, v.slowest.Round(time.Millisecond))
}

// visit is a document that strangers write in.
type visit struct {
	t       *testing.T
	w       *world
	dice    *rand.Rand
	door    flow.Door
	ledger  flow.Ledger
	doc     *crdt.Doc // what was let in
	theirs  *crdt.Doc // what the stranger of the moment holds
	state   []byte    // what there was a moment ago
	held    int       // for how many strangers more
	waiting [][]byte  // let in and not stored yet
	log     *livedoc.Log
	id      livedoc.ID
	path    string
	cards   []string // ids of requirements that have a key
	marks   int
	before  livedoc.VersionID
	slowest time.Duration
}

func newVisit(t *testing.T, w *world, seed uint64) *visit {
	t.Helper()
	d := w.demoDocument()
	v := &visit{
		t: t, w: w, dice: rand.New(rand.NewPCG(seed, 1)), door: flow.Door{Model: flow.Programme, Limits: flow.DefaultLimits},
		doc: crdt.NewDoc(), log: livedoc.New(w.db), id: d.LiveID, path: "/programmas/" + string(d.ID),
	}
	for n := range 7 {
		v.cards = append(v.cards, string(demoRequirementID(d.WorkgroupID, n+1)))
	}
	if _, err := v.log.Load(t.Context(), v.id, 0, 0, func(u livedoc.Update) error { return v.doc.ApplyUpdate(u.Payload, nil) }); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var committing sync.WaitGroup
	committing.Go(func() {
		if err := v.log.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); committing.Wait() })
	v.arrive()
	return v
}

// arrive lets another stranger come, who holds what there is, or what there was a moment ago.
func (v *visit) arrive() {
	v.t.Helper()
	v.theirs = crdt.NewDoc(crdt.WithClientID(uint64(v.dice.Uint32())))
	if v.held--; v.held < 0 {
		var err error
		if v.state, err = v.doc.EncodeStateAsUpdate(nil); err != nil {
			v.t.Fatal(err)
		}
		v.held = 20
	}
	if err := v.theirs.ApplyUpdate(v.state, nil); err != nil {
		v.t.Fatal(err)
	}
}

// change has the stranger do something and offers it at the door. An error is why it was refused.
func (v *visit) change() error {
	act := v.dice.IntN(100)
	if act >= ownKinds { // who knows nothing may take a root for what it likes
		knowing := v.theirs
		v.theirs = crdt.NewDoc(crdt.WithClientID(uint64(v.dice.Uint32())))
		defer func() { v.theirs = knowing }()
	} else if v.dice.IntN(50) == 0 {
		v.arrive()
	}
	before := v.theirs.StateVector()
	v.theirs.Transact(nil, func(*crdt.Tx) { _ = v.act(act) }) // what the engine itself cannot hold is no change
	update, err := v.theirs.EncodeStateAsUpdate(before)
	if err != nil {
		return err
	}
	switch v.dice.IntN(20) {
	case 0: // the line garbles it
		update = bytes.Clone(update)
		for range 1 + v.dice.IntN(3) {
			update[v.dice.IntN(len(update))] ^= byte(1 << v.dice.IntN(8))
		}
	case 1: // it never comes, and what follows refers to nothing
		return nil
	}
	claim, err := v.door.Look(update, crdt.Limits{Bytes: 2 << 20, Structs: 200_000, Clients: 200_000})
	if err == nil && claim != nil {
		err = v.ledger.Admit(&v.door, v.doc, claim)
	}
	if err != nil {
		if act < ownKinds {
			v.arrive() // whoever is put out begins anew
		}
		return err
	}
	if err := v.doc.ApplyUpdate(update, nil); err != nil {
		v.t.Fatalf("the door let in what no document takes: %v", err)
	}
	v.waiting = append(v.waiting, update)
	return nil
}

// ownKinds is the first act for which the roots are taken for what they may not be.
const ownKinds = 85

// act changes the stranger's document.
func (v *visit) act(n int) error {
	text := func() *crdt.Text { return v.theirs.Text(v.flow()) }
	switch {
	case n < 25:
		at := text()
		return at.Insert(v.dice.IntN(at.Len()+1), strings.Repeat(one(v, "a", "woord ", "é", "😀", "\n", "\x00", "�", "<b>"), 1+v.dice.IntN(20)), v.attributes())
	case n < 40:
		at := text()
		return at.InsertEmbed(v.dice.IntN(at.Len()+1), v.embed(), v.attributes())
	case n < 48:
		at := text()
		if at.Len() == 0 {
			return nil
		}
		from := v.dice.IntN(at.Len())
		return at.Delete(from, min(at.Len()-from, 1+v.dice.IntN(30)))
	case n < 53:
		at := text()
		if at.Len() == 0 {
			return nil
		}
		from := v.dice.IntN(at.Len())
		return at.Format(from, min(at.Len()-from, 1+v.dice.IntN(9)), v.attributes())
	case n < 70:
		return v.theirs.Map("marks").Set(one(v, v.mark(), "", "x:y:z")+":"+one(v, "kind", "level", "list", "indent", "start", "box", "mood"), v.value())
	case n < 80:
		table := one(v, "t1", "t2", v.mark())
		return v.theirs.Map("tables").Set(table+one(v, ":row:", ":column:", ":header", ":")+one(v, "r1", "c1", v.mark(), ""), v.value())
	case n < 84:
		return v.theirs.Map("removed").Set(one(v, "requirement:", "table:", "x:")+one(v, v.cards...), v.value())
	case n < ownKinds:
		times := 1 + v.dice.IntN(5)
		if v.dice.IntN(20) == 0 {
			times = 10_000
		}
		for range times { // many references to one card
			err := v.theirs.Text("body").InsertEmbed(0, map[string]any{"requirement": v.cards[0], "place": v.dice.Float64() * 1e6}, nil)
			if err != nil {
				return err
			}
		}
		return nil
	case n < 88:
		return v.theirs.Array(one(v, "body", "marks", v.flow(), "list")).Append(v.value())
	case n < 91:
		return v.theirs.Map(one(v, "body", v.flow(), "map")).Set(v.mark(), v.value())
	case n < 93:
		return v.theirs.XMLFragment(one(v, "default", "body", "page")).Append(crdt.NewXMLElement("section"))
	case n < 95:
		return v.theirs.Map(one(v, "marks", "tables", "other")).Set("x", one[any](v, crdt.NewText("x"), crdt.NewMap(nil), []byte("x")))
	case n < 97:
		return v.theirs.Text(one(v, "statement:", "cell:a:b", "plain:a b", "marks", "chat"+fmt.Sprint(v.dice.IntN(100)))).Insert(0, "x", nil)
	default:
		return v.theirs.Map("marks").Set(strings.Repeat("k", v.dice.IntN(9000)), true)
	}
}

func one[T any](v *visit, of ...T) T { return of[v.dice.IntN(len(of))] }

func (v *visit) mark() string {
	v.marks++
	return "p" + fmt.Sprint(v.dice.IntN(v.marks/2+1))
}

func (v *visit) flow() string {
	return one(v, "body", "body", "body", "statement:"+one(v, v.cards...), "rationale:"+one(v, v.cards...), "plain:a", "caption:f",
		"cell:t1:r1:c1", "cell:t2:"+v.mark()+":c1", "statement:"+v.mark())
}

func (v *visit) embed() any {
	switch v.dice.IntN(6) {
	case 0, 1:
		return map[string]any{"p": v.mark()}
	case 2:
		return map[string]any{one(v, "requirement", "table", "figure", "video"): one(v, one(v, v.cards...), "t1", v.mark(), "", "a b"), "place": v.value()}
	case 3:
		return map[string]any{"requirement": one(v, v.cards...), "place": float64(v.dice.Int64N(1 << 50))}
	case 4:
		return map[string]any{"p": v.value(), "more": v.value()}
	}
	return v.value()
}

func (v *visit) attributes() crdt.Attributes {
	if v.dice.IntN(3) > 0 {
		return nil
	}
	return crdt.Attributes{one(v, "bold", "italic", "link", "code", "strike", "mood", v.mark()): v.value()}
}

// value is what may lie under a key, and what may not.
func (v *visit) value() any {
	switch v.dice.IntN(16) {
	case 0, 1:
		return true
	case 2:
		return one[any](v, nil, false, 0.0, -1.0, 2.0, 8.0, 1e300, 0.5)
	case 3, 4:
		return one(v, "heading", "bullet", "ordered", "term:b", "note:x", "joke:y", "note:", "javascript:alert(1)", "", "�")
	case 5:
		return "note:" + v.mark()
	case 6:
		return strings.Repeat("x", v.dice.IntN(6000))
	case 7:
		var deep any = 1.0
		for range v.dice.IntN(14) {
			deep = one[any](v, []any{deep}, map[string]any{"a": deep})
		}
		return deep
	}
	return one(v, "V", "a", "heading", "https://voorbeeld.test/")
}

// store puts what was let in into the log.
func (v *visit) store() {
	v.t.Helper()
	head, err := v.log.Head(v.t.Context(), v.id)
	if err != nil {
		v.t.Fatal(err)
	}
	b := livedoc.Batch{Document: v.id, Epoch: head.Epoch, ACLVersion: head.ACLVersion}
	resident := string(v.w.actor(demoResident).ID)
	for some := range slices.Chunk(v.waiting, 20) { // a room that is busy joins what can be joined
		one, err := crdt.MergeUpdates(some)
		if err == nil {
			if _, err = v.door.Look(one, crdt.DefaultLimits); err == nil {
				some = [][]byte{one}
			}
		}
		for _, update := range some {
			b.Records = append(b.Records, livedoc.Record{Session: database.NewID(), Mark: 1, Actor: resident, Payload: update})
		}
	}
	v.waiting = nil
	if _, err := v.log.Append(v.t.Context(), b); err != nil {
		v.t.Fatal(err)
	}
	v.w.collab.Recheck(v.id)
}

// look opens every page that shows the text, and has everything checked.
func (v *visit) look(n int) {
	t, w := v.t, v.w
	t.Helper()
	b := w.as(demoResident)
	get := func(path string) *servertest.Page {
		t.Helper()
		began := time.Now()
		page := b.Get(path)
		v.slowest = max(v.slowest, time.Since(began))
		return page.MustStatus(http.StatusOK)
	}
	named, err := w.collab.NameNow(t.Context(), w.actor(demoResident), v.id, fmt.Sprint("Stand ", n), fmt.Sprint(n))
	if err != nil {
		t.Fatal(err)
	}
	version := v.path + "/versies/" + string(named.ID)
	for _, path := range []string{
		v.path, v.path + "/eisen.json", v.path + "/versies", version, version + "/wie-schreef-wat", version + "/terugzetten",
		v.path + "/wie-schreef-wat", v.path + "/vergelijken?van=" + string(named.ID),
	} {
		get(path)
	}
	for _, card := range v.cards {
		if _, _, err := w.collab.Words(t.Context(), v.id, card); err != nil {
			t.Fatalf("the form of %s: %v", card, err)
		}
		get(v.path + "/eisen/" + card)
	}
	w.browser().Get("/programmas").MustStatus(http.StatusOK)
	if v.before != "" {
		get(v.path + "/vergelijken?van=" + string(v.before) + "&naar=" + string(named.ID))
		// What stood there comes back, and the way back leads back.
		for _, id := range []livedoc.VersionID{v.before, named.ID} {
			if err := w.collab.Restore(t.Context(), w.actor(demoResident), v.id, id, database.NewID()); err != nil {
				t.Fatalf("restore: %v", err)
			}
			v.follow()
			restored, err := w.collab.Text(t.Context(), v.id)
			if err != nil {
				t.Fatal(err)
			}
			want, err := w.collab.VersionText(t.Context(), v.id, id)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := restored.Plain(), want.Plain(); got != want {
				t.Errorf("a version of %d letters that was brought back reads as %d letters", len(want), len(got))
			}
		}
	}
	v.before = named.ID
	removed, err := w.collab.RemovedRequirements(t.Context(), v.id)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range removed[:min(len(removed), 3)] {
		if err := w.collab.PutBack(t.Context(), w.actor(demoResident), v.id, r.Requirement); err != nil {
			t.Fatalf("put back: %v", err)
		}
	}
	for _, card := range v.cards {
		words, shown, err := w.collab.Words(t.Context(), v.id, card)
		if err == nil && shown {
			was := words[richtext.Statement]
			in := collab.Rewordings{Parts: map[richtext.Kind]collab.Rewording{richtext.Statement: {From: was, To: was + " En dit."}}}
			_, err = w.collab.Reword(t.Context(), w.actor(demoResident), v.id, card, in)
		}
		if err != nil {
			t.Fatalf("the form of %s: %v", card, err)
		}
	}
	v.follow()
	var said bytes.Buffer
	if err := fsck(t.Context(), w.db, w.config, slog.New(slog.DiscardHandler), &said); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	if _, err := w.collab.CompactAll(t.Context()); err != nil {
		t.Errorf("compact: %v", err)
	}
}

// follow takes in what the program wrote itself.
func (v *visit) follow() {
	v.t.Helper()
	doc := crdt.NewDoc()
	if _, err := v.log.Load(v.t.Context(), v.id, 0, 0, func(u livedoc.Update) error { return doc.ApplyUpdate(u.Payload, nil) }); err != nil {
		v.t.Fatal(err)
	}
	v.doc = doc
	v.ledger, v.held = flow.Ledger{}, 0
	v.arrive()
}
