package access

// Act is something a person may or may not do.
type Act string

const (
	ManagePeople       Act = "manage people"
	ReadOutbox         Act = "read outbox"
	ReadLog            Act = "read log" // of who changed what people may and how they sign in
	InspectWorkgroup   Act = "inspect workgroup"
	CreateWorkgroup    Act = "create workgroup"
	ReadWorkgroup      Act = "read workgroup"
	ReadMembers        Act = "read members"
	ManageWorkgroup    Act = "manage workgroup" // goal, review date, members, invitations
	ReopenWorkgroup    Act = "reopen workgroup" // that was archived
	CreateDocument     Act = "create document"
	ReadDocument       Act = "read document"
	ReadHistory        Act = "read history" // of a document: its versions, and who wrote what
	EditDocument       Act = "edit document"
	ReadMeeting        Act = "read meeting"
	DraftMeeting       Act = "draft meeting"
	EditMeeting        Act = "edit meeting" // a draft of one's own
	ManageMeeting      Act = "manage meeting"
	RegisterForMeeting Act = "register for meeting"
	ReadAttendees      Act = "read attendees"
	WriteNote          Act = "write note"
	ReadNote           Act = "read note"
	EditNote           Act = "edit note"
	CommentOnNote      Act = "comment on note"
	WithdrawComment    Act = "withdraw comment" // one's own; a coordinator also those of others
)

type right byte

const (
	no  right = iota
	yes       // always, in a scope the role reaches
	own       // only what is one's own
)

// policy is the table of who may do what; a missing cell is no. Columns stand in the order
// administrator, coordinator, lecturer, student, entrepreneur, resident, area partner, visitor,
// inspector. A visitor's right holds for public things only. Authors do not release their own
// work: that is why managing a meeting is not "own".
var policy = map[Act]map[Role]right{
	//                       adm  coo  lec  stu  ent  res  are  vis  ins
	ManagePeople:       row(yes, yes, no, no, no, no, no, no, no),
	ReadOutbox:         row(yes, no, no, no, no, no, no, no, no),
	ReadLog:            row(yes, no, no, no, no, no, no, no, no),
	InspectWorkgroup:   row(yes, no, no, no, no, no, no, no, no),
	CreateWorkgroup:    row(no, yes, yes, no, no, no, no, no, no),
	ReadWorkgroup:      row(no, yes, yes, yes, yes, yes, yes, yes, yes),
	ReadMembers:        row(no, yes, yes, yes, yes, yes, yes, no, yes),
	ManageWorkgroup:    row(no, yes, yes, no, no, no, no, no, no),
	ReopenWorkgroup:    row(no, yes, yes, no, no, no, no, no, no),
	CreateDocument:     row(no, yes, yes, no, no, no, no, no, no),
	ReadDocument:       row(no, yes, yes, yes, yes, yes, yes, yes, yes),
	ReadHistory:        row(no, yes, yes, yes, yes, yes, yes, no, yes),
	EditDocument:       row(no, yes, yes, no, yes, yes, yes, no, no),
	ReadMeeting:        row(no, yes, yes, yes, yes, yes, yes, yes, yes),
	DraftMeeting:       row(no, yes, yes, yes, yes, yes, yes, no, no),
	EditMeeting:        row(no, yes, yes, own, own, own, own, no, no),
	ManageMeeting:      row(no, yes, yes, no, no, no, no, no, no),
	RegisterForMeeting: row(yes, yes, yes, yes, yes, yes, yes, yes, no),
	ReadAttendees:      row(no, yes, yes, no, own, no, own, no, no),
	WriteNote:          row(no, yes, yes, yes, yes, yes, yes, no, no),
	ReadNote:           row(no, yes, yes, yes, yes, yes, yes, yes, yes),
	EditNote:           row(no, own, own, own, own, own, own, no, no),
	CommentOnNote:      row(no, yes, yes, yes, yes, yes, yes, no, no),
	WithdrawComment:    row(no, yes, own, own, own, own, own, no, no),
}

// whileArchived are the acts that an archived workgroup still allows: reading, what was promised to people about meetings
// that were, taking back one's own words, and reopening.
var whileArchived = map[Act]bool{
	InspectWorkgroup: true, CreateWorkgroup: true, ReadWorkgroup: true, ReadMembers: true, ReopenWorkgroup: true, ReadDocument: true,
	ReadHistory: true, ReadMeeting: true, ManageMeeting: true, ReadAttendees: true, ReadNote: true, WithdrawComment: true,
}

func row(admin, coordinator, lecturer, student, entrepreneur, resident, areaPartner, visitorRight, inspector right) map[Role]right {
	return map[Role]right{
		Admin: admin, Coordinator: coordinator, Lecturer: lecturer, Student: student, Entrepreneur: entrepreneur,
		Resident: resident, AreaPartner: areaPartner, visitor: visitorRight, Inspector: inspector,
	}
}
