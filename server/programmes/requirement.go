package programmes

import (
	"context"
	"maps"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

type requirementForm struct {
	Statement string             `form:"statement,max=2000,lines"`
	Rationale string             `form:"rationale,max=4000,lines"`
	Type      programme.Type     `form:"type"`
	Priority  programme.Priority `form:"priority"`
	Words     bool               `form:"words"`    // it asked for the words
	Over      []string           `form:"over"`     // fields beside which it showed what stands there now
	Back      bool               `form:"put_back"` // the requirement is to stand in the text again

	was requirementWas
}

// requirementWas is what each field held when its writer began with it: what they did not change is not written.
type requirementWas struct {
	Statement, Rationale string
	Type                 programme.Type
	Priority             programme.Priority
}

// requirementView is a requirement with the words that stand in the shared text.
type requirementView struct {
	Document    programme.RequirementsDocument
	Requirement programme.Requirement
	Statement   string
	Rationale   string
	InText      bool // somebody may have taken it out of the text
	MayWrite    bool
	Back        string // to the page that one came from

	Now map[string]fieldNow // by field that somebody else changed as well
}

// path is where a form of this page goes, which knows the way back as well.
func (v requirementView) path(below string) string {
	path := requirementPath(v.Document, v.Requirement) + below
	if v.Back == readPath(v.Document.ID) {
		path += "?" + ui.ReturnField + "=" + url.QueryEscape(v.Back)
	}
	return path
}

func (p *Pages) loadRequirement(c *fiber.Ctx) (requirementView, error) {
	ctx, who := c.UserContext(), web.Actor(c)
	var v requirementView
	var err error
	v.Document, v.Requirement, err = p.findRequirement(ctx, who, id(c), programme.RequirementID(web.ID(c, "eis")))
	if err != nil {
		return v, err
	}
	said, shown, err := p.config.Words(ctx, v.Document.LiveID, string(v.Requirement.ID))
	if err != nil {
		return v, err
	}
	v.InText, v.Now = shown, map[string]fieldNow{}
	v.Statement, v.Rationale = said[richtext.Statement], said[richtext.Rationale]
	v.MayWrite = p.programmes.MayWrite(who, v.Document)
	v.Back = cameFrom(c, v.Document.ID)
	return v, nil
}

// findRequirement gives a requirement that stands in the text its key first, if it has none.
func (p *Pages) findRequirement(
	ctx context.Context, who access.Actor, document programme.ID, id programme.RequirementID,
) (programme.RequirementsDocument, programme.Requirement, error) {
	d, r, err := p.programmes.Requirement(ctx, who, document, id)
	if fault.KindOf(err) != fault.KindNotFound {
		return d, r, err
	}
	if d, err = p.programmes.Get(ctx, who, document); err != nil {
		return d, r, err
	}
	for more := true; more; {
		if _, more, err = p.requirements(ctx, who, d); err != nil {
			return d, r, err
		}
	}
	return p.programmes.Requirement(ctx, who, document, id)
}

func (p *Pages) requirement(c *fiber.Ctx) error {
	v, err := p.loadRequirement(c)
	if err != nil {
		return err
	}
	form := requirementForm{
		Statement: v.Statement, Rationale: v.Rationale, Type: v.Requirement.Type, Priority: v.Requirement.Priority, Words: v.InText,
		was: requirementWas{v.Statement, v.Rationale, v.Requirement.Type, v.Requirement.Priority},
	}
	return web.Page(c, requirementPage(v, form, nil))
}

// removed are the requirements that were taken out of the text of a document and have words still.
func (p *Pages) removed(ctx context.Context, v documentView) ([]removedRequirement, error) {
	missing := maps.Clone(v.Known)
	var note func(blocks []richtext.Block)
	note = func(blocks []richtext.Block) {
		for _, b := range blocks {
			if b.Kind == richtext.Requirement {
				delete(missing, b.ID)
			}
			note(b.Blocks)
		}
	}
	note(v.Text.Blocks)
	if len(missing) == 0 {
		return nil, nil
	}
	gone, err := p.config.Removed(ctx, v.Document.LiveID)
	if err != nil {
		return nil, err
	}
	var removed []removedRequirement
	for _, g := range gone {
		if r, is := missing[g.Requirement]; is {
			removed = append(removed, removedRequirement{Requirement: r, Words: shorten(g.Words)})
		}
	}
	return removed, nil
}

// didTo goes on to the page of the document that one came from, which says what was done to a requirement that stands
// in the text.
func didTo(c *fiber.Ctx, d programme.RequirementsDocument, r programme.Requirement, sentence string) error {
	return web.Done(c, cameFrom(c, d.ID), saidOf(r, sentence))
}

// saidOf leads on to the requirement in the text.
func saidOf(r programme.Requirement, sentence string) web.Said {
	return web.Say(sentence, "Key", r.Key()).SeeAt("#"+requirementAnchor(string(r.ID)), "programmes.did.to_requirement")
}

func (p *Pages) putBack(c *fiber.Ctx) error {
	d, err := p.writable(c)
	if err != nil {
		return err
	}
	ctx, who := c.UserContext(), web.Actor(c)
	_, r, err := p.programmes.Requirement(ctx, who, d.ID, programme.RequirementID(web.ID(c, "eis")))
	if err != nil {
		return err
	}
	if err := p.config.PutBack(ctx, who, d.LiveID, string(r.ID)); err != nil {
		return err
	}
	return didTo(c, d, r, "programmes.removed.back")
}
