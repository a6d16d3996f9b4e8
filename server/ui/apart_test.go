package ui_test

import (
	"slices"
	"testing"

	"samenwijk/server/ui"
)

func TestWhatIsCalledTheSameIsToldApart(t *testing.T) {
	for name, tc := range map[string]struct{ names, groups, moments, want []string }{
		"names that differ need nothing": {[]string{"A", "B"}, []string{"x", "x"}, []string{"1", "2"}, []string{"", ""}},
		"the group tells them apart":     {[]string{"A", "A", "B"}, []string{"x", "y", "x"}, []string{"1", "1", "1"}, []string{"x", "y", ""}},
		"then the moment":                {[]string{"A", "A", "A"}, []string{"x", "x", "y"}, []string{"1", "2", "1"}, []string{"x, 1", "x, 2", "y"}},
		"and then a number":              {[]string{"A", "A"}, []string{"x", "x"}, []string{"1", "1"}, []string{"x, 1, 1", "x, 1, 2"}},
		"nothing is known of one":        {[]string{"A", "A"}, []string{"", "x"}, []string{"1", "1"}, []string{"", "x"}},
		"an empty list":                  {nil, nil, nil, nil},
	} {
		if got := ui.Apart(tc.names, tc.groups, tc.moments); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}
