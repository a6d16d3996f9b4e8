package web

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"samenwijk/domain/fault"
)

// Together joins what is wrong with one form, found at several moments, into one fault: one sentence
// a field, in the order in which form asks for them. An error that the person cannot mend comes
// back alone.
func Together(form any, errs ...error) error {
	var found []*fault.Fault
	for _, err := range errs {
		if err == nil {
			continue
		}
		var f *fault.Fault
		if !errors.As(err, &f) || f.Kind != fault.KindInvalid {
			return err
		}
		known := found
		for _, one := range f.All() {
			if one.Field == "" || !slices.ContainsFunc(known, func(k *fault.Fault) bool { return k.Field == one.Field }) {
				found = append(found, one)
			}
		}
	}
	order := fieldsOf(form)
	slices.SortStableFunc(found, func(a, b *fault.Fault) int { return slices.Index(order, a.Field) - slices.Index(order, b.Field) })
	var mistakes fault.Mistakes
	for _, f := range found {
		alone := *f
		alone.More = nil
		mistakes.Add(&alone)
	}
	return mistakes.Err()
}

// fieldsOf returns the names of the fields in the order in which the form asks for them.
func fieldsOf(form any) []string {
	var names []string
	kind := reflect.TypeOf(form).Elem()
	for i := range kind.NumField() {
		name, _, _ := strings.Cut(kind.Field(i).Tag.Get("form"), ",")
		names = append(names, name)
	}
	return names
}
