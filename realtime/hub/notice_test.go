package hub

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"samenwijk/realtime/protocol"
)

var notices = []notice{
	{kind: noticeChanges, node: "n", epoch: 1, seq: 7, changes: [][]byte{{0, 0}, {1, 2, 3}}},
	{kind: noticeBeacon, node: "n", epoch: 1, seq: 7, rights: 3},
	{kind: noticeLook, node: "n"},
	{kind: noticeRecheck, node: "n", person: "ana"},
	{kind: noticeRecheck, node: "n"},
	{kind: noticeCarets, node: "n", carets: []protocol.Entry{{Client: 1, Clock: 2, State: []byte(`{"user":{"id":"ana"}}`)}, {Client: 3, Clock: 4}}},
	{kind: noticeWho, node: "n"},
	{kind: noticeLeave, node: "n"},
}

func TestWhatANodeSaysIsWhatTheOthersHear(t *testing.T) {
	for _, n := range notices {
		got, err := decodeNotice(n.encode())
		if err != nil || !reflect.DeepEqual(got, n) {
			t.Errorf("%+v became %+v, %v", n, got, err)
		}
	}
}

func TestMessagesOfAnotherVersionOrWithoutSenseAreErrors(t *testing.T) {
	changes := notices[0].encode()
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"another version":  append([]byte{noticeVersion + 1}, changes[1:]...),
		"no such kind":     {noticeVersion, 99, 0},
		"cut short":        changes[:len(changes)-1],
		"too long":         append(bytes.Clone(changes), 0),
		"no changes":       (&notice{kind: noticeChanges, epoch: 1, seq: 1}).encode(),
		"changes from 0":   (&notice{kind: noticeChanges, epoch: 1, changes: [][]byte{{0, 0}}}).encode(),
		"a long name":      (&notice{kind: noticeLook, node: string(make([]byte, maxNode+1))}).encode(),
		"a long person":    (&notice{kind: noticeRecheck, person: string(make([]byte, maxPerson+1))}).encode(),
		"too many carets":  (&notice{kind: noticeCarets, carets: make([]protocol.Entry, maxCarets+1)}).encode(),
		"more than may be": make([]byte, MaxMessage+1),
	} {
		if n, err := decodeNotice(b); !errors.Is(err, protocol.ErrMalformed) && !errors.Is(err, protocol.ErrTooLarge) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
}

func FuzzNotice(f *testing.F) {
	for _, n := range notices {
		f.Add(n.encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := decodeNotice(b)
		if err != nil {
			return
		}
		if again, err := decodeNotice(n.encode()); err != nil || !reflect.DeepEqual(again, n) {
			t.Errorf("%+v became %+v, %v", n, again, err)
		}
	})
}
