package meeting

import "samenwijk/domain/fault"

// QuotaID identifies a quota.
type QuotaID string

// DefaultQuota is the name of the quota that every meeting has.
const DefaultQuota = ""

// Quota is a number of seats of a meeting and how many of them are taken.
type Quota struct {
	ID              QuotaID `gorm:"primaryKey"`
	MeetingID       ID
	Name            string
	Capacity, Taken int
}

// TableName tells gorm where quotas lie.
func (Quota) TableName() string { return "meeting_quotas" }

// Free returns how many seats nobody has.
func (q Quota) Free() int { return max(0, q.Capacity-q.Taken) }

// Waiter is a registration on the waiting list: one person, or people who come together.
type Waiter struct {
	ID     RegistrationID
	Number int
	People int
}

// Admit says what a newcomer gets: seats when there are enough for everybody who comes along and
// nobody waits, otherwise the end of the waiting list. Whoever comes later never passes somebody
// who waits, also not when those who wait are with four, two seats are free and the newcomer is
// alone: the list is in order of arrival, and the page says so. Waiting counts the registrations
// that can still get seats. A group larger than the room is refused, for its turn would never come.
func Admit(q Quota, waiting, people int) (State, error) {
	if people > q.Capacity {
		return "", fault.Invalid("meetings.mistake.people_room", "Seats", q.Capacity).At("people")
	}
	if waiting == 0 && people <= q.Free() {
		return Confirmed, nil
	}
	return Waiting, nil
}

// Promote returns who moves up to the free seats, given everybody who waits in order of arrival. It
// stops at the first for whom there are too few: nobody is passed. The one exception are groups
// that became larger than the whole room when seats were withdrawn; they would hold up everybody
// for ever. They keep their place, and have their turn when the room grows.
func Promote(q Quota, queue []Waiter) []Waiter {
	free := q.Free()
	var up []Waiter
	for _, w := range queue {
		if w.People > q.Capacity {
			continue
		}
		if w.People > free {
			break
		}
		free -= w.People
		up = append(up, w)
	}
	return up
}

// Resize says whether a registration may go on with another number of people. Fewer is always
// fine. More people with a seat need free seats that nobody waits for; more people on the waiting
// list would take the place of those who came after, so they register by themselves.
func Resize(q Quota, waiting int, state State, from, to int) error {
	switch {
	case to <= from:
		return nil
	case state == Waiting:
		return fault.Conflict("meetings.mistake.people_waiting", "People", from).At("people")
	case waiting > 0 || to-from > q.Free():
		return fault.Conflict("meetings.mistake.people_full", "People", from).At("people")
	}
	return nil
}
