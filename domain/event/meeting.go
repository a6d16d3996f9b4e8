package event

// MeetingRegistered tells that a registration for a meeting came in, with a seat or on the waiting list.
type MeetingRegistered struct {
	Meeting      string `json:"meeting"`
	Registration string `json:"registration"`
	Quiet        bool   `json:"quiet,omitempty"` // no letter tells it
}

func (MeetingRegistered) Name() string { return "meeting_registered" }

// MeetingRegistrationChanged tells that somebody changed a registration that still holds.
type MeetingRegistrationChanged struct {
	Meeting      string `json:"meeting"`
	Registration string `json:"registration"`
	Quiet        bool   `json:"quiet,omitempty"` // no letter tells it
}

func (MeetingRegistrationChanged) Name() string { return "meeting_registration_changed" }

// MeetingRegistrationCancelled tells that somebody does not come after all.
type MeetingRegistrationCancelled struct {
	Meeting      string `json:"meeting"`
	Registration string `json:"registration"`
	Quiet        bool   `json:"quiet,omitempty"` // no letter tells it
}

func (MeetingRegistrationCancelled) Name() string { return "meeting_registration_cancelled" }

// MeetingRegistrationPromoted tells that somebody moved up from the waiting list to a seat.
type MeetingRegistrationPromoted struct {
	Meeting      string `json:"meeting"`
	Registration string `json:"registration"`
}

func (MeetingRegistrationPromoted) Name() string { return "meeting_registration_promoted" }

// MeetingOpened tells that the audience of a meeting knows of it from now on.
type MeetingOpened struct {
	Meeting string `json:"meeting"`
}

func (MeetingOpened) Name() string { return "meeting_opened" }

// MeetingChanged tells that what is written about a meeting changed. Moved says that it was the
// time or the place of one that its audience knows of.
type MeetingChanged struct {
	Meeting string `json:"meeting"`
	Moved   bool   `json:"moved"`
}

func (MeetingChanged) Name() string { return "meeting_changed" }

// MeetingCancelled tells that a meeting will not take place.
type MeetingCancelled struct {
	Meeting string `json:"meeting"`
}

func (MeetingCancelled) Name() string { return "meeting_cancelled" }
