package programmes

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"samenwijk/domain/access"
	"samenwijk/domain/programme"
	"samenwijk/domain/richtext"
	"samenwijk/server/ui"
)

// listView is a page of the list, with the groups one can choose from.
type listView struct {
	Documents []programme.RequirementsDocument
	Found     int
	Filter    programme.Filter
	Names     map[string]string
	Choices   []ui.Option
}

func newListView(found programme.List, filter programme.Filter, names map[string]string) listView {
	v := listView{Documents: found.Documents, Found: found.Found, Filter: filter, Names: names}
	for id, name := range names {
		v.Choices = append(v.Choices, ui.Option{Value: id, Label: name})
	}
	slices.SortFunc(v.Choices, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	return v
}

// apart is what is said with programmes of the same title: their workgroup and, in one group, when they changed.
func (v listView) apart(ctx context.Context) []string {
	var titles, groups, moments []string
	for _, d := range v.Documents {
		titles, groups = append(titles, d.Title), append(groups, v.Names[d.WorkgroupID])
		moments = append(moments, ui.T(ctx, "programmes.list.changed", "Date", ui.DateTime(ctx, d.ChangedAt)))
	}
	return ui.Apart(titles, groups, moments)
}

// changed is the day on which a programme changed, with the hour where its group has another of the same title.
func (v listView) changed(ctx context.Context, d programme.RequirementsDocument) string {
	for _, other := range v.Documents {
		if other.ID != d.ID && other.Title == d.Title && other.WorkgroupID == d.WorkgroupID {
			return ui.DateTime(ctx, d.ChangedAt)
		}
	}
	return ui.ShortDate(ctx, d.ChangedAt)
}

func (v listView) pages() ui.PageLinks {
	return ui.PageLinks{
		Page: max(v.Filter.Page, 1), Pages: (v.Found + programme.PageSize - 1) / programme.PageSize,
		Href: func(page int) string {
			q := url.Values{"bladzijde": {strconv.Itoa(page)}}
			if v.Filter.Workgroup != "" {
				q.Set("werkgroep", v.Filter.Workgroup)
			}
			return Path + "?" + q.Encode()
		},
	}
}

func (v listView) clearHref() string {
	if v.Filter.Workgroup == "" {
		return ""
	}
	return Path
}

type createView struct{ Workgroup, Name string }

// textLang is the language of what people write, on a page of any language.
const textLang = "nl"

// documentView is the document page: the text as it was last saved, and what the editor must know.
type documentView struct {
	Document  programme.RequirementsDocument
	Workgroup string // empty when the reader may not know of it
	Text      richtext.Document
	Known     map[string]programme.Requirement
	Outline   []outlineEntry
	MayWrite  bool
	Editor    string
	Early     string
	Plain     bool    // for a page that runs no script
	Along     string  // the address of the page on which a visitor reads along live; empty when that is this one
	Legend    *legend // of who wrote what, where that is shown
	TextAlone bool    // without what was decided about requirements since

	Removed []removedRequirement // for who may read how the text came about

	WithoutScript string // where a browser goes on to that runs none

	given // to who begins to write

	MayReadHistory bool
}

// removedRequirement is one that stands nowhere in the text, with the words that it begins with.
type removedRequirement struct {
	Requirement programme.Requirement
	Words       string
}

// without is a run of text with one mark less.
func without(i richtext.Inline, less func(*richtext.Inline)) richtext.Inline {
	less(&i)
	return i
}

func itoa(n int) string { return strconv.Itoa(n) }

type outlineEntry struct {
	Href, Key, Text string
	Below           []outlineEntry
}

func newDocumentView(ctx context.Context, d programme.RequirementsDocument, requirements []programme.Requirement, text richtext.Document, workgroup string) documentView {
	v := documentView{Document: d, Workgroup: workgroup, Text: text, Known: map[string]programme.Requirement{}}
	for _, r := range requirements {
		v.Known[string(r.ID)] = r
	}
	v.outline(ctx, text.Blocks)
	return v
}

// outline gathers headings of the second level, and below each what comes until the next.
func (v *documentView) outline(ctx context.Context, blocks []richtext.Block) {
	for _, b := range blocks {
		switch b.Kind {
		case richtext.Heading:
			v.enter(outlineEntry{Href: "#" + v.anchor(b), Text: shorten(b.Plain())}, b.Level <= 2)
		case richtext.Requirement:
			statement, _ := b.Child(richtext.Statement)
			v.enter(outlineEntry{Href: "#eis-" + b.ID, Key: v.key(ctx, b.ID), Text: shorten(statement.Plain())}, false)
		default:
			v.outline(ctx, b.Blocks)
		}
	}
}

func (v *documentView) enter(e outlineEntry, top bool) {
	if n := len(v.Outline); !top && n > 0 && v.Outline[n-1].Key == "" {
		v.Outline[n-1].Below = append(v.Outline[n-1].Below, e)
		return
	}
	v.Outline = append(v.Outline, e)
}

// anchor names a heading by its words, as far as they can stand in an address.
func (documentView) anchor(b richtext.Block) string {
	name := "kop"
	for _, word := range strings.FieldsFunc(strings.ToLower(b.Plain()), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c)
	}) {
		name += "-" + word
	}
	return name
}

func (v *documentView) key(ctx context.Context, id string) string {
	if r, ok := v.Known[id]; ok {
		return r.Key()
	}
	return ui.T(ctx, "programmes.editor.pendingKey")
}

const longestEntry = 60

func shorten(s string) string {
	line := []rune(strings.Join(strings.Fields(s), " "))
	if len(line) <= longestEntry {
		return string(line)
	}
	return strings.TrimSpace(string(line[:longestEntry])) + "…"
}

// facts says on one line what was decided about a requirement; what was not said yet is left out.
func facts(ctx context.Context, r programme.Requirement) string {
	var said []string
	if r.Type != "" {
		said = append(said, ui.T(ctx, "programmes.type."+string(r.Type)))
	}
	if r.Priority != "" {
		said = append(said, ui.T(ctx, "programmes.priority."+string(r.Priority)))
	}
	return strings.Join(append(said, ui.T(ctx, "programmes.status."+string(r.Status))), " · ")
}

func typeOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, t := range programme.Types {
		label := ui.T(ctx, "programmes.type."+string(t)) + ": " + ui.T(ctx, "programmes.type_means."+string(t))
		options = append(options, ui.Option{Value: string(t), Label: label})
	}
	return options
}

func priorityOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, p := range programme.Priorities {
		options = append(options, ui.Option{Value: string(p), Label: ui.T(ctx, "programmes.priority."+string(p))})
	}
	return options
}

func audienceOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: string(access.Members), Label: ui.T(ctx, "programmes.audience.members")},
		{Value: string(access.Public), Label: ui.T(ctx, "programmes.audience.public")},
	}
}

// editorTexts are the sentences the editor says; what it fills in itself stands between braces.
var editorTexts = []string{
	"saved_saved", "saved_saving", "saved_unsaved", "saved_offline", "saved_again",
	"line_connecting", "line_loading", "line_waiting", "line_outdated", "line_signed-out", "line_forbidden", "line_gone", "line_elsewhere",
	"line_epoch", "line_too-large", "line_content",
	"textLabel", "emptyHint", "statement", "statementHint", "rationale", "rationaleHint",
	"principle", "term", "note", "quote", "unknownLine", "unknownBox", "unknownBlock", "unknownInline",
	"pendingKey", "requirementLabel", "asForm", "aRequirement", "aTable", "theText", "theTextUnder", "theRequirement", "thatRequirement", "theTable",
	"somebody", "somebodyElse", "changed", "changedMany",
	"others_added", "others_back", "others_removed", "others_moved", "came", "left", "inserted", "insertedNew",
	"movedAfter", "movedTop", "removedRequirement", "removedTable", "lostRequirement", "lostTable", "isBack",
	"offeredWords", "offeredWordsOf", "theseWords", "wordsBack", "backButYours",
	"putBack", "putBackNamed", "close", "closeNotice", "closeNoticeNamed",
	"removedRow", "removedColumn", "lostRow", "lostColumn", "lostPlace", "lostHint", "theRow", "theColumn", "aRow", "aColumn",
	"yourWords", "copy", "copied", "pasteCut", "tablesFull",
	"didOn", "didOff", "did_undo", "did_redo", "didLevel", "didNot_indent", "didNot_outdent", "didTable",
	"didAddRow", "didAddColumn", "did_removeRow", "did_removeColumn", "tool_strike",
	"tool_insertRequirement", "tool_removeRequirement", "tool_heading2", "tool_heading3", "tool_heading4",
	"tool_bold", "tool_italic", "tool_link", "tool_bulletList", "tool_orderedList", "tool_indent", "tool_outdent",
	"tool_undo", "tool_redo", "tool_more", "tool_principle", "tool_term", "tool_note", "tool_quote", "tool_table",
	"tools_requirement", "tools_table", "tool_up", "tool_down", "tool_drag", "tool_rowAfter", "tool_rowBefore",
	"tool_columnAfter", "tool_columnBefore", "tool_headingRow", "tool_removeRow", "tool_removeColumn", "tool_removeTable",
	"linkAddress", "linkMake", "linkRemove", "linkMistake", "cancel",
	"asideTitle", "asideWhy", "asideContent", "asideCopy", "asideCopied", "asideForget", "asideSure", "asideYes", "asideNo", "asideForgotten",
}

// blanks are the places that the editor fills in.
var blanks = []any{"Name", "{name}", "Where", "{where}", "People", "{people}", "Number", "{count}", "Key", "{key}", "Percent", "{percent}",
	"What", "{what}", "Heading", "{heading}", "Position", "{number}"}

// editorConfig is what the editor must know, as JSON.
func editorConfig(ctx context.Context, d programme.RequirementsDocument, who access.Actor, mayWrite, mayReadHistory bool) string {
	texts := map[string]string{}
	for _, name := range editorTexts {
		texts[name] = ui.T(ctx, "programmes.editor."+name, blanks...)
	}
	path, live := documentPath(d.ID), "/live/"+url.PathEscape(string(d.LiveID))
	restored := ""
	if mayReadHistory {
		restored = path + "/teruggezet.json"
	}
	written, err := json.Marshal(map[string]any{
		"document": d.LiveID, "person": who.ID, "mayWrite": mayWrite, "confidential": d.Confidential,
		"csrf": ui.RequestOf(ctx).CSRF, "ticket": live + "/ticket", "socket": live,
		"keys": path + "/eisen.json", "add": path + "/eisen", "form": path + "/eisen/", "restored": restored, "texts": texts,
	})
	if err != nil {
		panic(err) // strings and bools alone
	}
	return string(written)
}

// earlyConfig is what the line to the text must know before there is an editor, as JSON.
func earlyConfig(ctx context.Context, d programme.RequirementsDocument, who access.Actor, given bool) string {
	live := "/live/" + url.PathEscape(string(d.LiveID))
	written, err := json.Marshal(map[string]any{
		"document": d.LiveID, "person": who.ID, "csrf": ui.RequestOf(ctx).CSRF, "ticket": live + "/ticket", "socket": live,
		"given": given,
	})
	if err != nil {
		panic(err) // strings and bools alone
	}
	return string(written)
}

// way leads to the document through its group, for who may know of the group.
func (v documentView) way(ctx context.Context) []ui.Crumb {
	way := []ui.Crumb{{Label: ui.T(ctx, "programmes.list.title"), Href: Path}}
	if v.Workgroup != "" {
		way = []ui.Crumb{
			{Label: ui.T(ctx, "ui.nav.workgroups"), Href: ui.WorkgroupsPath},
			{Label: v.Workgroup, Href: ui.WorkgroupsPath + "/" + url.PathEscape(v.Document.WorkgroupID)},
		}
	}
	return append(way, ui.Crumb{Label: v.Document.Title})
}

func requirementPath(d programme.RequirementsDocument, r programme.Requirement) string {
	return documentPath(d.ID) + "/eisen/" + url.PathEscape(string(r.ID))
}

// page is what the frame must know. Only with a script does a text become one to write in.
func (v documentView) page() ui.Page {
	p := ui.Page{
		Title: v.Document.Title, Current: ui.ProgrammesPath, Wide: true, Styles: []string{"app.css"},
		Public: v.Document.Audience == access.Public,
	}
	if v.Plain {
		p.Sheet, p.Styles = "reading.css", nil
	} else {
		p.Scripts, p.Head, p.LateFont = []string{"islands.ts"}, early(v), v.MayWrite
		if v.Given != "" {
			p.Tail = v.given.script()
		}
	}
	return p
}

// requirementPath is the address of a requirement, or with below of something that is done with it: from
// there one returns to the page that one came from.
func (v documentView) requirementPath(r programme.Requirement, below string) string {
	path := requirementPath(v.Document, r) + below
	if v.Plain && v.Along == "" {
		path += "?" + ui.ReturnField + "=" + url.QueryEscape(readPath(v.Document.ID))
	}
	return path
}

// firstForm returns the first requirement in the text that has a form.
func (v documentView) firstForm() (programme.Requirement, bool) {
	for _, id := range v.Text.IDs(richtext.Requirement) {
		if r, known := v.Known[id]; known {
			return r, true
		}
	}
	return programme.Requirement{}, false
}

// summary shows a requirement to who may not change it.
func summary(ctx context.Context, v requirementView) []ui.SummaryRow {
	statement, rationale := v.Statement, v.Rationale
	if !v.InText { // its words are for who may read how the text came about
		statement, rationale = "", ""
	}
	return []ui.SummaryRow{
		{Key: ui.T(ctx, "programmes.requirement.statement"), Value: statement},
		{Key: ui.T(ctx, "programmes.editor.rationale"), Value: rationale},
		{Key: ui.T(ctx, "programmes.requirement.facts"), Value: facts(ctx, v.Requirement)},
	}
}
