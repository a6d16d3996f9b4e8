package main

import (
	"fmt"
	"strings"

	"samenwijk/domain/access"
	"samenwijk/domain/database"
	"samenwijk/domain/meeting"
	"samenwijk/domain/workgroup"
)

func someone(path string) func(*matrix) string { return personWith(path) }

func anAdmin(path string) func(*matrix) string { return personWith(path, access.Admin) }

func personWith(path string, roles ...access.Role) func(*matrix) string {
	return func(m *matrix) string {
		m.count++
		id := m.person(fmt.Sprintf("iemand%d@voorbeeld.test", m.count), "Iemand", roles...)
		return strings.ReplaceAll(path, "{person}", string(id))
	}
}

func member(group func(*matrix) matrixGroup, path string) func(*matrix) string {
	return func(m *matrix) string {
		return strings.ReplaceAll(in(group, path)(m), "{person}", string(m.actors["are"].ID))
	}
}

func invitation(path string) func(*matrix) string {
	return func(m *matrix) string {
		m.count++
		i, err := m.groups.Invite(m.t.Context(), m.actors["coo"], m.private.id, workgroup.InviteInput{
			Address: fmt.Sprintf("gast%d@voorbeeld.test", m.count), Role: access.Resident, Key: database.NewID(),
		})
		m.must(err)
		return strings.ReplaceAll(in(private, path)(m), "{invitation}", string(i.ID))
	}
}

// version is a version of the document of a group.
func version(group func(*matrix) matrixGroup, path string) func(*matrix) string {
	return func(m *matrix) string {
		v, err := m.collab.NameNow(m.t.Context(), m.actors["net"], group(m).document.LiveID, "Eerste opzet", database.NewID())
		m.must(err)
		return strings.NewReplacer("{version}", string(v.ID), "{public}", string(m.public.document.ID)).Replace(in(group, path)(m))
	}
}

func draftMeeting(path string) func(*matrix) string {
	return func(m *matrix) string {
		id := m.plan(m.actors["ent"], m.private, access.Members)
		return strings.ReplaceAll(path, "{meeting}", string(id))
	}
}

// registered is a registration of the resident for the meeting of the private group.
func registered(path string) func(*matrix) string {
	return func(m *matrix) string {
		m.count++
		r, _, err := m.meetings.Register(m.t.Context(), m.actors["res"], m.private.meeting, meeting.Input{
			Name: fmt.Sprint("Gast ", m.count), Channel: meeting.None, People: 1,
		}, meeting.NewIdempotencyKey())
		m.must(err)
		return strings.ReplaceAll(in(private, path)(m), "{registration}", string(r.ID))
	}
}

func comment(path string) func(*matrix) string {
	return func(m *matrix) string {
		id := m.note(true)
		c, err := m.notes.Comment(m.t.Context(), m.actors["res"], id, "Dat herken ik.", database.NewID())
		m.must(err)
		return strings.NewReplacer("{note}", string(id), "{comment}", string(c.ID)).Replace(path)
	}
}
