package meeting_test

import (
	"testing"

	"samenwijk/domain/fault"
	"samenwijk/domain/meeting"
)

func TestAMeetingHasATitleAndASummaryThatCanBeSeen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for code, change := range map[string]func(d *meeting.Details, text string){
			"meetings.mistake.title":   func(d *meeting.Details, text string) { d.Title = text },
			"meetings.mistake.summary": func(d *meeting.Details, text string) { d.Summary = text },
		} {
			for _, text := range []string{"", " \n", "\u200b"} {
				d := details
				change(&d, text)
				_, err := w.Plan(t.Context(), coordinator, "w1", "", d, 1)
				wantFault(t, err, fault.KindInvalid, code)
			}
		}
	})
}
