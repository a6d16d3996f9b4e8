package live_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/database/databasetest"
	"samenwijk/realtime/crdt"
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
	cmd := exec.CommandContext(w.t.Context(), "node", "tree.mjs", "ws"+w.base.String()[len("http"):]+"/live", w.base.String(), string(w.doc))
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

// el and run are nodes and texts as Yjs clients write them.
func el(name string, attrs map[string]any, kids ...any) command {
	if kids == nil {
		kids = []any{}
	}
	return command{"el": name, "attrs": attrs, "kids": kids}
}

func run(pieces ...any) []any {
	var text []any
	for i := 0; i < len(pieces); i += 2 {
		text = append(text, []any{pieces[i], pieces[i+1]})
	}
	return text
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
		if got, err = prosemirror.Read(doc.XMLFragment("prosemirror")); err != nil {
			w.t.Fatal(err)
		}
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
		none, bold := map[string]any{}, map[string]any{"bold": map[string]any{}}
		link := map[string]any{"link": map[string]any{"href": "https://example.org/?a=1&b", "target": nil}}
		heading := el("heading", map[string]any{"level": 2, "textAlign": "left"}, run("Eisen 😀", none))
		r.do(command{"do": "append", "who": "ana", "nodes": []any{
			heading, el("paragraph", none, run("een ", none, "vet", bold, " woord, en een ", none, "link", link)),
		}})
		r.do(command{"do": "see", "who": "bo", "nodes": []any{
			heading, el("paragraph", none, run("een ", none, "vet", bold, " woord, en een ", none, "link", link)),
		}})
		head := prosemirror.Element("heading", map[string]any{"level": 2, "textAlign": "left"}, prosemirror.Text("Eisen 😀"))
		isBold := prosemirror.Mark{Type: "bold"}
		isLink := prosemirror.Mark{Type: "link", Attrs: map[string]any{"href": "https://example.org/?a=1&b", "target": nil}}
		w.stand(head, prosemirror.Element("paragraph", nil,
			prosemirror.Text("een "), prosemirror.Text("vet", isBold), prosemirror.Text(" woord, en een "), prosemirror.Text("link", isLink)))

		// The server writes, marks and attributes too; both clients see it, and it stands where they stand.
		italic := prosemirror.Mark{Type: "italic"}
		served := []prosemirror.Node{
			prosemirror.Element("heading", map[string]any{"level": 3, "textAlign": "left"}, prosemirror.Text("Eisen 😀")),
			prosemirror.Element("paragraph", nil,
				prosemirror.Text("een "), prosemirror.Text("vet", isBold), prosemirror.Text(" voorstel", italic), prosemirror.Text(", en een "), prosemirror.Text("link", isLink)),
			prosemirror.Element("paragraph", nil, prosemirror.Text("Van de server.", isBold, italic)),
		}
		err := w.docs.Change(t.Context(), access.Actor{ID: "ana"}, w.doc, func(d *crdt.Doc) error {
			return prosemirror.Write(d.XMLFragment("prosemirror"), served)
		})
		if err != nil {
			t.Fatal(err)
		}
		slanted := map[string]any{"italic": map[string]any{}}
		both := map[string]any{"bold": map[string]any{}, "italic": map[string]any{}}
		after := []any{
			el("heading", map[string]any{"level": 3, "textAlign": "left"}, run("Eisen 😀", none)),
			el("paragraph", none, run("een ", none, "vet", bold, " voorstel", slanted, ", en een ", none, "link", link)),
			el("paragraph", none, run("Van de server.", both)),
		}
		for _, who := range []string{"ana", "bo"} {
			r.do(command{"do": "see", "who": who, "nodes": after})
		}
		w.stand(served...)

		// Without a connection both the client and the server go on; on return nothing is lost.
		r.do(command{"do": "offline", "who": "bo"})
		r.do(command{"do": "format", "who": "bo", "path": []int{1, 0}, "at": 0, "len": 3, "marks": slanted})
		r.do(command{"do": "insert", "who": "bo", "path": []int{2, 0}, "at": 14, "words": " En van Bo.", "marks": map[string]any{"bold": nil, "italic": nil}})
		r.do(command{"do": "attr", "who": "bo", "path": []int{0}, "key": "textAlign", "value": "right"})
		r.do(command{"do": "remove", "who": "ana", "path": []int{2, 0}, "at": 0, "len": 4})
		err = w.docs.Change(t.Context(), access.Actor{ID: "ana"}, w.doc, func(d *crdt.Doc) error {
			return d.XMLFragment("prosemirror").Get(1).(*crdt.XMLElement).SetAttribute("id", "p1")
		})
		if err != nil {
			t.Fatal(err)
		}
		r.do(command{"do": "online", "who": "bo", "ticket": w.ticket("bo")})
		merged := []any{
			el("heading", map[string]any{"level": 3, "textAlign": "right"}, run("Eisen 😀", none)),
			el("paragraph", map[string]any{"id": "p1"}, run("een", slanted, " ", none, "vet", bold, " voorstel", slanted, ", en een ", none, "link", link)),
			el("paragraph", none, run("de server.", both, " En van Bo.", none)),
		}
		for _, who := range []string{"ana", "bo"} {
			r.do(command{"do": "see", "who": who, "nodes": merged})
		}
		w.stand(
			prosemirror.Element("heading", map[string]any{"level": 3, "textAlign": "right"}, prosemirror.Text("Eisen 😀")),
			prosemirror.Element("paragraph", map[string]any{"id": "p1"}, prosemirror.Text("een", italic), prosemirror.Text(" "),
				prosemirror.Text("vet", isBold), prosemirror.Text(" voorstel", italic), prosemirror.Text(", en een "), prosemirror.Text("link", isLink)),
			prosemirror.Element("paragraph", nil, prosemirror.Text("de server.", isBold, italic), prosemirror.Text(" En van Bo.")))
	})
}
