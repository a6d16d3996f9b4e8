package programmes

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"samenwijk/domain/access"
	"samenwijk/domain/livedoc"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/domain/richtext/compare"
	"samenwijk/server/ui"
)

// people are names by id.
type people map[access.PersonID]string

func (p people) of(ctx context.Context, id string) string {
	if id == "" {
		return ""
	}
	if name, known := p[access.PersonID(id)]; known {
		return name
	}
	return ui.T(ctx, "programmes.former_person")
}

func (p people) all(ctx context.Context, ids []string) string {
	var names []string
	for _, id := range ids {
		if name := p.of(ctx, id); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return enumerate(ctx, names)
}

// enumerate writes "a, b en c".
func enumerate(ctx context.Context, names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + ui.T(ctx, "programmes.versions.and") + " " + names[last]
}

// versionView is one version; Text only where it is read.
type versionView struct {
	livedoc.Version
	Document programme.RequirementsDocument
	By       string // who named or restored it
	Writers  string
	Source   string // the title of the version that came back
	MayWrite bool
	Text     documentView
}

func versionTitle(ctx context.Context, v livedoc.Version) string {
	if v.Name != "" {
		return v.Name
	}
	if v.Kind == livedoc.Converted {
		return ui.T(ctx, "programmes.versions.before_new_editor")
	}
	title := ui.T(ctx, "programmes.versions.of", "When", ui.DateTime(ctx, v.At))
	switch v.Kind { // these two are of the same minute
	case livedoc.BeforeRestore:
		return ui.T(ctx, "programmes.versions.before_back", "Version", title)
	case livedoc.Restored:
		return ui.T(ctx, "programmes.versions.after_back", "Version", title)
	}
	return title
}

func (v versionView) title(ctx context.Context) string { return versionTitle(ctx, v.Version) }

// source is what the version that came back is called.
func (v versionView) source(ctx context.Context) string {
	if v.Source == "" {
		return ui.T(ctx, "programmes.versions.gone")
	}
	return v.Source
}

// why says how the version came to be there.
func (v versionView) why(ctx context.Context) string {
	source := v.source(ctx)
	switch v.Kind {
	case livedoc.Named:
		return ui.T(ctx, "programmes.versions.named_by", "Name", v.By)
	case livedoc.Restored:
		return ui.T(ctx, "programmes.versions.restored_by", "Name", v.By, "Source", source)
	case livedoc.Converted:
		return ui.T(ctx, "programmes.versions.converted")
	case livedoc.BeforeRestore:
		return ui.T(ctx, "programmes.versions.before_restore", "Name", v.By, "Source", source)
	}
	return ui.T(ctx, "programmes.versions.automatic")
}

type versionListView struct {
	Document programme.RequirementsDocument
	Versions []versionView
	Found    int
	Page     int
	MayWrite bool
}

// apart is what is said with the title of each version: the moment, unless it is in the title.
func (v versionListView) apart(ctx context.Context) []string {
	titles, moments := make([]string, len(v.Versions)), make([]string, len(v.Versions))
	for i, one := range v.Versions {
		titles[i] = one.title(ctx)
		if one.Name != "" || one.Kind == livedoc.Converted {
			moments[i] = ui.DateTime(ctx, one.At)
		}
	}
	apart := ui.Apart(titles, moments)
	for i, moment := range moments {
		if apart[i] == "" {
			apart[i] = moment
		}
	}
	return apart
}

func (v versionListView) pages() ui.PageLinks {
	return ui.PageLinks{
		Page: v.Page, Pages: (v.Found + livedoc.VersionPage - 1) / livedoc.VersionPage,
		Href: func(page int) string {
			return versionsPath(v.Document) + "?" + url.Values{"bladzijde": {itoa(page)}}.Encode()
		},
	}
}

// nowChoice stands for the text of now where one chooses what to compare.
const nowChoice = "nu"

// compareView is what changed between two texts.
type compareView struct {
	Document     programme.RequirementsDocument
	Choices      []ui.Option
	Older, Newer string // chosen
	From, To     string // titles
	Nothing      bool   // there is no version to compare with
	First        bool   // what changed in the first version was asked, before which there is none
	MayWrite     bool
	Blocks       []changedBlock
	Counts       []string
}

// changedBlock is one unit that changed, or a run of units that did not.
type changedBlock struct {
	Same  []compare.Unit
	Unit  compare.Unit
	Key   string // of a requirement
	Label string
	Under string // the heading before it
	State string
	By    []string // names, in the order of their numbers in the text
	ids   []string
}

func newCompareView(ctx context.Context, d programme.RequirementsDocument, versions []versionView, older, newer livedoc.VersionID) compareView {
	v := compareView{Document: d, Older: string(older), Newer: string(newer), Nothing: older == ""}
	v.To = ui.T(ctx, "programmes.compare.now")
	titles := make([]string, len(versions))
	for i, one := range versions {
		titles[i] = one.title(ctx)
		if one.Name != "" || one.Kind == livedoc.Converted {
			titles[i] += " (" + ui.ShortDate(ctx, one.At) + ", " + ui.Clock(ctx, one.At) + ")"
		}
	}
	listed := map[livedoc.VersionID]bool{}
	for i, one := range versions {
		title := titles[i]
		if one.ID == older {
			v.From = title
		}
		if one.ID == newer {
			v.To = title
		}
		if !listed[one.ID] {
			v.Choices = append(v.Choices, ui.Option{Value: string(one.ID), Label: title})
		}
		listed[one.ID] = true
	}
	return v
}

// withNow are the choices for the newer side.
func (v compareView) withNow(ctx context.Context) []ui.Option {
	return append([]ui.Option{{Value: nowChoice, Label: ui.T(ctx, "programmes.compare.now")}}, v.Choices...)
}

func (v compareView) newerChoice() string {
	if v.Newer == "" {
		return nowChoice
	}
	return v.Newer
}

func (v *compareView) show(ctx context.Context, units []compare.Unit, names people, known map[string]programme.Requirement) {
	heading := ""
	counts := map[string]int{}
	for _, u := range units {
		if u.Change == compare.Same {
			if n := len(v.Blocks); n == 0 || len(v.Blocks[n-1].Same) == 0 {
				v.Blocks = append(v.Blocks, changedBlock{})
			}
			last := &v.Blocks[len(v.Blocks)-1]
			last.Same = append(last.Same, u)
			if u.Kind == richtext.Heading {
				heading = text(u)
			}
			continue
		}
		b := changedBlock{Unit: u, Under: heading, ids: u.By()}
		b.Label = ui.T(ctx, "programmes.compare.kind_"+kindName(u.Kind))
		if u.Kind == richtext.Requirement {
			b.Key = ui.T(ctx, "programmes.editor.pendingKey")
			if r, ok := known[u.ID]; ok {
				b.Key = r.Key()
			}
			b.Label = ui.T(ctx, "programmes.editor.requirementLabel", "Key", b.Key)
		}
		if u.Kind == richtext.Heading && u.Change != compare.Removed {
			heading, b.Under = text(u), ""
		}
		state := stateName(u)
		counts[state]++
		b.State = ui.T(ctx, "programmes.compare.state_"+state)
		for _, id := range b.ids {
			b.By = append(b.By, names.of(ctx, id))
		}
		v.Blocks = append(v.Blocks, b)
	}
	for _, state := range []string{"changed", "added", "removed", "moved", "moved_changed", "restyled"} {
		if n := counts[state]; n > 0 {
			v.Counts = append(v.Counts, ui.T(ctx, "programmes.compare.count_"+state, "Count", n))
		}
	}
}

// changed are the blocks without the runs that stayed the same.
func (v compareView) changed() bool {
	return slices.ContainsFunc(v.Blocks, func(b changedBlock) bool { return len(b.Same) == 0 })
}

// number is the place of who did it among those who changed the block, 0 when nobody has to be told
// from others.
func (b changedBlock) number(by []string) string {
	if len(b.ids) < 2 {
		return ""
	}
	var numbers []string
	for _, id := range by {
		numbers = append(numbers, itoa(slices.Index(b.ids, id)+1))
	}
	return strings.Join(numbers, ",")
}

// spoken is what a screen reader says before words to which something happened.
func (b changedBlock) spoken(ctx context.Context, what string, by []string) string {
	var names []string
	for _, id := range by {
		names = append(names, b.By[slices.Index(b.ids, id)])
	}
	if len(names) == 0 {
		return ui.T(ctx, "programmes.compare."+what)
	}
	return ui.T(ctx, "programmes.compare."+what+"_by", "Names", enumerate(ctx, names))
}

// trailing is the space at the end of a text.
func trailing(text string) string { return text[len(strings.TrimRight(text, " ")):] }

func stateName(u compare.Unit) string {
	restyled := true
	for _, p := range u.Parts {
		for _, l := range p.Lines {
			restyled = restyled && l.Change == compare.Same
		}
	}
	switch {
	case u.Change == compare.Added:
		return "added"
	case u.Change == compare.Removed:
		return "removed"
	case u.Moved && restyled:
		return "moved"
	case u.Moved:
		return "moved_changed"
	case restyled:
		return "restyled"
	}
	return "changed"
}

func kindName(k richtext.Kind) string {
	switch k {
	case richtext.Heading, richtext.BulletList, richtext.OrderedList, richtext.Principle, richtext.Term, richtext.Note, richtext.Quote,
		richtext.Table, richtext.Figure, richtext.Rule:
		return string(k)
	}
	return "paragraph"
}

// text is what a unit says now.
func text(u compare.Unit) string {
	var out strings.Builder
	for _, p := range u.Parts {
		for _, l := range p.Lines {
			for _, w := range l.Words {
				if w.Op != compare.Deleted {
					out.WriteString(w.Text)
				}
			}
			out.WriteByte(' ')
		}
	}
	return strings.TrimSpace(out.String())
}

// said is a unit that stayed as it was, in a line.
func said(ctx context.Context, u compare.Unit) string {
	if words := text(u); words != "" || u.Kind != richtext.Table {
		return words
	}
	return ui.T(ctx, "programmes.compare.table")
}

// changers are the ids of everybody who changed something.
func changers(units []compare.Unit) []string {
	var all []string
	for _, u := range units {
		all = append(all, u.By()...)
	}
	return all
}

// writer is somebody in a text, with the number of their words.
type writer struct {
	id    string
	words int
}

// writersOf are who wrote a text, in the order in which they come in it. What it began with is of the
// empty id.
func writersOf(blocks []richtext.Block) []writer {
	var found []writer
	var walk func(blocks []richtext.Block)
	walk = func(blocks []richtext.Block) {
		for _, b := range blocks {
			for _, i := range b.Inlines {
				if i.Break {
					continue
				}
				at := slices.IndexFunc(found, func(w writer) bool { return w.id == i.By })
				if at < 0 {
					at = len(found)
					found = append(found, writer{id: i.By})
				}
				found[at].words += len(strings.FieldsFunc(i.Text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
			}
			walk(b.Blocks)
		}
	}
	walk(blocks)
	return found
}

func ids(writers []writer) []string {
	var all []string
	for _, w := range writers {
		all = append(all, w.id)
	}
	return all
}

// legend says who is who in a text that shows who wrote what.
type legend struct {
	Entries []legendEntry // in the order of their numbers
	Begin   int           // words that nobody wrote: the document began with them
	numbers map[string]int
}

type legendEntry struct {
	Number int
	Name   string
	Words  int
}

func newLegend(ctx context.Context, writers []writer, names people) *legend {
	l := &legend{numbers: map[string]int{}}
	for _, w := range writers {
		if w.id == "" {
			l.Begin += w.words
			continue
		}
		l.Entries = append(l.Entries, legendEntry{Number: len(l.Entries) + 1, Name: names.of(ctx, w.id), Words: w.words})
		l.numbers[w.id] = len(l.Entries)
	}
	return l
}

// entry is who wrote a piece of text; the zero one when nobody is to be shown.
func (l *legend) entry(by string) legendEntry {
	if l == nil || l.numbers[by] == 0 {
		return legendEntry{}
	}
	return l.Entries[l.numbers[by]-1]
}

// class chooses among six colours with six lines, which come again for a seventh person; the number
// tells them apart.
func (e legendEntry) class() string { return "sw-whose--" + itoa((e.Number-1)%6+1) }

// piece is what one person wrote in a line without a break.
type piece struct {
	by      string
	inlines []richtext.Inline
}

// pieces divides a line by who wrote it; without a legend it is one piece of nobody. The space behind a
// piece is nobody's, so that its number stands at its last word.
func (v documentView) pieces(line []richtext.Inline) []piece {
	if v.Legend == nil {
		return []piece{{inlines: line}}
	}
	var all []piece
	for _, i := range line {
		by := i.By
		if n := len(all); n > 0 && i.Break {
			by = all[n-1].by
		}
		if n := len(all); n == 0 || all[n-1].by != by {
			all = append(spaced(all), piece{by: by})
		}
		last := &all[len(all)-1]
		last.inlines = append(last.inlines, i)
	}
	return spaced(all)
}

// spaced takes the space at the end of the last piece out of it.
func spaced(all []piece) []piece {
	if len(all) == 0 || all[len(all)-1].by == "" {
		return all
	}
	inlines := all[len(all)-1].inlines
	last := &inlines[len(inlines)-1]
	space := trailing(last.Text)
	if space == "" {
		return all
	}
	last.Text = strings.TrimSuffix(last.Text, space)
	return append(all, piece{inlines: []richtext.Inline{{Text: space}}})
}
