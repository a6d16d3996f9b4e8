package programmes

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/collab"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// fieldNow is what a field holds now, which others changed while somebody filled in the form.
type fieldNow struct {
	Says string
	By   []string // ids, as far as they are known
}

// sentWas reads what the fields held when the form was opened. The page filled it in, so nothing is said about
// what is wrong with it: a text that is not there differs from what stands there now.
func sentWas(c *fiber.Ctx) requirementWas {
	text := func(name string) string {
		said := strings.ToValidUTF8(web.Sent(c, name+"_was"), "")
		return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(said, "\r\n", "\n"), "\r", "\n"))
	}
	return requirementWas{text("statement"), text("rationale"), programme.Type(text("type")), programme.Priority(text("priority"))}
}

// rewordings are the parts that the writer of a form changed.
func (f *requirementForm) rewordings() map[richtext.Kind]collab.Rewording {
	in := map[richtext.Kind]collab.Rewording{}
	add := func(part richtext.Kind, field, was, says string) {
		if says != strings.TrimSpace(web.Lines(was)) { // a form makes line ends anew
			in[part] = collab.Rewording{From: was, To: says, Over: f.over(field)}
		}
	}
	add(richtext.Statement, "statement", f.was.Statement, f.Statement)
	add(richtext.Rationale, "rationale", f.was.Rationale, f.Rationale)
	return in
}

func (f *requirementForm) over(field string) bool { return slices.Contains(f.Over, field) }

// check tells what is wrong with what the writer of a form changed.
func (f *requirementForm) check() error {
	var mistakes fault.Mistakes
	for _, err := range []error{f.checkStatement(), programme.CheckClass(f.Type, f.Priority)} {
		if wrong, is := err.(*fault.Fault); is {
			mistakes.Add(wrong)
		}
	}
	return mistakes.Err()
}

func (f *requirementForm) checkStatement() error {
	if f.Statement == f.was.Statement {
		return nil
	}
	return programme.CheckStatement(f.Statement)
}

// withoutBase makes ready a form that came without what its fields held to begin with, as from a page of before an
// upgrade: words that stand there already are fine, others are treated as words that somebody else changed.
func (f *requirementForm) withoutBase(v *requirementView) {
	if f.Words || f.Statement == "" && f.Rationale == "" {
		return
	}
	f.Words = true
	note := func(field, says, now string, was *string) {
		switch {
		case says == now:
			*was = now
		case says != "" && now != "":
			v.Now[field] = fieldNow{Says: now}
		}
	}
	note("statement", f.Statement, v.Statement, &f.was.Statement)
	note("rationale", f.Rationale, v.Rationale, &f.was.Rationale)
}

// choices notes what somebody else chose meanwhile, where the writer of the form chose something else.
func (f *requirementForm) choices(ctx context.Context, v *requirementView) {
	who := func(id access.PersonID) []string {
		if id == "" { // chosen before that was written down
			return nil
		}
		return []string{string(id)}
	}
	if now := v.Requirement.Type; f.Type != f.was.Type && now != f.was.Type && now != f.Type && !f.over("type") {
		v.Now["type"] = fieldNow{nameOf(ctx, "programmes.type.", string(now)), who(v.Requirement.TypeBy)}
	}
	if now := v.Requirement.Priority; f.Priority != f.was.Priority && now != f.was.Priority && now != f.Priority && !f.over("priority") {
		v.Now["priority"] = fieldNow{nameOf(ctx, "programmes.priority.", string(now)), who(v.Requirement.PriorityBy)}
	}
}

// same reports whether everything stays as it is.
func (f *requirementForm) same(v requirementView) bool {
	return len(v.Now) == 0 && len(f.rewordings()) == 0 && (!f.Words || v.InText) && !f.Back &&
		(f.Type == f.was.Type || f.Type == v.Requirement.Type) && (f.Priority == f.was.Priority || f.Priority == v.Requirement.Priority)
}

func nameOf(ctx context.Context, texts, chosen string) string {
	if chosen == "" {
		return ui.T(ctx, "ui.form.none")
	}
	return ui.T(ctx, texts+chosen)
}

func (p *Pages) editRequirement(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	v, err := p.loadRequirement(c)
	if err != nil {
		return err
	}
	if _, err := p.writable(c); err != nil {
		return err
	}
	form := requirementForm{was: sentWas(c)}
	again := func(m ui.Mistakes) templ.Component { return requirementPage(v, form, m) }
	if err := web.Together(&form, web.Decode(c, &form), form.check()); err != nil {
		return web.Again(c, err, again)
	}
	form.withoutBase(&v)
	form.choices(ctx, &v)
	if form.same(v) {
		return web.Done(c, cameFrom(c, v.Document.ID), saidOf(v.Requirement, "web.unchanged").As(ui.Info))
	}
	done := "programmes.requirement.saved"
	if words := form.rewordings(); len(words) > 0 || form.Words && !v.InText {
		in := collab.Rewordings{Parts: words, Back: form.Back, Look: len(v.Now) > 0}
		did, err := p.config.Reword(ctx, who, v.Document.LiveID, string(v.Requirement.ID), in)
		if err != nil {
			return web.Again(c, err, again)
		}
		v.found(did)
		switch {
		case !did.Refused && !did.Shown:
			done = "programmes.removed.back_with"
		case did.Merged:
			done = "programmes.requirement.merged"
		}
		if did.Refused && !did.Shown && !form.Back {
			gone, err := p.gone(ctx, who, v, did.By)
			if err != nil {
				return err
			}
			return p.refuse(c, v, form, gone)
		}
	}
	if len(v.Now) > 0 {
		return p.refuse(c, v, form)
	}
	if form.Type == form.was.Type {
		form.Type = v.Requirement.Type
	}
	if form.Priority == form.was.Priority {
		form.Priority = v.Requirement.Priority
	}
	if _, err := p.programmes.Classify(ctx, who, v.Document.ID, v.Requirement.ID, form.Type, form.Priority); err != nil {
		return web.Again(c, err, again)
	}
	if !v.InText && done != "programmes.removed.back_with" { // what was decided about it is kept all the same
		return web.Done(c, v.Back, web.Say("programmes.requirement.saved_outside", "Key", v.Requirement.Key()).As(ui.Warning))
	}
	return didTo(c, v.Document, v.Requirement, done)
}

// gone says that a requirement was taken out of the text, and who did that where it was somebody else.
func (p *Pages) gone(ctx context.Context, who access.Actor, v requirementView, by string) (*fault.Fault, error) {
	key := v.Requirement.Key()
	if by == "" || access.PersonID(by) == who.ID {
		return fault.Conflict("programmes.requirement.gone", "Key", key), nil
	}
	names, err := p.people(ctx, []string{by})
	return fault.Conflict("programmes.requirement.gone_by", "Key", key, "Name", names.of(ctx, by)), err
}

// found takes over what a form found in the text.
func (v *requirementView) found(did collab.Reworded) {
	v.InText = did.Shown
	for part, field := range map[richtext.Kind]string{richtext.Statement: "statement", richtext.Rationale: "rationale"} {
		now := did.Parts[part]
		if now.Clash {
			v.Now[field] = fieldNow{now.Words, now.By}
		}
	}
	v.Statement, v.Rationale = did.Parts[richtext.Statement].Words, did.Parts[richtext.Rationale].Words
}

// refuse shows the form again with what stands there now, from where its writer goes on: what is sent next goes
// over what it shows.
func (p *Pages) refuse(c *fiber.Ctx, v requirementView, form requirementForm, first ...*fault.Fault) error {
	ctx, who := c.UserContext(), web.Actor(c)
	follow(&v, &form, "statement", &form.Statement, &form.was.Statement, v.Statement)
	follow(&v, &form, "rationale", &form.Rationale, &form.was.Rationale, v.Rationale)
	follow(&v, &form, "type", &form.Type, &form.was.Type, v.Requirement.Type)
	follow(&v, &form, "priority", &form.Priority, &form.was.Priority, v.Requirement.Priority)
	var mistakes fault.Mistakes
	for _, f := range first {
		mistakes.Add(f)
	}
	for _, field := range []string{"statement", "rationale", "type", "priority"} {
		now, clash := v.Now[field]
		if !clash {
			continue
		}
		if len(now.By) > 1 { // others rather than oneself, whose words may have been put elsewhere
			now.By = slices.DeleteFunc(slices.Clone(now.By), func(id string) bool { return access.PersonID(id) == who.ID })
		}
		names, err := p.people(ctx, now.By)
		if err != nil {
			return err
		}
		what := ui.T(ctx, "programmes.requirement.of_"+field)
		switch {
		case len(now.By) == 0:
			mistakes.Add(fault.Conflict("programmes.requirement.changed", "What", what).At(field))
		case len(now.By) == 1 && access.PersonID(now.By[0]) == who.ID:
			mistakes.Add(fault.Conflict("programmes.requirement.changed_self", "What", what).At(field))
		case len(now.By) > 1:
			mistakes.Add(fault.Conflict("programmes.requirement.changed_by_several", "What", what, "Names", names.all(ctx, now.By)).At(field))
		default:
			mistakes.Add(fault.Conflict("programmes.requirement.changed_by", "What", what, "Name", names.all(ctx, now.By)).At(field))
		}
	}
	return web.Again(c, mistakes.Err(), func(m ui.Mistakes) templ.Component { return requirementPage(v, form, m) })
}

// follow gives a field that its writer left alone what it holds now, and one that others changed as well that to
// begin with.
func follow[T ~string](v *requirementView, form *requirementForm, field string, says, was *T, now T) {
	_, clash := v.Now[field]
	switch {
	case *says == *was:
		*says, *was = now, now
	case clash:
		*was = now
		if !form.over(field) {
			form.Over = append(form.Over, field)
		}
	}
}

// stands is what a field holds now, to be shown beside it.
func (v requirementView) stands(ctx context.Context, field string) *ui.Beside {
	now, clash := v.Now[field]
	if !clash {
		return nil
	}
	if now.Says == "" {
		now.Says = ui.T(ctx, "programmes.requirement.now_empty")
	}
	return &ui.Beside{Title: ui.T(ctx, "programmes.requirement.now"), Text: now.Says}
}
