package event

// WorkgroupCreated: somebody began a workgroup, and coordinates it.
type WorkgroupCreated struct{ Workgroup, Person string }

func (WorkgroupCreated) Name() string { return "workgroup_created" }

// WorkgroupClosed: a public workgroup turned private. What outsiders had open is theirs no more.
type WorkgroupClosed struct{ Workgroup string }

func (WorkgroupClosed) Name() string { return "workgroup_closed" }

// WorkgroupArchived: nobody works in a workgroup any more; it can be read.
type WorkgroupArchived struct{ Workgroup, Person string }

func (WorkgroupArchived) Name() string { return "workgroup_archived" }

// WorkgroupReopened: people work in an archived workgroup again.
type WorkgroupReopened struct{ Workgroup, Person string }

func (WorkgroupReopened) Name() string { return "workgroup_reopened" }

// InvitationMade: somebody was invited into a workgroup and must get a letter.
type InvitationMade struct{ Invitation, Workgroup string }

func (InvitationMade) Name() string { return "invitation_made" }

// MemberJoined: a person became a member of a workgroup.
type MemberJoined struct{ Workgroup, Person string }

func (MemberJoined) Name() string { return "member_joined" }

// MemberLeft: a person is no member any more; somebody else may have decided it.
type MemberLeft struct{ Workgroup, Person string }

func (MemberLeft) Name() string { return "member_left" }

// MembershipChanged: a member has another role, and other rights.
type MembershipChanged struct{ Workgroup, Person string }

func (MembershipChanged) Name() string { return "membership_changed" }

// WorkgroupInspected: an administrator looks inside a workgroup, with a reason its members can read.
type WorkgroupInspected struct{ Inspection, Workgroup, Person string }

func (WorkgroupInspected) Name() string { return "workgroup_inspected" }
