package programmes

import (
	"context"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/server/web"
)

// keyed remembers of texts that each requirement in them has its key.
type keyed struct {
	mu    sync.Mutex
	texts map[livedoc.ID]string
}

// mostKeyed is how many texts are remembered; one that was forgotten is read again.
const mostKeyed = 10_000

func (k *keyed) of(live livedoc.ID) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.texts[live]
}

func (k *keyed) note(live livedoc.ID, text string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.texts == nil || len(k.texts) >= mostKeyed {
		k.texts = map[livedoc.ID]string{}
	}
	k.texts[live] = text
}

// requirements returns the requirements of a document that the actor may read, after each one that stands in
// the saved text got its key, also when a script put it there; more when some get theirs the next time.
func (p *Pages) requirements(
	ctx context.Context, who access.Actor, d programme.RequirementsDocument,
) (all []programme.Requirement, more bool, err error) {
	known := p.keyed.of(d.LiveID)
	ids, text, err := p.config.Requirements(ctx, d.LiveID, known)
	if err != nil {
		return nil, false, err
	}
	if text == known {
		all, err = p.programmes.Requirements(ctx, who, d.ID)
		return all, false, err
	}
	all, more, err = p.programmes.ShownRequirements(ctx, who, d.ID, requirementIDs(ids))
	if err == nil && !more {
		p.keyed.note(d.LiveID, text)
	}
	return p.withoutKeys(all, more, err, d.ID)
}

// giveKeys is requirements for who has read the text: shown are those that stand in it.
func (p *Pages) giveKeys(ctx context.Context, who access.Actor, d programme.ID, shown []string) ([]programme.Requirement, bool, error) {
	all, more, err := p.programmes.ShownRequirements(ctx, who, d, requirementIDs(shown))
	return p.withoutKeys(all, more, err, d)
}

// withoutKeys lets a text be read where no key can be stored, such as on a full disk.
func (p *Pages) withoutKeys(all []programme.Requirement, more bool, err error, d programme.ID) ([]programme.Requirement, bool, error) {
	if kind := fault.KindOf(err); all != nil && err != nil && kind != fault.KindNotFound && kind != fault.KindForbidden {
		p.config.Log.Error("requirements cannot be given their keys", "document", string(d), "error", err)
		err = nil
	}
	return all, more, err
}

func requirementIDs(ids []string) []programme.RequirementID {
	all := make([]programme.RequirementID, len(ids))
	for i, id := range ids {
		all[i] = programme.RequirementID(id)
	}
	return all
}

// keyAnswer is one requirement as the editor shows it.
type keyAnswer struct {
	ID    string `json:"id"`
	Key   string `json:"key"`
	Facts string `json:"facts"`
}

// keysAnswer is what the editor asked for; More when it is to ask again for the rest.
type keysAnswer struct {
	Requirements []keyAnswer `json:"requirements"`
	More         bool        `json:"more,omitempty"`
}

func answerOf(ctx context.Context, all []programme.Requirement, more bool) keysAnswer {
	answer := keysAnswer{Requirements: make([]keyAnswer, 0, len(all)), More: more}
	for _, r := range all {
		answer.Requirements = append(answer.Requirements, keyAnswer{string(r.ID), r.Key(), facts(ctx, r)})
	}
	return answer
}

func (p *Pages) keys(c *fiber.Ctx) error {
	ctx, who := c.UserContext(), web.Actor(c)
	d, err := p.programmes.Get(ctx, who, id(c))
	if err != nil {
		return err
	}
	all, more, err := p.requirements(ctx, who, d)
	if err != nil {
		return err
	}
	return c.JSON(answerOf(ctx, all, more))
}

// addForm asks for the keys of requirements that were inserted just now: ids with white space between them.
type addForm struct {
	IDs string `form:"id,max=35000"`
}

func (p *Pages) addRequirements(c *fiber.Ctx) error {
	var form addForm
	if err := web.Decode(c, &form); err != nil {
		return err
	}
	ids := strings.Fields(form.IDs)
	if len(ids) == 0 {
		ids = []string{""} // which is no id
	}
	all, err := p.programmes.AddRequirements(c.UserContext(), web.Actor(c), id(c), requirementIDs(ids))
	if err != nil {
		return err
	}
	return c.JSON(answerOf(c.UserContext(), all, false))
}
