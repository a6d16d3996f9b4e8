// Command partner is the server's part in the word test of the editor (frontend/words): it changes a
// document as the server's forms and versions do, and reads it. It takes one request a line from its
// input, and gives one answer a line, both JSON; bytes are in base64.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/prosemirror"
)

type request struct {
	Do     string // new, apply, words, form, restore or read
	Client uint32 // of new: who the server is in this session
	Update []byte // of apply and new: what comes in; of restore: the state of the version
	Card   string // of words and form: the requirement
	Part   string // of words and form
	Text   string // of form: what the part must say
	Now    int64  // of restore: milliseconds since 1970
}

type answer struct {
	Updates [][]byte `json:",omitempty"` // what the document changed by
	Text    string   `json:",omitempty"`
	Nodes   []node   `json:",omitempty"`
	Wrong   string   `json:",omitempty"`
}

// node is one of the editor's, as ProseMirror writes it.
type node struct {
	Type    string         `json:"type"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Text    string         `json:"text,omitempty"`
	Marks   []mark         `json:"marks,omitempty"`
	Content []node         `json:"content,omitempty"`
}

type mark struct {
	Type  string         `json:"type"`
	Attrs map[string]any `json:"attrs,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 1<<20)
	answers := json.NewEncoder(out)
	var s session
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		a, err := s.answer(r)
		if err != nil {
			a.Wrong = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

type session struct {
	doc *crdt.Doc
}

func (s *session) answer(r request) (answer, error) {
	switch r.Do {
	case "new":
		s.doc = crdt.NewDoc(crdt.WithClientID(flow.ClientID(r.Client)), crdt.KeepFormats())
		return answer{}, s.doc.ApplyUpdate(r.Update, nil)
	case "apply":
		// The engine tidies formats up when others changed them, as Yjs does, and says so in updates of its own.
		return s.listen(func() error { return s.doc.ApplyUpdate(r.Update, network) })
	case "words":
		return answer{Text: flow.Programme.Words(s.doc, requirement(r.Card), r.Part)}, nil
	case "form":
		return s.change(func() error { return flow.Programme.SetPart(s.doc, requirement(r.Card), r.Part, r.Text) })
	case "restore":
		old := crdt.NewDoc(crdt.KeepFormats())
		if err := old.ApplyUpdate(r.Update, nil); err != nil {
			return answer{}, err
		}
		nodes := flow.Programme.Read(old)
		return s.change(func() error { return flow.Programme.Restore(s.doc, nodes, old.States(), time.UnixMilli(r.Now)) })
	case "read":
		if err := flow.Programme.Check(s.doc, flow.DefaultLimits); err != nil {
			return answer{}, err
		}
		if s.doc.HasPending() {
			return answer{}, fmt.Errorf("something is pending")
		}
		return answer{Nodes: nodesOf(flow.Programme.Read(s.doc))}, nil
	}
	return answer{}, fmt.Errorf("nobody knows how to %q", r.Do)
}

func requirement(id string) flow.Card { return flow.Card{Kind: "requirement", ID: id} }

// change makes a change in one transaction.
func (s *session) change(change func() error) (answer, error) {
	return s.listen(func() (err error) {
		s.doc.Transact("server", func(*crdt.Tx) { err = change() })
		return err
	})
}

// network is the origin of what comes in.
const network = "network"

// listen answers with the updates that are made here meanwhile.
func (s *session) listen(f func() error) (answer, error) {
	var a answer
	defer s.doc.OnUpdate(func(update []byte, origin any) {
		if origin != network {
			a.Updates = append(a.Updates, update)
		}
	})()
	err := f()
	return a, err
}

func nodesOf(nodes []prosemirror.Node) []node {
	out := make([]node, 0, len(nodes))
	for _, n := range nodes {
		marks := make([]mark, 0, len(n.Marks))
		for _, m := range n.Marks {
			marks = append(marks, mark{m.Type, m.Attrs})
		}
		out = append(out, node{Type: n.Type, Attrs: n.Attrs, Text: n.Text, Marks: marks, Content: nodesOf(n.Content)})
	}
	return out
}
