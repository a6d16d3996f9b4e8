package differential

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"samenwijk/realtime/crdt"
)

// session is what the judge replays. The names of the steps are explained by player.step.
type session struct {
	Clients []wireClient     `json:"clients"`
	Roots   []string         `json:"roots"`
	Steps   []map[string]any `json:"steps"`
	Verbose bool             `json:"verbose,omitempty"`
}

type wireClient struct {
	ID           uint64   `json:"id"`
	GC           bool     `json:"gc"`
	Capture      int      `json:"capture"` // milliseconds during which changes join one undo step
	IgnoreRemote bool     `json:"ignoreRemote"`
	Scope        []string `json:"scope"` // the roots in which changes can be undone
}

// player makes up a session while playing it with the engine.
type player struct {
	rng       *rand.Rand
	session   session
	docs      []*crdt.Doc
	undos     []*crdt.UndoManager
	updates   [][2][]byte // every update that was emitted, in both formats
	snapshots []snapshot
	positions []crdt.RelativePosition
	said      [][]byte   // what came out of the present step
	results   [][][]byte // and of all steps
	unicode   bool       // text with surrogate pairs, which edits may cut
}

type snapshot struct {
	doc  int
	snap *crdt.Snapshot
}

type wire = map[string]any

func (p *player) say(b []byte) { p.said = append(p.said, b) }

// play makes up and plays a session.
func play(seed uint64) (*player, error) {
	p := &player{rng: rand.New(rand.NewPCG(seed, 0x5eed))}
	p.session.Roots = [][]string{{"text"}, {"text"}, {"array"}, {"map"}, {"xml"}, {"xml"}, {"text", "array", "map", "xml"}}[p.rng.IntN(7)]
	p.unicode = p.rng.IntN(3) == 0
	for range 1 + p.rng.IntN(4) {
		p.addDoc()
	}
	steps := 5 + p.rng.IntN(40)
	if p.rng.IntN(40) == 0 {
		steps = 400 // now and then somebody works all day
	}
	for range steps {
		p.step()
	}
	for i := range p.docs {
		p.settle(i)
	}
	for i := range p.docs {
		p.begin(wire{"op": "state", "c": i})
		if err := p.state(i); err != nil {
			return nil, err
		}
		p.begin(wire{"op": "resolve", "c": i})
		for _, pos := range p.positions {
			if _, at, ok := p.docs[i].Resolve(pos); ok {
				p.say(fmt.Appendf(nil, "%d;", at))
			} else {
				p.say([]byte("null;"))
			}
		}
	}
	for i, s := range p.snapshots {
		p.begin(wire{"op": "restore", "u": i})
		past, err := p.docs[s.doc].Restore(s.snap)
		if err != nil {
			return nil, fmt.Errorf("restore: %w", err)
		}
		p.states(past)
	}
	p.end()
	for i, d := range p.docs {
		if err := d.Check(); err != nil {
			return nil, fmt.Errorf("client %d: %w", i, err)
		}
	}
	return p, nil
}

func (p *player) addDoc() {
	id := uint64(p.rng.Uint32())
	switch p.rng.IntN(5) {
	case 0:
		id = uint64(p.rng.IntN(200))
	case 1:
		id = 1<<32 + p.rng.Uint64N(1<<50)
	}
	for _, c := range p.session.Clients {
		if c.ID == id {
			id++
		}
	}
	c := wireClient{ID: id, GC: p.rng.IntN(4) > 0, Capture: []int{0, 0, 1 << 30}[p.rng.IntN(3)], IgnoreRemote: p.rng.IntN(8) == 0}
	for _, r := range p.session.Roots {
		if len(p.session.Roots) == 1 || p.rng.IntN(4) > 0 {
			c.Scope = append(c.Scope, r)
		}
	}
	if len(c.Scope) == 0 {
		c.Scope = p.session.Roots
	}
	p.session.Clients = append(p.session.Clients, c)
	d := crdt.NewDoc(crdt.WithClientID(id), crdt.WithGC(c.GC), crdt.WithGUID("doc"))
	var scope []crdt.Shared
	for _, r := range p.session.Roots {
		if s := rootOf(d, r); slices.Contains(c.Scope, r) {
			scope = append(scope, s)
		}
	}
	d.OnUpdate(func(u []byte, _ any) {
		p.say(u)
		p.updates = append(p.updates, [2][]byte{u, nil})
	})
	d.OnUpdateV2(func(u []byte, _ any) {
		p.say(u)
		p.updates[len(p.updates)-1][1] = u
	})
	u := d.NewUndoManager(scope...)
	u.TrackOrigin("user")
	u.CaptureTimeout = time.Duration(c.Capture) * time.Millisecond
	u.IgnoreRemoteMapChanges = c.IgnoreRemote
	p.docs, p.undos = append(p.docs, d), append(p.undos, u)
}

func rootOf(d *crdt.Doc, name string) crdt.Shared {
	switch name {
	case "text":
		return d.Text(name)
	case "array":
		return d.Array(name)
	case "map":
		return d.Map(name)
	}
	return d.XMLFragment(name)
}

// begin closes the last step and opens the next.
func (p *player) begin(step wire) {
	p.end()
	p.session.Steps = append(p.session.Steps, step)
}

func (p *player) end() {
	if len(p.session.Steps) > len(p.results) {
		p.results = append(p.results, p.said)
		p.said = nil
	}
}

func (p *player) must(err error) {
	if err != nil {
		p.say([]byte("error " + err.Error()))
	}
}

func (p *player) step() {
	c := p.rng.IntN(len(p.docs))
	d := p.docs[c]
	switch n := p.rng.IntN(100); {
	case n < 50:
		p.edit(c)
	case n < 62 && len(p.updates) > 0:
		u, v2 := p.rng.IntN(len(p.updates)), p.rng.IntN(2) == 0
		p.begin(wire{"op": "apply", "c": c, "u": u, "v2": v2})
		p.must(apply(d, p.updates[u], v2))
	case n < 72 && len(p.docs) > 1:
		p.sync(c, p.rng.IntN(len(p.docs)))
	case n < 80:
		p.begin(wire{"op": "undo", "c": c})
		p.undos[c].Undo()
	case n < 84:
		p.begin(wire{"op": "redo", "c": c})
		p.undos[c].Redo()
	case n < 86:
		p.begin(wire{"op": "stop", "c": c})
		p.undos[c].StopCapturing()
	case n < 90 && len(p.updates) > 0:
		p.merge(c)
	case n < 92 && !p.session.Clients[c].GC:
		p.begin(wire{"op": "snapshot", "c": c})
		p.snapshots = append(p.snapshots, snapshot{c, d.Snapshot()})
	case n < 95:
		p.position(c)
	case n < 97:
		p.must(p.load(c, p.rng.IntN(len(p.docs))))
	default:
		p.begin(wire{"op": "state", "c": c})
		p.must(p.state(c))
	}
}

func apply(d *crdt.Doc, u [2][]byte, v2 bool) error {
	if v2 {
		return d.ApplyUpdateV2(u[1], nil)
	}
	return d.ApplyUpdate(u[0], nil)
}

// sync brings what another client has to client c.
func (p *player) sync(c, from int) {
	v2 := p.rng.IntN(2) == 0
	p.begin(wire{"op": "sync", "c": c, "from": from, "v2": v2})
	sv := p.docs[c].StateVector()
	var u []byte
	var err error
	if v2 {
		u, err = p.docs[from].EncodeStateAsUpdateV2(sv)
	} else {
		u, err = p.docs[from].EncodeStateAsUpdate(sv)
	}
	p.must(err)
	p.say(sv)
	p.say(u)
	p.must(apply(p.docs[c], [2][]byte{u, u}, v2))
}

// settle brings everything to client c, so that most sessions end in one state.
func (p *player) settle(c int) {
	for from := range p.docs {
		if from != c && p.rng.IntN(8) > 0 {
			p.sync(c, from)
		}
	}
}

// merge has some updates merged, cut and converted without a document.
func (p *player) merge(c int) {
	var us []int
	for range 1 + p.rng.IntN(8) {
		us = append(us, p.rng.IntN(len(p.updates)))
	}
	if p.rng.IntN(4) == 0 {
		us = nil
		for i := range p.updates {
			us = append(us, i)
		}
	}
	v2, use := p.rng.IntN(2) == 0, p.rng.IntN(2) == 0
	p.begin(wire{"op": "merge", "c": c, "us": us, "v2": v2, "apply": use})
	var parts [2][][]byte
	for _, i := range us {
		parts[0], parts[1] = append(parts[0], p.updates[i][0]), append(parts[1], p.updates[i][1])
	}
	out := func(b []byte, err error) []byte {
		p.must(err)
		p.say(b)
		return b
	}
	m := [2][]byte{out(crdt.MergeUpdates(parts[0])), out(crdt.MergeUpdatesV2(parts[1]))}
	sv := p.docs[c].StateVector()
	out(crdt.DiffUpdate(m[0], sv))
	out(crdt.DiffUpdateV2(m[1], sv))
	out(crdt.StateVectorFromUpdate(m[0]))
	out(crdt.StateVectorFromUpdateV2(m[1]))
	out(crdt.ConvertV1ToV2(m[0]))
	out(crdt.ConvertV2ToV1(m[1]))
	if use {
		p.must(apply(p.docs[c], m, v2))
	}
}

func (p *player) states(d *crdt.Doc) {
	v1, err := d.EncodeStateAsUpdate(nil)
	p.must(err)
	v2, err := d.EncodeStateAsUpdateV2(nil)
	p.must(err)
	p.say(v1)
	p.say(v2)
}

// load brings the whole of a document into an empty one at once, and cuts it for another client.
func (p *player) load(c, other int) error {
	v2, gc := p.rng.IntN(2) == 0, p.rng.IntN(2) == 0
	p.begin(wire{"op": "load", "c": c, "other": other, "v2": v2, "gc": gc})
	v1, err := p.docs[c].EncodeStateAsUpdate(nil)
	if err != nil {
		return err
	}
	b2, err := p.docs[c].EncodeStateAsUpdateV2(nil)
	if err != nil {
		return err
	}
	d := crdt.NewDoc(crdt.WithClientID(1), crdt.WithGC(gc), crdt.WithGUID("doc"))
	for _, r := range p.session.Roots {
		rootOf(d, r)
	}
	if err := apply(d, [2][]byte{v1, b2}, v2); err != nil {
		return err
	}
	p.states(d)
	sv := p.docs[other].StateVector()
	out, err := crdt.DiffUpdate(v1, sv)
	p.must(err)
	p.say(out)
	out, err = crdt.DiffUpdateV2(b2, sv)
	p.must(err)
	p.say(out)
	out, err = crdt.StateVectorFromUpdate(v1)
	p.must(err)
	p.say(out)
	// Two formats cannot be merged as they are: one is converted first.
	out, err = crdt.ConvertV2ToV1(b2)
	p.must(err)
	if len(p.updates) > 0 {
		u := p.rng.IntN(len(p.updates))
		p.session.Steps[len(p.session.Steps)-1]["u"] = u
		out, err = crdt.MergeUpdates([][]byte{p.updates[u][0], out})
		p.must(err)
	}
	p.say(out)
	return d.Check()
}

func (p *player) state(c int) error {
	d := p.docs[c]
	p.say(d.StateVector())
	p.states(d)
	p.say(d.Snapshot().Encode())
	p.say(d.Snapshot().EncodeV2())
	text := "{"
	for i, r := range p.session.Roots {
		if i > 0 {
			text += ","
		}
		text += quote(r) + ":" + dump(rootOf(d, r))
	}
	p.say([]byte(text + "}"))
	for _, r := range p.session.Roots {
		if r == "xml" {
			p.say([]byte(d.XMLFragment("xml").String()))
		}
	}
	return d.Check()
}

func (p *player) position(c int) {
	t := p.anyType(c)
	n := lengthOf(t.shared)
	at, assoc := p.rng.IntN(n+1), p.rng.IntN(3)-1
	p.begin(wire{"op": "position", "c": c, "path": t.path, "at": at, "assoc": assoc})
	pos := p.docs[c].RelativePosition(t.shared, at, assoc)
	p.positions = append(p.positions, pos)
	p.say(pos.Encode())
}

func bin(b []byte) wire { return wire{"t": "bin", "v": base64.StdEncoding.EncodeToString(b)} }
