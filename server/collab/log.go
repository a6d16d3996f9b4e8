package collab

import (
	"context"
	"errors"
	"time"

	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/realtime/hub"
)

// Log shows the log of live documents to the rooms.
func Log(log *livedoc.Log) hub.Log { return adapter{log} }

type adapter struct{ log *livedoc.Log }

func (a adapter) Load(ctx context.Context, document string, epoch, after int64, row func(hub.Row) error) (hub.Head, error) {
	doc, err := a.log.Load(ctx, livedoc.ID(document), epoch, after, func(u livedoc.Update) error {
		return row(hub.Row{First: u.First, Seq: u.Seq, Session: u.Session, Payload: u.Payload})
	})
	return headOf(doc), inWordsOfTheHub(err)
}

func (a adapter) Append(ctx context.Context, document string, at hub.Head, records []hub.Record) ([]int64, error) {
	b := livedoc.Batch{
		Document: livedoc.ID(document), Epoch: at.Epoch, ACLVersion: at.Rights, Records: make([]livedoc.Record, len(records)),
	}
	for i, r := range records {
		b.Records[i] = livedoc.Record{Session: r.Session, Mark: r.Mark, Actor: r.Actor, Payload: r.Payload}
	}
	seqs, err := a.log.Append(ctx, b)
	return seqs, inWordsOfTheHub(err)
}

func (a adapter) BusyUntil() time.Time { return a.log.BusyUntil() }

func (a adapter) Heads(ctx context.Context, documents []string) (map[string]hub.Head, error) {
	ids := make([]livedoc.ID, len(documents))
	for i, document := range documents {
		ids[i] = livedoc.ID(document)
	}
	docs, err := a.log.Heads(ctx, ids)
	if err != nil {
		return nil, err
	}
	heads := make(map[string]hub.Head, len(docs))
	for _, doc := range docs {
		heads[string(doc.ID)] = headOf(doc)
	}
	return heads, nil
}

func headOf(doc livedoc.Document) hub.Head {
	return hub.Head{Epoch: doc.Epoch, Seq: doc.Seq, Rights: doc.ACLVersion, Schema: doc.Schema}
}

// inWordsOfTheHub joins the rooms' own error to the fault, which stays for the log.
func inWordsOfTheHub(err error) error {
	switch {
	case err == nil:
		return nil
	case livedoc.IsEpoch(err):
		return errors.Join(hub.ErrEpoch, err)
	case livedoc.IsRight(err):
		return errors.Join(hub.ErrRights, err)
	case fault.KindOf(err) == fault.KindNotFound:
		return errors.Join(hub.ErrNotFound, err)
	}
	return err
}
