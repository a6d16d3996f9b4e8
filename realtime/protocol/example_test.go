package protocol_test

import (
	"encoding/json"
	"fmt"
	"time"

	"samenwijk/realtime/crdt"
	"samenwijk/realtime/protocol"
)

// A client asks for what it lacks, and the server answers.
func ExampleDecode() {
	server := crdt.NewDoc(crdt.WithClientID(1))
	server.Text("note").Insert(0, "hello", nil)
	client := crdt.NewDoc(crdt.WithClientID(2))

	question := protocol.AppendSyncStep1(nil, client.StateVector())
	m, err := protocol.Decode(question, protocol.Limits{Update: 1 << 20, Awareness: 1 << 12})
	if err != nil || m.Kind != protocol.SyncStep1 {
		fmt.Println("refused:", err)
		return
	}
	lacking, _ := server.EncodeStateAsUpdate(m.Body)
	answer := protocol.AppendSyncStep2(nil, lacking)

	// What comes back is read in the same way.
	m, _ = protocol.Decode(answer, protocol.Limits{Update: 1 << 20, Awareness: 1 << 12})
	fmt.Println(client.ApplyUpdate(m.Body, nil), client.Text("note"))
	// Output: <nil> hello
}

// Who is there: what a client says counts until it says something newer, or falls silent.
func ExamplePresent() {
	update := protocol.EncodeAwareness([]protocol.Entry{{Client: 7, Clock: 1, State: []byte(`{"cursor":3,"user":{"name":"Eve"}}`)}})
	entries, err := protocol.DecodeAwareness(update)
	if err != nil {
		fmt.Println(err)
		return
	}
	// The name comes from who signed in, not from what the client claims.
	entries[0].State, _ = protocol.Identify(entries[0].State, json.RawMessage(`{"name":"Ana"}`))

	var here protocol.Present
	now := time.Now()
	fmt.Println(here.Set(entries[0], now), string(here.All()[0].State))
	fmt.Println(here.Set(entries[0], now)) // no news
	fmt.Println(here.SilentSince(now.Add(30 * time.Second)))
	gone, _ := here.Remove(7)
	fmt.Println(gone.Clock, gone.State == nil)
	// Output:
	// true {"cursor":3,"user":{"name":"Ana"}}
	// false
	// [7]
	// 1 true
}
