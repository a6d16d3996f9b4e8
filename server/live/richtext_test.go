package live_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// readers are Yjs clients from npm in one Node process, which do as they are told.
type readers struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func (w *world) readers() *readers {
	w.t.Helper()
	installClients(w.t)
	cmd := exec.CommandContext(w.t.Context(), "node", "flows.mjs", "ws"+w.base.String()[len("http"):]+"/live", w.base.String(), string(w.doc))
	cmd.Dir = filepath.Join("testdata", "yclient")
	var problem bytes.Buffer
	cmd.Stderr = &problem
	in, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil && w.t.Context().Err() == nil {
			w.t.Errorf("node: %v\n%s", err, problem.Bytes())
		}
	})
	return &readers{w.t, in, bufio.NewReader(out)}
}

type command map[string]any

// do has a client do something and waits until it is done.
func (r *readers) do(c command) {
	r.t.Helper()
	line, err := json.Marshal(c)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.in.Write(append(line, '\n')); err != nil {
		r.t.Fatal(err)
	}
	line, err = r.out.ReadBytes('\n')
	if err != nil {
		r.t.Fatalf("%v: the clients went away: %v", c["do"], err)
	}
	var answer struct{ Problem string }
	if err := json.Unmarshal(line, &answer); err != nil || answer.Problem != "" {
		r.t.Fatalf("%s of %v: %s %v", c["do"], c["who"], answer.Problem, err)
	}
}

// run is a paragraph as a Yjs client sees it: what it is, and words with their attributes.
func run(values map[string]any, pieces ...any) map[string]any {
	words := []any{}
	for i := 0; i < len(pieces); i += 2 {
		words = append(words, []any{pieces[i], pieces[i+1]})
	}
	line := map[string]any{"words": words}
	maps.Copy(line, values)
	return line
}

// stand waits until the stored document reads as nodes.
func (w *world) stand(nodes ...prosemirror.Node) {
	w.t.Helper()
	var got []prosemirror.Node
	eventually(w.t, "the stored text", func() bool {
		doc, err := w.docs.Document(w.t.Context(), w.doc)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := doc.Check(); err != nil {
			w.t.Fatal(err)
		}
		got = flow.Programme.Read(doc)
		return slices.EqualFunc(got, nodes, prosemirror.Equal) || w.t.Failed()
	})
}

func TestPlainYjsClientsExchangeMarksAndAttributesWithTheServer(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db).start()
		r := w.readers()
		r.do(command{"do": "open", "who": "ana", "ticket": w.ticket("ana")})
		r.do(command{"do": "open", "who": "bo", "ticket": w.ticket("bo")})

		// A client writes; the other client and the server read it.
		none, bold := map[string]any{}, map[string]any{"bold": true}
		link := map[string]any{"link": "https://example.org/?a=1&b"}
		heading := map[string]any{"kind": "heading", "level": 3, "mood": []any{"glad"}} // of which we know nothing
		r.do(command{"do": "insert", "who": "ana", "at": 0, "words": "Eisen 😀", "marks": none})
		r.do(command{"do": "mark", "who": "ana", "at": 8, "id": "h1", "values": heading})
		r.do(command{"do": "insert", "who": "ana", "at": 9, "words": "een ", "marks": none})
		r.do(command{"do": "insert", "who": "ana", "at": 13, "words": "vet", "marks": bold})
		r.do(command{"do": "insert", "who": "ana", "at": 16, "words": " woord, en een ", "marks": map[string]any{"bold": nil}})
		r.do(command{"do": "insert", "who": "ana", "at": 31, "words": "link", "marks": link})
		r.do(command{"do": "mark", "who": "ana", "at": 35, "id": "p1", "values": none})
		r.do(command{"do": "see", "who": "bo", "lines": []any{
			run(heading, "Eisen 😀", none),
			run(none, "een ", none, "vet", bold, " woord, en een ", none, "link", link),
		}})
		head := func(level int) prosemirror.Node {
			return prosemirror.Element("heading", map[string]any{"level": level}, prosemirror.Text("Eisen 😀"))
		}
		isBold, italic := prosemirror.Mark{Type: "bold"}, prosemirror.Mark{Type: "italic"}
		isLink := prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": "https://example.org/?a=1&b"}}
		w.stand(head(3), prosemirror.Element("paragraph", nil,
			prosemirror.Text("een "), prosemirror.Text("vet", isBold), prosemirror.Text(" woord, en een "), prosemirror.Text("link", isLink)))

		// The server writes, attributes and values too; both clients see it, and it stands where they stand.
		served := []prosemirror.Node{
			head(4),
			prosemirror.Element("paragraph", nil,
				prosemirror.Text("een "), prosemirror.Text("vet", isBold), prosemirror.Text(" voorstel", italic), prosemirror.Text(", en een "), prosemirror.Text("link", isLink)),
			prosemirror.Element("paragraph", nil, prosemirror.Text("Van de server.", isBold, italic)),
		}
		err := w.docs.Change(t.Context(), access.Actor{ID: "ana"}, w.doc, func(d *crdt.Doc) error {
			return flow.Programme.Write(d, served, time.Now())
		})
		if err != nil {
			t.Fatal(err)
		}
		slanted, both := map[string]any{"italic": true}, map[string]any{"bold": true, "italic": true}
		heading["level"] = 4
		after := []any{
			run(heading, "Eisen 😀", none),
			run(none, "een ", none, "vet", bold, " voorstel", slanted, ", en een ", none, "link", link),
			run(none, "Van de server.", both),
		}
		for _, who := range []string{"ana", "bo"} {
			r.do(command{"do": "see", "who": who, "lines": after})
		}
		w.stand(served...)

		// Without a connection both the client and the server go on; on return nothing is lost.
		r.do(command{"do": "offline", "who": "bo"})
		r.do(command{"do": "format", "who": "bo", "at": 9, "len": 3, "marks": slanted})
		r.do(command{"do": "insert", "who": "bo", "at": 53, "words": " En van Bo.", "marks": map[string]any{"bold": nil, "italic": nil}})
		r.do(command{"do": "become", "who": "bo", "id": "h1", "name": "level", "value": 2})
		r.do(command{"do": "remove", "who": "ana", "at": 39, "len": 4})
		err = w.docs.Change(t.Context(), access.Actor{ID: "ana"}, w.doc, func(d *crdt.Doc) error {
			return d.Map("marks").Set("p1:list", "bullet")
		})
		if err != nil {
			t.Fatal(err)
		}
		r.do(command{"do": "online", "who": "bo", "ticket": w.ticket("bo")})
		heading["level"] = 2
		merged := []any{
			run(heading, "Eisen 😀", none),
			run(map[string]any{"list": "bullet"}, "een", slanted, " ", none, "vet", bold, " voorstel", slanted, ", en een ", none, "link", link),
			run(none, "de server.", both, " En van Bo.", none),
		}
		for _, who := range []string{"ana", "bo"} {
			r.do(command{"do": "see", "who": who, "lines": merged})
		}
		w.stand(
			head(2),
			prosemirror.Element("bulletList", nil, prosemirror.Element("listItem", nil, prosemirror.Element("paragraph", nil,
				prosemirror.Text("een", italic), prosemirror.Text(" "), prosemirror.Text("vet", isBold), prosemirror.Text(" voorstel", italic),
				prosemirror.Text(", en een "), prosemirror.Text("link", isLink)))),
			prosemirror.Element("paragraph", nil, prosemirror.Text("de server.", isBold, italic), prosemirror.Text(" En van Bo.")))
	})
}
