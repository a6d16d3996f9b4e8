package collab

import (
	"errors"

	"samenwijk/domain/livedoc"
	"samenwijk/realtime/crdt"
	"samenwijk/realtime/flow"
	"samenwijk/realtime/hub"
)

// rules are what the documents of this house may hold.
var rules = flow.Door{Model: flow.Programme, Limits: flow.DefaultLimits}

// doorOf is the door of an open document. One whose text is still of an earlier model is read only.
func doorOf(head hub.Head) hub.Door {
	if head.Schema != livedoc.Schema {
		return closedDoor{}
	}
	return &door{}
}

// door speaks of flow.Door in the words of the rooms.
type door struct{ ledger flow.Ledger }

func (*door) Look(update []byte, limits crdt.Limits) (any, error) {
	claim, err := rules.Look(update, limits)
	if claim == nil || err != nil {
		return nil, inWordsOfTheRooms(err)
	}
	return claim, nil
}

func (d *door) Admit(text *crdt.Doc, claim any) error {
	return inWordsOfTheRooms(d.ledger.Admit(&rules, text, claim.(*flow.Claim)))
}

type closedDoor struct{}

func (closedDoor) Look([]byte, crdt.Limits) (any, error) {
	return nil, inWordsOfTheRooms(flow.ErrVersion)
}
func (closedDoor) Admit(*crdt.Doc, any) error { return inWordsOfTheRooms(flow.ErrVersion) }

func inWordsOfTheRooms(err error) error {
	switch {
	case errors.Is(err, flow.ErrVersion):
		return &hub.Refusal{Code: hub.CodeModel, Reason: "the change is of another version of the document"}
	case errors.Is(err, flow.ErrRefused):
		return &hub.Refusal{Code: hub.CodeContent, Reason: "the change holds what no reader could show"}
	}
	return err
}

// mayBeStored judges what this program wrote itself as the rooms judge what others send.
func mayBeStored(doc *crdt.Doc, update []byte) error {
	claim, err := rules.Look(update, crdt.DefaultLimits)
	if claim == nil || err != nil {
		return err
	}
	var ledger flow.Ledger
	return ledger.Admit(&rules, doc, claim)
}
