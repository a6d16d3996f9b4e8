package crdt

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"samenwijk/realtime/lib0"
)

func TestRefusedUpdatesSayWhyAndChangeNothing(t *testing.T) {
	good := func() []byte {
		d := NewDoc(WithClientID(5))
		d.Text("t").Insert(0, "hello", nil)
		b, _ := d.EncodeStateAsUpdate(nil)
		return b
	}()
	deep := append([]byte{1, 1, 9, 0, kindAny, 1, 1, 'a', 1}, bytes.Repeat([]byte{117, 1}, 300)...)
	deep = append(deep, 126, 0)
	for name, tc := range map[string]struct {
		update []byte
		limits Limits
		want   error
	}{
		"nothing at all":                {nil, Limits{}, ErrMalformed},
		"cut off":                       {good[:len(good)-3], Limits{}, ErrMalformed},
		"something behind it":           {append(bytes.Clone(good), 0), Limits{}, ErrMalformed},
		"unknown kind":                  {[]byte{1, 1, 5, 0, 11, 1, 1, 't', 0, 0}, Limits{}, ErrMalformed},
		"text that is not UTF-8":        {[]byte{1, 1, 5, 0, 4, 1, 1, 't', 1, 0xff, 0}, Limits{}, ErrMalformed},
		"JSON that is none":             {[]byte{1, 1, 5, 0, 5, 1, 1, 't', 1, '{', 0}, Limits{}, ErrMalformed},
		"a struct that follows itself":  {[]byte{1, 1, 5, 0, 0x84, 5, 0, 1, 'a', 0}, Limits{}, ErrMalformed},
		"two blocks of one client":      {[]byte{2, 1, 5, 0, 0, 1, 1, 5, 1, 0, 1, 0}, Limits{}, ErrMalformed},
		"no length":                     {[]byte{1, 1, 5, 0, 0, 0, 0}, Limits{}, ErrMalformed},
		"a delete without length":       {[]byte{0, 1, 5, 1, 3, 0}, Limits{}, ErrMalformed},
		"a gap with an origin":          {[]byte{1, 1, 5, 0, 0x8a, 2, 0}, Limits{}, ErrMalformed},
		"clock of 2^32":                 {append(lib0.AppendVarUint([]byte{1, 1, 5}, 1<<32), 0, 1, 0), Limits{}, ErrUnsupported},
		"length of 2^32":                {append(lib0.AppendVarUint([]byte{1, 1, 5, 0, 0}, 1<<32), 0), Limits{}, ErrUnsupported},
		"a value nested 300 deep":       {deep, Limits{}, ErrOverBudget},
		"more bytes than allowed":       {good, Limits{Bytes: 5}, ErrOverBudget},
		"more structs than allowed":     {[]byte{1, 3, 5, 0, 0, 1, 0, 1, 0, 1, 0}, Limits{Structs: 2}, ErrOverBudget},
		"more clients than allowed":     {[]byte{2, 1, 6, 0, 0, 1, 1, 5, 0, 0, 1, 0}, Limits{Clients: 1}, ErrOverBudget},
		"more structs announced than b": {[]byte{1, 0xff, 0xff, 0x7f, 5, 0, 0, 1, 0}, Limits{}, ErrMalformed},
	} {
		d := NewDoc(WithClientID(1), WithLimits(tc.limits))
		d.Text("t").Insert(0, "before", nil)
		before, _ := state(t, d)
		d.OnUpdate(func([]byte, any) { t.Errorf("%s: an update was sent", name) })
		err := d.ApplyUpdate(tc.update, nil)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
		after, _ := state(t, d)
		same(t, name, after, nil, before)
	}
}

func TestAV2UpdateWithoutAColumnOfStringsIsRefused(t *testing.T) {
	d := NewDoc()
	if err := d.ApplyUpdateV2(make([]byte, 12), nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("got %v, want %v", err, ErrMalformed)
	}
}

// A client whose id is used twice may tell of the same clock twice, and differently.
func TestWhoTellsTwoStoriesDamagesNoList(t *testing.T) {
	d := NewDoc(WithClientID(1))
	first := []byte{1, 2, 5, 0, 4, 1, 1, 'a', 2, 'x', 'y', 4, 1, 1, 'b', 2, 'p', 'q', 0}
	// Now clocks 2 to 5 follow the text of a; clocks 2 and 3 stand in b already.
	second := []byte{1, 1, 5, 2, 0x84, 5, 1, 4, 'p', 'q', 'r', 's', 0}
	for _, u := range [][]byte{first, second} {
		if err := d.ApplyUpdate(u, nil); err != nil {
			t.Fatal(err)
		}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := d.Text("a").String(), d.Text("b").String(); a != "xy" || b != "pqrs" {
		t.Errorf("a is %q and b is %q", a, b)
	}
}

func TestAFewBytesCannotAskForMuchMemory(t *testing.T) {
	// Run-length columns that announce two million collected structs.
	var lengths lib0.UintOptRleEncoder
	for range 2_000_000 {
		lengths.Write(1)
	}
	b := []byte{0}
	for _, column := range [][]byte{{}, {5}, {}, {}, {0}, {}, {}, {}, lengths.Finish()} {
		b = lib0.AppendBytes(b, column)
	}
	b = append(b, 1)
	b = lib0.AppendVarUint(b, 2_000_000)
	b = append(b, 0, 0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := NewDoc().ApplyUpdateV2(b, nil)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrOverBudget) {
		t.Errorf("%d bytes for two million structs: %v", len(b), err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes took %d bytes of memory", len(b), used)
	}
}

// A keystroke takes a short way when it comes as v1; as v2 it takes the long one.
func TestTheShortWayOfAKeystrokeLeavesWhatTheLongWayLeaves(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		authors := []*Doc{NewDoc(WithClientID(3)), NewDoc(WithClientID(900)), NewDoc(WithClientID(77))}
		short, long := NewDoc(WithClientID(1)), NewDoc(WithClientID(1))
		var sent [2][]byte
		for i, d := range []*Doc{short, long} {
			d.Text("t")
			d.OnUpdate(func(u []byte, _ any) { sent[i] = append(sent[i], u...) })
		}
		var updates [][]byte
		for _, a := range authors {
			a.OnUpdate(func(u []byte, origin any) {
				if origin == nil {
					updates = append(updates, u)
				}
			})
		}
		for range 60 {
			a := authors[rng.IntN(len(authors))]
			text := a.Text("t")
			switch n := text.Len(); {
			case n > 0 && rng.IntN(4) == 0:
				at := rng.IntN(n)
				text.Delete(at, min(1+rng.IntN(3), n-at))
			case n > 0 && rng.IntN(12) == 0:
				text.Format(rng.IntN(n), 1, Attributes{"bold": true})
			default:
				at := n
				if rng.IntN(3) == 0 {
					at = rng.IntN(n + 1)
				}
				text.Insert(at, string(rune('a'+rng.IntN(26))), nil)
			}
			if rng.IntN(5) == 0 {
				for _, u := range updates {
					authors[rng.IntN(len(authors))].ApplyUpdate(u, "other")
				}
			}
		}
		for _, u := range updates {
			v2, err := ConvertV1ToV2(u)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(short.ApplyUpdate(u, nil), long.ApplyUpdateV2(v2, nil)); err != nil {
				t.Fatal(err)
			}
			if err := short.Check(); err != nil {
				t.Fatal(err)
			}
		}
		a, _ := state(t, short)
		b, _ := state(t, long)
		same(t, "state", a, nil, b)
		same(t, "sent updates", sent[0], nil, sent[1])
	}
}

func TestChangesMadeByAListenerAreSentAfterWhatItHeardOf(t *testing.T) {
	d := NewDoc(WithClientID(1))
	text := d.Text("t")
	var heard []any
	d.OnUpdate(func(_ []byte, origin any) {
		heard = append(heard, origin)
		if origin == "first" {
			d.Transact("answer", func(*Tx) { text.Insert(0, "!", nil) })
		}
	})
	d.OnUpdate(func(_ []byte, origin any) { heard = append(heard, origin) })
	d.Transact("first", func(*Tx) { text.Insert(0, "x", nil) })
	want := []any{"first", "first", "answer", "answer"}
	if len(heard) != len(want) {
		t.Fatalf("heard %v, want %v", heard, want)
	}
	for i := range want {
		if heard[i] != want[i] {
			t.Fatalf("heard %v, want %v", heard, want)
		}
	}
}

func TestAPanickingListenerDoesNotStopTheNextTransaction(t *testing.T) {
	d := NewDoc(WithClientID(1))
	cancel := d.OnUpdate(func([]byte, any) { panic("listener") })
	func() {
		defer func() { recover() }()
		d.Text("t").Insert(0, "a", nil)
	}()
	cancel()
	sent := 0
	d.OnUpdate(func([]byte, any) { sent++ })
	d.Text("t").Insert(1, "b", nil)
	if sent != 1 || d.Text("t").String() != "ab" {
		t.Errorf("sent %d updates, text %q", sent, d.Text("t").String())
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeStoredIsRefusedBeforeAnythingChanges(t *testing.T) {
	d := NewDoc()
	used := NewText("x")
	if err := d.Map("m").Set("ok", used); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]any{"a channel": make(chan int), "a type twice": used, "a type in a plain list": []any{NewText("y")}} {
		if err := d.Map("m").Set("k", v); !errors.Is(err, ErrValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.Text("t").Delete(0, 1); !errors.Is(err, ErrRange) {
		t.Errorf("delete from nothing: %v", err)
	}
	if err := d.Array("a").Insert(1, 1); !errors.Is(err, ErrRange) {
		t.Errorf("insert beyond the end: %v", err)
	}
	if d.Map("m").Len() != 1 {
		t.Error("a refused value was stored")
	}
	defer func() {
		if recover() == nil {
			t.Error("a root was given out with another kind")
		}
	}()
	d.Array("m")
}

// Two who make the same word bold leave one beginning and one end too many. Somebody whose next change
// has been sent already may count on either.
func TestFormatsThatAnotherMayCountOnStay(t *testing.T) {
	begun := NewDoc(WithClientID(1))
	begun.Text("t").Insert(0, "two words", nil)
	start, err := begun.EncodeStateAsUpdate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, opts := range map[string][]Option{"as every peer": nil, "kept": {KeepFormats()}} {
		other := NewDoc(append(opts, WithClientID(2))...)
		other.Text("t")
		tidied := 0
		other.OnUpdate(func(_ []byte, origin any) {
			if origin != "network" {
				tidied++
			}
		})
		for client := range uint64(3) {
			writer := NewDoc(WithClientID(10 + client))
			if err := writer.ApplyUpdate(start, nil); err != nil {
				t.Fatal(err)
			}
			writer.Text("t").Format(0, 3, Attributes{"bold": true})
			state, err := writer.EncodeStateAsUpdate(nil)
			if err == nil {
				err = other.ApplyUpdate(state, "network")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if kept := tidied == 0; kept != (name == "kept") {
			t.Errorf("%s: %d updates tidied up", name, tidied)
		}
	}
}

// Somebody types in a word that is deleted at the same moment; their letters are bold as the word was.
func TestDeletingTextKeepsTheFormatsThatAnothersLettersHave(t *testing.T) {
	for name, opts := range map[string][]Option{"as every peer": nil, "kept": {KeepFormats()}} {
		deleter, typer := NewDoc(append(opts, WithClientID(1))...), NewDoc(WithClientID(2))
		exchange := func(from, to *Doc) {
			t.Helper()
			state, err := from.EncodeStateAsUpdate(nil)
			if err == nil {
				err = to.ApplyUpdate(state, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		deleter.Text("t").Insert(0, "two words", nil)
		deleter.Text("t").Format(0, 3, Attributes{"bold": true})
		exchange(deleter, typer)
		typer.Text("t").Insert(2, "elv", nil)
		deleter.Text("t").Delete(0, 3)
		exchange(typer, deleter)
		first := deleter.Text("t").ToDelta()[0]
		if bold := first.Attributes["bold"] == true; bold != (name == "kept") || !strings.HasPrefix(first.Insert.(string), "elv") {
			t.Errorf("%s: %v stays first", name, first)
		}
	}
}
