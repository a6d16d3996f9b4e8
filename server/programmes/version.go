package programmes

import (
	"context"
	"crypto/rand"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"samenwijk/domain/access"
	"samenwijk/domain/fault"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/domain/richtext/compare"
	"samenwijk/server/ui"
	"samenwijk/server/web"
)

func (p *Pages) mountVersions(r fiber.Router) {
	r.Get(Path+"/:id/versies", p.versions)
	r.Post(Path+"/:id/versies", p.nameNow)
	r.Get(Path+"/:id/teruggezet.json", p.restored)
	r.Get(Path+"/:id/versies/:versie", p.version)
	r.Get(Path+"/:id/versies/:versie/naam", p.nameVersionForm)
	r.Post(Path+"/:id/versies/:versie/naam", p.nameVersion)
	r.Get(Path+"/:id/versies/:versie/terugzetten", p.restoreForm)
	r.Post(Path+"/:id/versies/:versie/terugzetten", p.restore)
	r.Get(Path+"/:id/versies/:versie/wie-schreef-wat", p.whoWroteVersion)
	r.Get(Path+"/:id/vergelijken", p.compare)
	r.Get(Path+"/:id/wie-schreef-wat", p.whoWrote)
}

func versionsPath(d programme.RequirementsDocument) string { return documentPath(d.ID) + "/versies" }

func versionPath(d programme.RequirementsDocument, v livedoc.VersionID) string {
	return versionsPath(d) + "/" + url.PathEscape(string(v))
}

// comparePath leads to a comparison; an empty older one is the version before the newer one, an empty
// newer one the text of now.
func comparePath(d programme.RequirementsDocument, older, newer livedoc.VersionID) string {
	q := url.Values{}
	if older != "" {
		q.Set("van", string(older))
	}
	if newer != "" {
		q.Set("naar", string(newer))
	}
	return documentPath(d.ID) + "/vergelijken?" + q.Encode()
}

// history returns the document for who may read how it came about.
func (p *Pages) history(c *fiber.Ctx) (programme.RequirementsDocument, error) {
	return p.programmes.History(c.UserContext(), web.Actor(c), id(c))
}

// readVersion returns the version of this address, without its text.
func (p *Pages) readVersion(c *fiber.Ctx, d programme.RequirementsDocument) (versionView, error) {
	v, err := p.config.Versions.Headline(c.UserContext(), d.LiveID, livedoc.VersionID(web.ID(c, "versie")))
	if err != nil {
		return versionView{}, err
	}
	views, err := p.viewVersions(c.UserContext(), d, []livedoc.Version{v})
	if err != nil {
		return versionView{}, err
	}
	views[0].Document = d
	return views[0], nil
}

// writableVersion is readVersion for who may write in its document.
func (p *Pages) writableVersion(c *fiber.Ctx) (versionView, error) {
	d, err := p.writable(c)
	if err != nil {
		return versionView{}, err
	}
	return p.readVersion(c, d)
}

// viewVersions says of versions who is behind them, in the names of today.
func (p *Pages) viewVersions(ctx context.Context, d programme.RequirementsDocument, versions []livedoc.Version) ([]versionView, error) {
	var ids []string
	var came []livedoc.VersionID // what came back, which may stand on another page of the list
	for _, v := range versions {
		ids = append(append(ids, v.Actor), v.WrittenBy()...)
		if v.Source != "" {
			came = append(came, v.Source)
		}
	}
	sources, err := p.config.Versions.Headlines(ctx, d.LiveID, came)
	if err != nil {
		return nil, err
	}
	names, err := p.people(ctx, ids)
	if err != nil {
		return nil, err
	}
	views := make([]versionView, len(versions))
	for i, v := range versions {
		views[i] = versionView{Version: v, By: names.of(ctx, v.Actor), Writers: names.all(ctx, v.WrittenBy())}
		if source, there := sources[v.Source]; there {
			views[i].Source = versionTitle(ctx, source)
		}
	}
	return views, nil
}

// people looks up how people are called now.
func (p *Pages) people(ctx context.Context, ids []string) (people, error) {
	wanted := make([]access.PersonID, 0, len(ids))
	for _, id := range ids {
		if id != "" {
			wanted = append(wanted, access.PersonID(id))
		}
	}
	if len(wanted) == 0 {
		return people{}, nil
	}
	names, err := p.config.Names(ctx, wanted)
	return people(names), err
}

type nameForm struct {
	Name string `form:"name,max=100"`
	Key  string `form:"idempotency_key,max=100"`
}

func (p *Pages) versions(c *fiber.Ctx) error {
	d, err := p.history(c)
	if err != nil {
		return err
	}
	v, err := p.versionList(c, d)
	if err != nil {
		return err
	}
	return web.Page(c, versionsPage(v, nameForm{Key: rand.Text()}, nil))
}

func (p *Pages) versionList(c *fiber.Ctx, d programme.RequirementsDocument) (versionListView, error) {
	ctx, who := c.UserContext(), web.Actor(c)
	page, err := strconv.Atoi(c.Query("bladzijde", "1"))
	if err != nil || page < 1 {
		page = 1
	}
	v := versionListView{Document: d, Page: page, MayWrite: p.programmes.MayWrite(who, d)}
	found, n, err := p.config.Versions.Versions(ctx, d.LiveID, page)
	if err != nil {
		return v, err
	}
	v.Found = n
	if v.Versions, err = p.viewVersions(ctx, d, found); err != nil {
		return v, err
	}
	return v, nil
}

func (p *Pages) nameNow(c *fiber.Ctx) error {
	d, err := p.writable(c)
	if err != nil {
		return err
	}
	list, err := p.versionList(c, d)
	if err != nil {
		return err
	}
	var form nameForm
	again := func(m ui.Mistakes) templ.Component { return versionsPage(list, form, m) }
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	v, err := p.config.Versions.NameNow(c.UserContext(), web.Actor(c), d.LiveID, form.Name, form.Key)
	if fault.IsSentBefore(err) {
		form.Key = rand.Text()
	}
	if err != nil {
		return web.Again(c, err, again)
	}
	return web.Done(c, versionsPath(d), web.Say("programmes.did.named", "Name", form.Name).SeeAt(versionPath(d, v.ID), "programmes.did.named_see"))
}

func (p *Pages) version(c *fiber.Ctx) error {
	d, err := p.history(c)
	if err != nil {
		return err
	}
	v, err := p.readVersion(c, d)
	if err != nil {
		return err
	}
	v.MayWrite = p.programmes.MayWrite(web.Actor(c), d)
	text, err := p.config.Versions.VersionText(c.UserContext(), d.LiveID, v.ID)
	if err != nil {
		return err
	}
	v.Text, err = p.reading(c, d, text)
	if err != nil {
		return err
	}
	return web.Page(c, versionPage(v))
}

// reading is a text to be read, with the keys of its requirements.
func (p *Pages) reading(c *fiber.Ctx, d programme.RequirementsDocument, text richtext.Document) (documentView, error) {
	requirements, err := p.programmes.Requirements(c.UserContext(), web.Actor(c), d.ID)
	if err != nil {
		return documentView{}, err
	}
	v := newDocumentView(c.UserContext(), d, requirements, text, "")
	v.TextAlone = true
	return v, nil
}

func (p *Pages) nameVersionForm(c *fiber.Ctx) error {
	v, err := p.writableVersion(c)
	if err != nil {
		return err
	}
	return web.Page(c, nameVersionPage(v, nameForm{Name: v.Name}, nil, false, nil))
}

func (p *Pages) nameVersion(c *fiber.Ctx) error {
	v, err := p.writableVersion(c)
	if err != nil {
		return err
	}
	var form nameForm
	undoing := web.Undoing(c)
	var newer []ui.SummaryRow
	again := func(m ui.Mistakes) templ.Component { return nameVersionPage(v, form, newer, undoing, m) }
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	said := web.Say("programmes.did.named_version", "Name", form.Name)
	var expects *string
	if was, says := web.Was(c, "name"); says {
		expects = &was
	}
	err = p.config.Versions.NameVersion(c.UserContext(), web.Actor(c), v.Document.LiveID, v.ID, expects, form.Name)
	switch {
	case fault.IsUnchanged(err):
		return web.UnchangedNow(c, versionPath(v.Document, v.ID), "name", form.Name, said)
	case fault.IsOvertaken(err):
		if now, err := p.writableVersion(c); err == nil {
			v = now
		}
		newer = []ui.SummaryRow{{Key: ui.T(c.UserContext(), "programmes.versions.name"), Value: v.Name, Written: true}}
		if undoing {
			form.Name = v.Name
		}
		return web.Again(c, err, again)
	case err != nil:
		return web.Again(c, err, again)
	}
	if v.Name != "" {
		said = said.UndoneBy(versionPath(v.Document, v.ID)+"/naam", "name", v.Name, ui.WasField("name"), form.Name)
	}
	return web.Done(c, versionPath(v.Document, v.ID), said)
}

type restoreForm struct {
	Key string `form:"idempotency_key,max=100"`
}

func (p *Pages) restoreForm(c *fiber.Ctx) error {
	v, err := p.writableVersion(c)
	if err != nil {
		return err
	}
	return web.Page(c, restorePage(v, rand.Text(), nil))
}

func (p *Pages) restore(c *fiber.Ctx) error {
	v, err := p.writableVersion(c)
	if err != nil {
		return err
	}
	var form restoreForm
	again := func(m ui.Mistakes) templ.Component { return restorePage(v, form.Key, m) }
	if err := web.Decode(c, &form); err != nil {
		return web.Again(c, err, again)
	}
	if err := p.config.Versions.Restore(c.UserContext(), web.Actor(c), v.Document.LiveID, v.ID, form.Key); err != nil {
		if fault.IsSentBefore(err) {
			form.Key = rand.Text()
		}
		return web.Again(c, err, again)
	}
	return web.Done(c, versionsPath(v.Document), web.Say("programmes.versions.restored", "Version", v.title(c.UserContext())))
}

// fresh is how long ago a version was put back when those who are writing are told of it.
const fresh = time.Minute

// restored says to an open editor whether an older version was put back just now, and by whom. What came to
// its text says that the house changed it, not why.
func (p *Pages) restored(c *fiber.Ctx) error {
	d, err := p.history(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	recent, _, err := p.config.Versions.Versions(ctx, d.LiveID, 1)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if len(recent) == 0 || recent[0].Kind != livedoc.Restored || time.Since(recent[0].At) > fresh {
		return c.JSON(fiber.Map{})
	}
	views, err := p.viewVersions(ctx, d, recent[:1])
	if err != nil {
		return err
	}
	what := ui.T(ctx, "programmes.versions.restored_now", "Name", views[0].By, "Version", views[0].source(ctx))
	return c.JSON(fiber.Map{"id": recent[0].ID, "what": what})
}

// compare shows what changed between two versions. Whichever is named first, the older one is shown as
// what was.
func (p *Pages) compare(c *fiber.Ctx) error {
	d, err := p.history(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	recent, _, err := p.config.Versions.Versions(ctx, d.LiveID, 1)
	if err != nil {
		return err
	}
	older, newer, err := p.chosen(c, d, recent)
	if err != nil {
		return err
	}
	all := recent
	for _, v := range []livedoc.Version{older, newer} {
		if v.ID != "" {
			all = append(all, v)
		}
	}
	views, err := p.viewVersions(ctx, d, all)
	if err != nil {
		return err
	}
	view := newCompareView(ctx, d, views, older.ID, newer.ID)
	view.MayWrite = p.programmes.MayWrite(web.Actor(c), d)
	view.First = newer.ID != "" && older.ID == newer.ID && c.Query("van") == ""
	if older.ID != "" || len(recent) > 0 {
		from, to, err := p.config.Versions.Between(ctx, d.LiveID, older.ID, newer.ID)
		if err != nil {
			return err
		}
		reading, err := p.reading(c, d, to)
		if err != nil {
			return err
		}
		units := compare.Documents(from, to)
		names, err := p.people(ctx, changers(units))
		if err != nil {
			return err
		}
		view.show(ctx, units, names, reading.Known)
	}
	return web.Page(c, comparePage(view))
}

// chosen reads from the address which versions to compare. Without a newer one it is the text of now,
// which has no id; without an older one it is the version before, or the newest there is.
func (p *Pages) chosen(c *fiber.Ctx, d programme.RequirementsDocument, recent []livedoc.Version) (older, newer livedoc.Version, err error) {
	ctx := c.UserContext()
	read := func(name string) (v livedoc.Version, err error) {
		if id := web.AskedID(c, name); id != "" && id != nowChoice {
			v, err = p.config.Versions.Headline(ctx, d.LiveID, livedoc.VersionID(id))
		}
		return v, err
	}
	if older, err = read("van"); err != nil {
		return older, newer, err
	}
	if newer, err = read("naar"); err != nil {
		return older, newer, err
	}
	switch {
	case older.ID == "" && newer.ID != "" && c.Query("van") == nowChoice:
		older, newer = newer, livedoc.Version{}
	case older.ID == "" && newer.ID != "":
		older, _, err = p.config.Versions.Before(ctx, newer)
		if older.ID == "" {
			older = newer // the first one: nothing came before it
		}
	case older.ID == "" && len(recent) > 0:
		older = recent[0]
	case newer.ID != "" && newer.OlderThan(older):
		older, newer = newer, older
	}
	return older, newer, err
}

func (p *Pages) whoWrote(c *fiber.Ctx) error {
	d, err := p.history(c)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	text, err := p.config.Versions.WhoWrote(ctx, d.LiveID)
	if err != nil {
		return err
	}
	return p.showWriters(c, d, text, nil)
}

func (p *Pages) whoWroteVersion(c *fiber.Ctx) error {
	d, err := p.history(c)
	if err != nil {
		return err
	}
	past, err := p.readVersion(c, d)
	if err != nil {
		return err
	}
	text, err := p.config.Versions.WhoWroteVersion(c.UserContext(), d.LiveID, past.ID)
	if err != nil {
		return err
	}
	return p.showWriters(c, d, text, &past)
}

// showWriters answers with a text and who wrote what in it; past is the version that it is of.
func (p *Pages) showWriters(c *fiber.Ctx, d programme.RequirementsDocument, text richtext.Document, past *versionView) error {
	ctx := c.UserContext()
	v, err := p.reading(c, d, text)
	if err != nil {
		return err
	}
	writers := writersOf(text.Blocks)
	names, err := p.people(ctx, ids(writers))
	if err != nil {
		return err
	}
	v.Legend = newLegend(ctx, writers, names)
	return web.Page(c, whoWrotePage(v, past))
}
