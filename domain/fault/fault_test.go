package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"samenwijk/domain/fault"
)

func TestAFaultKeepsItsKindThroughWrapping(t *testing.T) {
	err := fmt.Errorf("load: %w", fault.NotFound("meeting.not_found"))
	if got := fault.KindOf(err); got != fault.KindNotFound {
		t.Errorf("kind = %v, want %v", got, fault.KindNotFound)
	}
	if !fault.Is(err, fault.KindNotFound, "meeting.not_found") {
		t.Error("the code is lost by wrapping")
	}
	if got := fault.KindOf(errors.New("disk on fire")); got != fault.KindInternal {
		t.Errorf("a foreign error is %v, want %v", got, fault.KindInternal)
	}
}

func TestMistakesOfAFormComeTogetherInOrder(t *testing.T) {
	var m fault.Mistakes
	if m.Err() != nil {
		t.Fatal("a form without mistakes has an error")
	}
	m.Add(fault.Invalid("name.empty").At("name"))
	m.Add(nil)
	m.Add(fault.Invalid("people.too_many", "Max", 4).At("people"))
	var f *fault.Fault
	if !errors.As(m.Err(), &f) {
		t.Fatal("the mistakes are not a fault")
	}
	all := f.All()
	if len(all) != 2 || all[0].Field != "name" || all[1].Field != "people" {
		t.Errorf("mistakes = %v, want name then people", all)
	}
}
