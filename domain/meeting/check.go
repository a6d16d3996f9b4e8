package meeting

import (
	"context"
	"fmt"
	"time"

	"samenwijk/domain/database"
)

// Check compares the seats of every meeting with the registrations that hold them, and the waiting
// lists with the seats that are free. It changes nothing, tells found of each difference, in a
// sentence, and returns how many meetings there are.
func Check(ctx context.Context, db *database.DB, now time.Time, found func(string)) (int, error) {
	n := 0
	err := db.Read(ctx, func(tx *database.Tx) error {
		drift, err := drifted(tx)
		if err != nil {
			return err
		}
		for _, d := range drift {
			found(fmt.Sprintf("Meeting %s: %d seats count as taken, and registrations hold %d. Compare the list of attendees with the number of seats, and set the number of seats on its page again.",
				d.Meeting, d.Taken, d.Counted))
		}
		halls, err := hallsToCheck(tx)
		if err != nil {
			return err
		}
		for _, h := range halls {
			n++
			if err := h.check(tx, now, found); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// hallToCheck is a meeting and what its registrations add up to.
type hallToCheck struct {
	Meeting
	Registrations, Highest int
}

func (h hallToCheck) check(tx *database.Tx, now time.Time, found func(string)) error {
	if h.Registrations != h.LastNumber || h.Highest != h.LastNumber {
		found(fmt.Sprintf("Meeting %s gave out %d numbers in order of arrival, and there are %d registrations up to number %d: some are missing. Restore a backup to see which.",
			h.ID, h.LastNumber, h.Registrations, h.Highest))
	}
	quotas, err := quotasOf(tx, h.ID, false)
	if err != nil {
		found(fmt.Sprintf("Meeting %s has no seats at all (%v).", h.ID, err))
		return nil
	}
	for _, q := range quotas {
		people, err := seated(tx, q.ID)
		if err != nil {
			return err
		}
		if people > q.Capacity {
			found(fmt.Sprintf("Meeting %s: %d people have a seat, and there are %d seats. Call those who came last.", h.ID, people, q.Capacity))
		}
		if !h.movesPeopleUp(now) {
			continue
		}
		queue, err := waitingList(tx, q.ID)
		if err != nil {
			return err
		}
		q.Taken = people
		if up := Promote(q, queue); len(up) > 0 {
			found(fmt.Sprintf("Meeting %s: registration %d waits, and there are seats for it. Save the number of seats on its page again: who waits then moves up.",
				h.ID, up[0].Number))
		}
	}
	return nil
}

// CheckSealed tries whether what people need can be opened with one of the secrets. It changes nothing,
// tells found for each meeting where some cannot, in a sentence, and returns how many there are.
func CheckSealed(ctx context.Context, db *database.DB, secrets [][]byte, found func(string)) (int, error) {
	var r ring
	for _, s := range secrets {
		r = append(r, newKeys(s))
	}
	var needs []Registration
	err := db.Read(ctx, func(tx *database.Tx) (err error) {
		needs, err = sealedNeeds(tx)
		return err
	})
	closed, order := map[ID]int{}, []ID{}
	for _, n := range needs {
		if _, ok := r.open(n.ID, n.Support); !ok {
			if closed[n.MeetingID] == 0 {
				order = append(order, n.MeetingID)
			}
			closed[n.MeetingID]++
		}
	}
	for _, id := range order {
		found(fmt.Sprintf("Meeting %s: what %d people need cannot be read with the secrets that are there. "+
			"Put the secret back with which they were written, in SAMENWIJK_OLD_SECRET_FILES, or ask those people again.", id, closed[id]))
	}
	return len(needs), err
}
