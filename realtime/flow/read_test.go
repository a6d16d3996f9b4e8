package flow_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

// shared is a case that the editor's reader has to read alike.
type shared struct {
	Name   string     `json:"name"`
	Update []byte     `json:"update"`
	Nodes  []jsonNode `json:"nodes"`
}

// jsonNode is a node as the editor writes it.
type jsonNode struct {
	Type    string         `json:"type"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []jsonNode     `json:"content,omitempty"`
	Text    string         `json:"text,omitempty"`
	Marks   []jsonNode     `json:"marks,omitempty"`
}

func (n jsonNode) node() prosemirror.Node {
	node := prosemirror.Node{Type: n.Type, Attrs: n.Attrs, Text: n.Text}
	for _, c := range n.Content {
		node.Content = append(node.Content, c.node())
	}
	for _, m := range n.Marks {
		node.Marks = append(node.Marks, prosemirror.Mark{Type: m.Type, Attrs: m.Attrs})
	}
	return node
}

func inJSON(nodes []prosemirror.Node) []jsonNode {
	var list []jsonNode
	for _, n := range nodes {
		j := jsonNode{Type: n.Type, Attrs: n.Attrs, Text: n.Text, Content: inJSON(n.Content)}
		for _, m := range n.Marks {
			j.Marks = append(j.Marks, jsonNode{Type: m.Type, Attrs: m.Attrs})
		}
		list = append(list, j)
	}
	return list
}

func say(nodes []prosemirror.Node) string {
	b, err := json.MarshalIndent(inJSON(nodes), "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func equal(a, b []prosemirror.Node) bool {
	return prosemirror.Equal(prosemirror.Node{Content: a}, prosemirror.Node{Content: b})
}

// cases are those that testdata/record.mjs made.
func cases(t testing.TB) []shared {
	t.Helper()
	paths, err := filepath.Glob("testdata/read/*.json")
	if err != nil || len(paths) < 60 {
		t.Fatalf("only %d cases in testdata/read: %v", len(paths), err)
	}
	var all []shared
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var c shared
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, c)
	}
	return all
}

func (c shared) nodes() []prosemirror.Node {
	var nodes []prosemirror.Node
	for _, n := range c.Nodes {
		nodes = append(nodes, n.node())
	}
	return nodes
}

func (c shared) doc(t testing.TB) *crdt.Doc {
	t.Helper()
	doc := crdt.NewDoc(crdt.WithClientID(1 << 30))
	if err := doc.ApplyUpdate(c.Update, nil); err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return doc
}

func TestDocumentsOfYjsReadAsTheContractSays(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			doc := c.doc(t)
			want := c.nodes()
			if got := flow.Programme.Read(doc); !equal(got, want) {
				t.Errorf("reads as\n%s\nwant\n%s", say(got), say(want))
			}
			if got := flow.Programme.ReadIDs(doc); !equal(got, want) {
				t.Errorf("with ids it reads as\n%s\nwant\n%s", say(got), say(want))
			}
		})
	}
}
