package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"samenwijk/realtime/lib0"
	"samenwijk/realtime/lib0/lib0test"
	"samenwijk/realtime/protocol"
)

var limits = protocol.Limits{Update: 1000, Awareness: 200}

func TestFramesAreThoseOfYWebsocket(t *testing.T) {
	for name, tc := range map[string]struct{ got, want []byte }{
		"sync step 1": {protocol.AppendSyncStep1(nil, []byte{0}), []byte{0, 0, 1, 0}},
		"sync step 2": {protocol.AppendSyncStep2(nil, []byte{0, 0}), []byte{0, 1, 2, 0, 0}},
		"update":      {protocol.AppendUpdate(nil, []byte{0, 0}), []byte{0, 2, 2, 0, 0}},
		"awareness": {
			protocol.AppendAwareness(nil, protocol.EncodeAwareness([]protocol.Entry{{Client: 1, Clock: 2}})),
			[]byte{1, 8, 1, 1, 2, 4, 'n', 'u', 'l', 'l'},
		},
		"hello":   {protocol.AppendHello(nil, protocol.Hello{Epoch: 1, Schema: 2, MaxUpdate: 300, Write: true}), []byte{120, 3, 1, 2, 172, 2, 1}},
		"ack":     {protocol.AppendAck(nil, 7, 300), []byte{120, 1, 7, 172, 2}},
		"refusal": {protocol.AppendRefusal(nil, 7, 4403), []byte{120, 2, 7, 179, 34}},
	} {
		if !bytes.Equal(tc.got, tc.want) {
			t.Errorf("%s = %v, want %v", name, tc.got, tc.want)
		}
	}
}

func TestDecodeReadsWhatAClientSends(t *testing.T) {
	for name, tc := range map[string]struct {
		frame []byte
		want  protocol.Message
	}{
		"sync step 1": {[]byte{0, 0, 1, 0}, protocol.Message{Kind: protocol.SyncStep1, Body: []byte{0}}},
		"sync step 2": {[]byte{0, 1, 2, 0, 0}, protocol.Message{Kind: protocol.SyncStep2, Body: []byte{0, 0}}},
		"update":      {[]byte{0, 2, 2, 0, 0}, protocol.Message{Kind: protocol.Update, Body: []byte{0, 0}}},
		"awareness":   {[]byte{1, 1, 0}, protocol.Message{Kind: protocol.Awareness, Body: []byte{0}}},
		"query":       {[]byte{3}, protocol.Message{Kind: protocol.AwarenessQuery}},
		"mark":        {[]byte{120, 0, 172, 2}, protocol.Message{Kind: protocol.Mark, N: 300}},
	} {
		got, err := protocol.Decode(tc.frame, limits)
		if err != nil || got.Kind != tc.want.Kind || got.N != tc.want.N || !bytes.Equal(got.Body, tc.want.Body) {
			t.Errorf("%s = %+v, %v", name, got, err)
		}
	}
}

func TestDecodeRefusesWhatNoClientSends(t *testing.T) {
	for name, tc := range map[string]struct {
		frame []byte
		want  error
	}{
		"nothing":                {nil, protocol.ErrMalformed},
		"an unknown message":     {[]byte{9, 1, 2}, protocol.ErrMalformed},
		"an unknown sync":        {[]byte{0, 3, 0}, protocol.ErrMalformed},
		"an auth message":        {[]byte{2, 0, 1, 'x'}, protocol.ErrMalformed},
		"a server's ack":         {[]byte{120, 1, 1, 1}, protocol.ErrMalformed},
		"a truncated length":     {[]byte{0, 2, 0x80}, protocol.ErrMalformed},
		"a truncated body":       {[]byte{0, 2, 5, 1, 2}, protocol.ErrMalformed},
		"a huge length":          {[]byte{0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 1}, protocol.ErrMalformed},
		"an endless integer":     {bytes.Repeat([]byte{0xff}, 40), protocol.ErrMalformed},
		"something after it":     {[]byte{0, 2, 1, 0, 7}, protocol.ErrMalformed},
		"too large an update":    {protocol.AppendUpdate(nil, make([]byte, 1001)), protocol.ErrTooLarge},
		"too large an awareness": {protocol.AppendAwareness(nil, make([]byte, 201)), protocol.ErrTooLarge},
	} {
		if m, err := protocol.Decode(tc.frame, limits); !errors.Is(err, tc.want) {
			t.Errorf("%s = %+v, %v, want %v", name, m, err, tc.want)
		}
	}
}

func TestAwarenessSurvivesEncoding(t *testing.T) {
	entries := []protocol.Entry{{1, 2, []byte(`{"cursor":null}`)}, {1 << 40, 0, nil}}
	got, err := protocol.DecodeAwareness(protocol.EncodeAwareness(entries))
	if err != nil || len(got) != 2 {
		t.Fatalf("decoded %v, %v", got, err)
	}
	for i := range got {
		if got[i].Client != entries[i].Client || got[i].Clock != entries[i].Clock || string(got[i].State) != string(entries[i].State) {
			t.Errorf("entry %d = %+v, want %+v", i, got[i], entries[i])
		}
	}
}

func TestAwarenessOfACrowdFromOneConnectionIsRefused(t *testing.T) {
	var crowd []protocol.Entry
	for i := range uint64(17) {
		crowd = append(crowd, protocol.Entry{Client: i, State: []byte("{}")})
	}
	if _, err := protocol.DecodeAwareness(protocol.EncodeAwareness(crowd)); !errors.Is(err, protocol.ErrTooLarge) {
		t.Errorf("a crowd: %v", err)
	}
}

func TestTheUserOfAStateIsWhatTheServerSays(t *testing.T) {
	user := json.RawMessage(`{"id":"ana"}`)
	for state, want := range map[string]string{
		`{"cursor":{"anchor":1},"user":{"name":"Eve","color":"red;background:url(x)"}}`: `{"cursor":{"anchor":1},"user":{"id":"ana"}}`,
		`{"user":1,"user":2}`: `{"user":{"id":"ana"}}`,
		`{}`:                  `{"user":{"id":"ana"}}`,
	} {
		if got, err := protocol.Identify([]byte(state), user); err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v", state, got, err)
		}
	}
	for _, state := range []string{``, `1`, `[]`, `"x"`, `{`, `{"a":1}x`} {
		if got, err := protocol.Identify([]byte(state), user); !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("%q becomes %s, %v", state, got, err)
		}
	}
}

func TestPresentFollowsTheClocks(t *testing.T) {
	var p protocol.Present
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	say := func(clock uint64, state string) bool {
		e := protocol.Entry{Client: 1, Clock: clock}
		if state != "" {
			e.State = []byte(state)
		}
		return p.Set(e, now)
	}
	for i, step := range []struct {
		clock uint64
		state string
		news  bool
	}{
		{3, "", false}, // gone before it came
		{3, `{"a":1}`, true},
		{3, `{"a":2}`, false}, // the same clock twice
		{2, `{"a":3}`, false}, // late
		{2, "", false},        // late
		{4, `{"a":4}`, true},
		{4, "", true}, // gone, with the clock it had
		{4, `{"a":5}`, true},
	} {
		if news := say(step.clock, step.state); news != step.news {
			t.Errorf("step %d: news = %v", i, news)
		}
	}
	if silent := p.SilentSince(now); len(silent) != 1 || silent[0] != 1 {
		t.Errorf("silent = %v", silent)
	}
	if silent := p.SilentSince(now.Add(-time.Second)); len(silent) != 0 {
		t.Errorf("silent a second earlier = %v", silent)
	}
	e, there := p.Remove(1)
	if !there || e.Clock != 4 || e.State != nil {
		t.Errorf("removed %+v, %v", e, there)
	}
	if _, there := p.Remove(1); there || len(p.All()) != 0 {
		t.Error("removed twice")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0})
	f.Add([]byte{0, 2, 2, 0, 0})
	f.Add([]byte{1, 11, 1, 1, 2, 7, '{', '"', 'a', '"', ':', '1', '}'})
	f.Add([]byte{3})
	f.Add([]byte{120, 0, 172, 2})
	f.Add([]byte{0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 1})
	f.Fuzz(func(t *testing.T, frame []byte) {
		var m protocol.Message
		var err error
		lib0test.Within(t, 64<<10, func() { m, err = protocol.Decode(frame, limits) }) // it copies nothing
		if err != nil {
			if !errors.Is(err, protocol.ErrMalformed) && !errors.Is(err, protocol.ErrTooLarge) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if len(m.Body) > limits.Update || m.N < 0 || m.N > lib0.MaxSafeInteger {
			t.Fatalf("beyond the limits: %d bytes, mark %d", len(m.Body), m.N)
		}
	})
}

func FuzzDecodeAwareness(f *testing.F) {
	f.Add(protocol.EncodeAwareness([]protocol.Entry{{1, 2, []byte(`{"cursor":null}`)}, {3, 4, nil}}))
	f.Add([]byte{0xff, 0xff, 0xff, 0x7f})
	f.Add([]byte{1, 1, 1, 2, 0xff, 0xfe})
	f.Fuzz(func(t *testing.T, body []byte) {
		var entries []protocol.Entry
		var err error
		lib0test.Within(t, 256<<10+64*len(body), func() { entries, err = protocol.DecodeAwareness(body) })
		if err != nil {
			if !errors.Is(err, protocol.ErrMalformed) && !errors.Is(err, protocol.ErrTooLarge) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		for i := range entries {
			if entries[i].State == nil {
				continue
			}
			written, err := protocol.Identify(entries[i].State, json.RawMessage(`{"id":"ana"}`))
			if err == nil && !json.Valid(written) {
				t.Fatalf("%q became %q", entries[i].State, written)
			}
		}
		again, err := protocol.DecodeAwareness(protocol.EncodeAwareness(entries))
		if err != nil || len(again) != len(entries) {
			t.Fatalf("encoded again: %v", err)
		}
	})
}
