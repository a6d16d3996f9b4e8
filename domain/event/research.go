package event

// NoteShared: a draft became readable for the members of its workgroup.
type NoteShared struct{ Note, Workgroup, Person string }

func (NoteShared) Name() string { return "note_shared" }

// NoteTakenBack: a note is a draft again, which its author alone reads.
type NoteTakenBack struct{ Note, Workgroup, Person string }

func (NoteTakenBack) Name() string { return "note_taken_back" }

// NoteCommented: somebody wrote a comment under a note.
type NoteCommented struct{ Note, Comment, Workgroup, Person string }

func (NoteCommented) Name() string { return "note_commented" }

// CommentWithdrawn: a comment was taken away, by who wrote it or by a coordinator.
type CommentWithdrawn struct{ Note, Comment, Person string }

func (CommentWithdrawn) Name() string { return "comment_withdrawn" }
