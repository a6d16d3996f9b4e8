package access_test

import (
	"testing"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
)

func member(role access.Role, workgroup string) access.Actor {
	return access.Actor{ID: "ana", Grants: []access.Grant{{Role: role, Realm: access.InWorkgroup, ID: workgroup}}}
}

func inNetwork(role access.Role) access.Actor {
	return access.Actor{ID: "ana", Grants: []access.Grant{{Role: role, Realm: access.InNetwork}}}
}

func TestMay(t *testing.T) {
	const allowed = fault.Kind(-1)
	visitor := access.Actor{}
	private := access.Scope{Workgroup: "w1", Audience: access.Members}
	public := access.Scope{Workgroup: "w1", Audience: access.Public}
	draft := access.Scope{Workgroup: "w1", Audience: access.Private, Owner: "bo"}
	mine := access.Scope{Workgroup: "w1", Audience: access.Private, Owner: "ana"}
	network := access.Scope{Audience: access.Public}

	for name, tc := range map[string]struct {
		who  access.Actor
		act  access.Act
		in   access.Scope
		want fault.Kind
	}{
		"a visitor reads a public document":                    {visitor, access.ReadDocument, public, allowed},
		"a visitor does not know a private document":           {visitor, access.ReadDocument, private, fault.KindNotFound},
		"a visitor must sign in to edit a public document":     {visitor, access.EditDocument, public, fault.KindUnauthenticated},
		"a visitor reads no history of a public document":      {visitor, access.ReadHistory, public, fault.KindUnauthenticated},
		"a student reads the history":                          {member(access.Student, "w1"), access.ReadHistory, public, allowed},
		"a member of another group reads no history":           {member(access.Student, "w2"), access.ReadHistory, public, fault.KindForbidden},
		"a visitor registers for a public meeting":             {visitor, access.RegisterForMeeting, public, allowed},
		"a resident member edits":                              {member(access.Resident, "w1"), access.EditDocument, private, allowed},
		"a student reads":                                      {member(access.Student, "w1"), access.ReadDocument, private, allowed},
		"a student does not edit requirements":                 {member(access.Student, "w1"), access.EditDocument, private, fault.KindForbidden},
		"a member of another group does not know it":           {member(access.Coordinator, "w2"), access.ReadDocument, private, fault.KindNotFound},
		"a member of another group reads what is public":       {member(access.Student, "w2"), access.ReadDocument, public, allowed},
		"a coordinator elsewhere may not manage a public one":  {member(access.Coordinator, "w2"), access.ManageWorkgroup, public, fault.KindForbidden},
		"an administrator has no way in without a reason":      {inNetwork(access.Admin), access.ReadDocument, private, fault.KindNotFound},
		"an inspector reads":                                   {member(access.Inspector, "w1"), access.ReadDocument, private, allowed},
		"an inspector changes nothing":                         {member(access.Inspector, "w1"), access.EditDocument, private, fault.KindForbidden},
		"the coordinator of the network manages all groups":    {inNetwork(access.Coordinator), access.ManageWorkgroup, private, allowed},
		"a network student is no member of every group":        {inNetwork(access.Student), access.ReadDocument, private, fault.KindNotFound},
		"somebody else's draft is unknown, also to colleagues": {member(access.Coordinator, "w1"), access.ReadNote, draft, fault.KindNotFound},
		"one's own draft can be edited":                        {member(access.Student, "w1"), access.EditNote, mine, allowed},
		"a former member cannot edit the draft left behind":    {access.Actor{ID: "ana"}, access.EditNote, mine, fault.KindForbidden},
		"an administrator manages people":                      {inNetwork(access.Admin), access.ManagePeople, network, allowed},
		"an administrator reads the log":                       {inNetwork(access.Admin), access.ReadLog, network, allowed},
		"a coordinator does not read the log":                  {inNetwork(access.Coordinator), access.ReadLog, network, fault.KindForbidden},
		"a lecturer does not manage people":                    {inNetwork(access.Lecturer), access.ManagePeople, network, fault.KindForbidden},
		"an act nobody listed is refused":                      {inNetwork(access.Admin), access.Act("burn"), network, fault.KindForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.who.May(tc.act, tc.in)
			if tc.want == allowed {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || fault.KindOf(err) != tc.want {
				t.Errorf("May = %v, want %v", err, tc.want)
			}
		})
	}
}

func TestReachNeverHoldsAWorkgroupThatWasNotGranted(t *testing.T) {
	r := member(access.Student, "w1").Reach()
	if r.Network || len(r.Workgroups) != 1 || r.Workgroups[0] != "w1" {
		t.Errorf("reach = %+v, want w1 alone", r)
	}
	if (access.Actor{}).Reach().Workgroups == nil {
		t.Error("the reach of a visitor cannot stand in an IN clause")
	}
}

func TestInAnArchivedWorkgroupPeopleReadAndReopenAndChangeNothing(t *testing.T) {
	group := access.Scope{Workgroup: "w1", Owner: "ana", Audience: access.Members}
	over := access.Grant{Realm: access.Archived, ID: "w1"}
	for name, grant := range map[string]access.Grant{
		"its coordinator":           {Role: access.Coordinator, Realm: access.InWorkgroup, ID: "w1"},
		"the network's coordinator": {Role: access.Coordinator, Realm: access.InNetwork},
	} {
		who := access.Actor{ID: "ana", Grants: []access.Grant{grant, over}}
		for act, may := range map[access.Act]bool{
			access.ReadWorkgroup: true, access.ReadDocument: true, access.ReadNote: true, access.ReadMeeting: true, access.ReopenWorkgroup: true,
			access.ManageWorkgroup: false, access.CreateDocument: false, access.EditDocument: false, access.DraftMeeting: false,
			access.EditMeeting: false, access.WriteNote: false, access.EditNote: false, access.CommentOnNote: false,
		} {
			if err := who.May(act, group); (err == nil) != may || err != nil && !fault.Is(err, fault.KindForbidden, "workgroup.archived") {
				t.Errorf("%s: %s: %v", name, act, err)
			}
		}
		elsewhere := access.Scope{Workgroup: "w2", Audience: access.Members}
		if err := who.May(access.EditDocument, elsewhere); fault.Is(err, fault.KindForbidden, "workgroup.archived") {
			t.Errorf("%s: another group is closed too", name)
		}
		if got := (access.Actor{ID: "bo", Grants: []access.Grant{over}}); got.Sees(group) || got.RoleIn("w1") != "" {
			t.Error("that a group is archived lets somebody in")
		}
	}
}
