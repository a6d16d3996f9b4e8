package web

import (
	"context"
	"strings"
	"testing"

	"samenwijk/domain/fault"
	"samenwijk/server/ui"
)

func TestThePageOfAFaultNamesItsCause(t *testing.T) {
	for _, lang := range []string{ui.Dutch, ui.English} {
		ctx := ui.WithRequest(context.Background(), ui.Request{Lang: lang})
		seen := map[string]string{}
		for _, code := range causes {
			heading := title(ctx, fault.KindConflict, code)
			if heading == "" || strings.HasPrefix(heading, "web.") {
				t.Errorf("%s has no heading in %s", code, lang)
			}
			if other := seen[heading]; other != "" {
				t.Errorf("%s and %s have the same heading: %s", code, other, heading)
			}
			seen[heading] = code
		}
		if got := title(ctx, fault.KindForbidden, "web.form_expired"); got == title(ctx, fault.KindForbidden, "forbidden") {
			t.Errorf("a form that is too old is headed %q", got)
		}
	}
}
