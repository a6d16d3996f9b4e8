package flow

import (
	"errors"
	"strings"
	"testing"
)

func TestARootIsKnownByItsName(t *testing.T) {
	long := strings.Repeat("a", 64)
	for name, want := range map[string]Root{
		"body": Flow, "marks": Values, "tables": Values, "removed": Values, "default": Old,
		"statement:r1": Flow, "rationale:" + long: Flow, "plain:r-1": Flow, "caption:A": Flow, "cell:t:r:c": Flow,
		"statement:": Misnamed, "statement:" + long + "a": Misnamed, "statement:a:b": Misnamed, "rationale:a_b": Misnamed, "plain:é": Misnamed,
		"cell:t:r": Misnamed, "cell:t:r:c:d": Misnamed, "cell:": Misnamed, "cell:t::c": Misnamed,
		"": Foreign, "prosemirror": Foreign, "Body": Foreign, "note:x": Foreign, "statement": Foreign, "defaults": Foreign,
	} {
		if got := Programme.Root(name); got != want {
			t.Errorf("root %q is %d, want %d", name, got, want)
		}
	}
}

func TestAValueIsBoundedInBytesAndLevels(t *testing.T) {
	nested := func(n int) any {
		var v any = 1.0
		for range n {
			v = []any{v}
		}
		return v
	}
	l := DefaultLimits
	for name, tc := range map[string]struct {
		value any
		good  bool
	}{
		"a string of 4,094 letters": {strings.Repeat("x", 4094), true}, "one more": {strings.Repeat("x", 4095), false},
		"eight levels": {nested(8), true}, "nine": {nested(9), false}, "ninety": {nested(90), false},
		"bytes":  {[]byte{1}, false},
		"within": {map[string]any{"a": []any{[]byte{1}}}, false},
		"null":   {nil, true},
	} {
		if err := l.Value(tc.value); (err == nil) != tc.good || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
