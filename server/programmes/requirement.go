package programmes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/fault"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

// keyAnswer is one requirement as the editor shows it.
type keyAnswer struct {
	ID    string `json:"id"`
	Key   string `json:"key"`
	Facts string `json:"facts"`
}

func (p *Pages) keys(c *fiber.Ctx) error {
	found, err := p.programmes.Requirements(c.UserContext(), web.Actor(c), id(c))
	if err != nil {
		return err
	}
	answers := make([]keyAnswer, 0, len(found))
	for _, r := range found {
		answers = append(answers, keyAnswer{string(r.ID), r.Key(), facts(c.UserContext(), r)})
	}
	return c.JSON(fiber.Map{"requirements": answers})
}

type addForm struct {
	ID programme.RequirementID `form:"id"`
}

func (p *Pages) addRequirement(c *fiber.Ctx) error {
	var form addForm
	if err := web.Decode(c, &form); err != nil {
		return err
	}
	r, err := p.programmes.AddRequirement(c.UserContext(), web.Actor(c), id(c), form.ID)
	if err != nil {
		return err
	}
	return c.JSON(keyAnswer{string(r.ID), r.Key(), facts(c.UserContext(), r)})
}

type requirementForm struct {
	Statement string             `form:"statement,max=2000,lines"`
	Rationale string             `form:"rationale,max=4000,lines"`
	Type      programme.Type     `form:"type"`
	Priority  programme.Priority `form:"priority"`
	Seen      string             `form:"seen"` // the words as they were when the form was opened
}

// requirementView is a requirement with the words that stand in the shared text.
type requirementView struct {
	Document    programme.RequirementsDocument
	Requirement programme.Requirement
	Statement   string
	Rationale   string
	InText      bool // somebody may have taken it out of the text
	MayWrite    bool
}

func (v requirementView) seen() string {
	sum := sha256.Sum256([]byte(v.Statement + "\x00" + v.Rationale))
	return hex.EncodeToString(sum[:8])
}

func (p *Pages) loadRequirement(c *fiber.Ctx) (requirementView, error) {
	ctx, who := c.UserContext(), web.Actor(c)
	var v requirementView
	var err error
	v.Document, v.Requirement, err = p.programmes.Requirement(ctx, who, id(c), programme.RequirementID(c.Params("eis")))
	if err != nil {
		return v, err
	}
	said, shown, err := p.config.Words(ctx, v.Document.LiveID, string(v.Requirement.ID))
	if err != nil {
		return v, err
	}
	if v.InText = shown; shown {
		v.Statement, v.Rationale = said[richtext.Statement], said[richtext.Rationale]
	}
	v.MayWrite = p.programmes.MayWrite(who, v.Document)
	return v, nil
}

func (p *Pages) requirement(c *fiber.Ctx) error {
	v, err := p.loadRequirement(c)
	if err != nil {
		return err
	}
	form := requirementForm{
		Statement: v.Statement, Rationale: v.Rationale, Type: v.Requirement.Type, Priority: v.Requirement.Priority, Seen: v.seen(),
	}
	return web.Page(c, requirementPage(v, form, nil))
}

func (p *Pages) editRequirement(c *fiber.Ctx) error {
	v, err := p.loadRequirement(c)
	if err != nil {
		return err
	}
	var form requirementForm
	again := func(m ui.Mistakes) templ.Component { return requirementPage(v, form, m) }
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	rewritten := v.InText && (form.Statement != v.Statement || form.Rationale != v.Rationale)
	if rewritten {
		if form.Seen != v.seen() {
			form.Seen = v.seen()
			return web.Again(c, fault.Conflict("programmes.requirement.changed"), again)
		}
		if err := programme.CheckStatement(form.Statement); err != nil {
			return web.Again(c, err, again)
		}
	}
	ctx, who := c.UserContext(), web.Actor(c)
	if _, err := p.programmes.Classify(ctx, who, v.Document.ID, v.Requirement.ID, form.Type, form.Priority); err != nil {
		return web.Again(c, err, again)
	}
	if rewritten {
		err := p.config.Edit(ctx, who, v.Document.LiveID, Edit{v.Requirement.ID, form.Statement, form.Rationale})
		if err != nil {
			return web.Again(c, err, again)
		}
	}
	return web.Done(c, documentPath(v.Document.ID)+"#eis-"+string(v.Requirement.ID))
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

// putBackField names, in the address of a document, the requirement that was just put back.
const putBackField = "teruggezet"

func (p *Pages) putBack(c *fiber.Ctx) error {
	d, err := p.writable(c)
	if err != nil {
		return err
	}
	ctx, who := c.UserContext(), web.Actor(c)
	_, r, err := p.programmes.Requirement(ctx, who, d.ID, programme.RequirementID(c.Params("eis")))
	if err != nil {
		return err
	}
	if err := p.config.PutBack(ctx, who, d.LiveID, string(r.ID)); err != nil {
		return err
	}
	return web.Done(c, documentPath(d.ID)+"?"+url.Values{putBackField: {string(r.ID)}}.Encode()+"#eis-"+url.PathEscape(string(r.ID)))
}
