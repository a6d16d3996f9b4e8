package livedoc

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"samenwijk/domain/database"
)

// rowsPerStatement is how many rows a statement that cleans up takes at most, so that nobody waits long for it.
const rowsPerStatement = 500

// claim is the numbers that a batch takes in its document.
type claim struct {
	batch    *Batch
	n, bytes int
	last     int64 // of the numbers it took
	refused  error // why it took none
}

// advance takes numbers for each claim. The rows of the documents stay locked until the transaction
// ends, so numbers are handed out in the order of the commits, without gaps.
func advance(tx *database.Direct, claims []claim) error {
	args := make([][]any, len(claims))
	for i, c := range claims {
		args[i] = []any{c.n, c.bytes, c.batch.Document, c.batch.Epoch, c.batch.ACLVersion}
	}
	answers, err := tx.Each(
		`UPDATE live_documents SET seq = seq + ?, bytes = bytes + ? WHERE id = ? AND epoch = ? AND acl_version = ? RETURNING seq`, args)
	if err != nil {
		return fmt.Errorf("number the updates of %d documents: %w", len(claims), err)
	}
	for i := range claims {
		c := &claims[i]
		if answers[i].Found {
			c.last = answers[i].Value
			continue
		}
		switch epoch, err := tx.One(`SELECT epoch FROM live_documents WHERE id = ?`, c.batch.Document); {
		case err != nil:
			return err
		case !epoch.Found:
			c.refused = errNotFound
		case epoch.Value != c.batch.Epoch:
			c.refused = errEpoch
		default:
			c.refused = errRight
		}
	}
	return nil
}

// addUpdates reports whether all rows were new; those that were not are left as they are.
func addUpdates(tx *database.Direct, rows []Update) (bool, error) {
	args := make([][]any, len(rows))
	for i := range rows {
		u := &rows[i]
		args[i] = []any{u.Document, u.Epoch, u.Seq, u.Session, u.Mark, u.Actor, u.Payload, u.Checksum, u.At}
	}
	answers, err := tx.Each(`INSERT INTO live_updates (document, epoch, seq, session, mark, actor, payload, checksum, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (document, session, mark) DO NOTHING RETURNING seq`, args)
	if err != nil {
		return false, fmt.Errorf("store updates: %w", err)
	}
	return !slices.ContainsFunc(answers, func(a database.Answer) bool { return !a.Found }), nil
}

const selectMark = `SELECT seq FROM live_updates WHERE document = ? AND session = ? AND mark = ?`

// storedMark returns the number under which an update was stored before, 0 when it was not.
func storedMark(tx *database.Tx, doc ID, session string, mark int64) (int64, error) {
	var seq int64
	err := tx.Gorm().Raw(selectMark, doc, session, mark).Scan(&seq).Error
	return seq, err
}

func storedMarkDirect(tx *database.Direct, doc ID, session string, mark int64) (int64, error) {
	seq, err := tx.One(selectMark, doc, session, mark)
	return seq.Value, err
}

func insertUpdate(tx *database.Tx, u *Update) error {
	return tx.Gorm().Create(u).Error
}

func documentByID(tx *database.Tx, id ID) (Document, error) {
	var doc Document
	err := tx.Gorm().Where("id = ?", id).Take(&doc).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return doc, errNotFound
	}
	return doc, err
}

func documentByOwner(tx *database.Tx, kind, ownerID string) (Document, error) {
	var doc Document
	err := tx.Gorm().Where("owner_kind = ? AND owner_id = ?", kind, ownerID).Take(&doc).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return doc, errNotFound
	}
	return doc, err
}

func documentNamed(tx *database.Tx, id string) (Document, error) {
	var doc Document
	err := tx.Gorm().Where("id = ? OR owner_id = ?", id, id).Take(&doc).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return doc, errNotFound
	}
	return doc, err
}

// headsPerStatement is how many heads are asked for at a time: a statement of one length is prepared once,
// and nobody waits long for it.
const headsPerStatement = 50

// headsOf returns the heads of those documents that exist: no owner, no size, no time.
func headsOf(tx *database.Tx, ids []ID) ([]Document, error) {
	heads := make([]Document, 0, len(ids))
	for some := range slices.Chunk(ids, headsPerStatement) {
		if len(some) > 1 {
			for len(some) < headsPerStatement {
				some = append(slices.Clip(some), some[0])
			}
		}
		if err := eachHead(tx, some, func(d Document) { heads = append(heads, d) }); err != nil {
			return nil, fmt.Errorf("read the heads of %d documents: %w", len(ids), err)
		}
	}
	return heads, nil
}

func eachHead(tx *database.Tx, ids []ID, head func(Document)) error {
	rows, err := tx.Gorm().Raw(`SELECT id, epoch, seq, acl_version, schema FROM live_documents WHERE id IN ? ORDER BY id`, ids).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d Document
		if err := rows.Scan(&d.ID, &d.Epoch, &d.Seq, &d.ACLVersion, &d.Schema); err != nil {
			return err
		}
		head(d)
	}
	return rows.Err()
}

// insertDocument reports whether the owner had no document yet.
func insertDocument(tx *database.Tx, doc *Document) (bool, error) {
	result := tx.Gorm().Exec(`INSERT INTO live_documents (id, owner_kind, owner_id, epoch, seq, bytes, acl_version, schema, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner_kind, owner_id) DO NOTHING`,
		doc.ID, doc.OwnerKind, doc.OwnerID, doc.Epoch, doc.Seq, doc.Bytes, doc.ACLVersion, doc.Schema, doc.CreatedAt)
	return result.RowsAffected == 1, result.Error
}

func raiseACLVersion(tx *database.Tx, kind, ownerID string) error {
	return tx.Gorm().Exec(`UPDATE live_documents SET acl_version = acl_version + 1 WHERE owner_kind = ? AND owner_id = ?`,
		kind, ownerID).Error
}

// raiseACLVersions locks the rows in the order in which a commit locks them.
func raiseACLVersions(tx *database.Tx) error {
	locked := `SELECT id FROM live_documents ORDER BY id`
	if tx.Dialect() == database.Postgres {
		locked += ` FOR NO KEY UPDATE`
	}
	return tx.Gorm().Exec(`UPDATE live_documents SET acl_version = acl_version + 1 WHERE id IN (` + locked + `)`).Error
}

// eachUpdate calls row with the updates of one epoch after seq, in order, as they come from the
// database. It finds what is missing or changed: the caller sees every row up to last, or an error.
func eachUpdate(tx *database.Tx, id ID, epoch, after, last int64, row func(Update) error) error {
	next := after + 1
	err := eachRow(tx, id, epoch, after, last, func(u Update) error {
		if u.Seq != next {
			return errDamaged.Because(fmt.Errorf("document %s has update %d where %d should be", id, u.Seq, next))
		}
		if u.sum() != u.Checksum {
			return errDamaged.Because(fmt.Errorf("update %d of document %s has another checksum than was stored", u.Seq, id))
		}
		next++
		return row(u)
	})
	if err != nil {
		return err
	}
	if next != last+1 {
		return errDamaged.Because(fmt.Errorf("document %s ends at update %d instead of %d", id, next-1, last))
	}
	return nil
}

// eachRow calls row with the updates that are there after a number up to last, whatever their state.
func eachRow(tx *database.Tx, id ID, epoch, after, last int64, row func(Update) error) error {
	rows, err := tx.Gorm().Raw(`SELECT seq, session, mark, actor, payload, checksum, at FROM live_updates
		WHERE document = ? AND epoch = ? AND seq > ? AND seq <= ? ORDER BY seq`, id, epoch, after, last).Rows()
	if err != nil {
		return fmt.Errorf("read the updates of %s: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		u := Update{Document: id, Epoch: epoch}
		var at time.Time
		if err := rows.Scan(&u.Seq, &u.Session, &u.Mark, &u.Actor, &u.Payload, &u.Checksum, &at); err != nil {
			return fmt.Errorf("read the updates of %s: %w", id, err)
		}
		u.At, u.First = at.UTC(), u.Seq
		if err := row(u); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the updates of %s: %w", id, err)
	}
	return nil
}

// insertTicket reports whether the ticket was not there.
func insertTicket(tx *database.Tx, id string, expires time.Time) (bool, error) {
	result := tx.Gorm().Exec(`INSERT INTO live_tickets (id, expires_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, id, expires)
	return result.RowsAffected == 1, result.Error
}

// deleteTickets deletes some that expired before now, and leaves alone what another node deletes.
func deleteTickets(tx *database.Tx, now time.Time) error {
	some := `SELECT id FROM live_tickets WHERE expires_at < ? ORDER BY id LIMIT 1000`
	if tx.Dialect() == database.Postgres {
		some += ` FOR UPDATE SKIP LOCKED`
	}
	return tx.Gorm().Exec(`DELETE FROM live_tickets WHERE id IN (`+some+`)`, now).Error
}

func documentsAfter(tx *database.Tx, after ID, limit int) ([]Document, error) {
	var docs []Document
	err := tx.Gorm().Where("id > ?", after).Order("id").Limit(limit).Find(&docs).Error
	return docs, err
}
