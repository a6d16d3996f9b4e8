package ui

import (
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"samenwijk/frontend"
)

var gallery = flag.String("gallery", "", "folder in which the gallery of components is left to be looked at")

// html is a piece of page that a room of pages would write itself.
func html(text string) templ.Component { return templ.Raw(text) }

// in renders a component around its children.
func in(parent templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// whole renders several components as one, without what stands around them.
func whole(parts ...templ.Component) templ.Component { return templ.Join(parts...) }

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var out strings.Builder
	if err := c.Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// reader is somebody who asks for a page at a fixed moment.
func reader(r Request) context.Context {
	r.Now = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	if r.Nonce == "" {
		r.Nonce = "bm9uY2U"
	}
	return WithRequest(context.Background(), r)
}

var (
	begins = time.Date(2026, 12, 3, 13, 0, 0, 0, time.UTC)
	ends   = time.Date(2026, 12, 3, 15, 30, 0, 0, time.UTC)
)

// galleryPages are pages as the rooms compose them, and together they hold every component.
func galleryPages() map[string]struct {
	request Request
	page    templ.Component
} {
	visitor := Request{CSRF: "token", Path: "/bijeenkomsten/werk-in-de-wijk", Demonstration: true}
	member := Request{CSRF: "token", Path: "/werkgroepen", Viewer: &Viewer{Name: "Fatma Yılmaz", Initials: "FY", Admin: true}}
	english := visitor
	english.Lang = English

	wrong := Mistakes{
		{"naam", "Vul uw naam in."},
		{"bereik", "Kies hoe wij u kunnen bereiken."},
		{"telefoon", "Vul een telefoonnummer in, bijvoorbeeld 06 12 34 56 78."},
		{"akkoord", "Kruis aan dat u de afspraken gelezen hebt."},
	}
	ways := []Option{
		{"sms", "Stuur mij een berichtje op mijn telefoon", ""},
		{"bellen", "Bel mij", "Wij bellen tussen 9.00 en 20.00 uur."},
		{"mail", "Stuur mij een e-mail", ""},
		{"geen", "Ik haal de bevestiging zelf op", ""},
	}
	registration := func(m Mistakes, name, way, phone string) templ.Component {
		return whole(
			ErrorSummary(m),
			html(`<h1>Meld u aan voor Werk in de wijk</h1>`),
			in(Form(FormProps{Action: "/bijeenkomsten/werk-in-de-wijk/aanmelden", IdempotencyKey: "0193"}),
				TextField(Field{Name: "naam", Label: "Hoe heet u?", Value: name, Mistakes: m, Autocomplete: "name"}),
				Choice(Field{Name: "bereik", Label: "Hoe kunnen wij u bereiken?", Hint: "Eén manier is genoeg.", Value: way, Mistakes: m}, ways),
				TextField(Field{Name: "telefoon", Label: "Uw telefoonnummer", Hint: "Alleen nodig als wij u bellen of een berichtje sturen.", Value: phone, Mistakes: m, Autocomplete: "tel", InputMode: "tel", Type: "tel", Size: Medium}),
				NumberField(Field{Name: "aantal", Label: "Met hoeveel mensen komt u?", Value: "1", Mistakes: m}),
				TextArea(Field{Name: "nodig", Label: "Wat hebt u nodig om mee te doen?", Hint: "Bijvoorbeeld een tolk, oppas of een plek voor uw rolstoel. U hoeft niet te zeggen waarom.", Mistakes: m, Optional: true, Rows: 3}),
				Checkboxes(Field{Name: "eten", Label: "Wat eet u?", Optional: true, Mistakes: m}, []Option{{"halal", "Halal", ""}, {"vegetarisch", "Vegetarisch", ""}}, []string{"halal"}),
				Checkbox(Field{Name: "akkoord", Label: "Ik heb de afspraken gelezen", Mistakes: m}),
				Button("Controleer mijn antwoorden"),
			),
		)
	}
	answers := []SummaryRow{
		{Key: "Uw naam", Value: "Ana de Vries", ChangeHref: "/aanmelden?stap=naam"},
		{Key: "Hoe wij u bereiken", Value: "Wij bellen u op 06 12 34 56 78", ChangeHref: "/aanmelden?stap=bereik"},
		{Key: "Aantal mensen", Value: "2", ChangeHref: "/aanmelden?stap=aantal"},
		{Key: "Wat u nodig hebt", Value: "Niets ingevuld", ChangeHref: "/aanmelden?stap=nodig"},
	}
	people := []Person{
		{Name: "Ana de Vries", Group: Resident}, {Name: "Rachid Bouali", Group: Entrepreneur},
		{Name: "Els Mulder", Group: Partner}, {Name: "Tom Kok", Group: Municipality},
		{Name: "Sanne Vos", Group: Education}, {Name: "Wim", Group: Expert},
	}
	var avatars, marks, options []templ.Component
	for _, p := range people {
		avatars = append(avatars, html(`<li>`), Avatar(p), html(`</li>`))
	}
	for _, g := range Groups() {
		marks = append(marks, html(`<li>`), GroupMark(g), html(`</li>`))
	}
	areas := []Option{{"klarendal", "Klarendal", ""}, {"malburgen", "Malburgen", ""}}
	options = append(options, Select(Field{Name: "wijk", Label: "Wijk", Value: "klarendal", Optional: true}, areas))

	pages := map[string]struct {
		request Request
		page    templ.Component
	}{}
	add := func(name string, r Request, p Page, content ...templ.Component) {
		pages[name] = struct {
			request Request
			page    templ.Component
		}{r, in(Layout(p), content...)}
	}
	meeting := []templ.Component{
		BackLink("Alle bijeenkomsten", MeetingsPath),
		html(`<h1>Werk in de wijk</h1>`),
		in(Lead(), html(`Bewoners, ondernemers en de gemeente zoeken samen naar werk in en uit de wijk. Iedereen kan meedoen.`)),
		Facts([]SummaryRow{
			{Key: "Wanneer", Value: Period(reader(visitor), begins, ends), Note: Near(reader(visitor), begins)},
			{Key: "Waar", Value: "Fluor, Amersfoort", Note: "Oliemolenhof 22, 3812 PB. Tien minuten lopen van het station."},
			{Key: "Voor wie", Value: "Voor iedereen die in de wijk woont of werkt"},
		}),
		in(Actions(), LinkButton("Meld mij aan", "/bijeenkomsten/werk-in-de-wijk/aanmelden"), html(`<span>Nog 12 plekken vrij</span>`)),
		in(Columns(in(Aside("vragen", "Vragen?"), html(`<p>Bel Fatma, zij regelt deze bijeenkomst. Op werkdagen van 9.00 tot 17.00 uur.</p><p><a href="tel:+31264001234">026&nbsp;400&nbsp;12&nbsp;34</a></p>`))),
			html(`<h2>Het programma</h2><ol><li>14.00 uur – Koffie, en wie is er?</li><li>14.30 uur – Drie verhalen over werk dat in de wijk begon</li><li>15.15 uur – Aan tafels: wat is hier nodig?</li></ol><h2>Goed bereikbaar</h2><p>De zaal is op de begane grond. Er is een toilet voor mensen met een rolstoel. Wij kunnen een tolk regelen.</p>`)),
	}
	coming := func(title, href, place string) templ.Component {
		return in(Card(CardProps{Title: title, Href: href, Above: Date(reader(visitor), begins), Under: true}), html(`<p>`+place+`</p>`))
	}
	add("home", visitor, Page{Title: "Samenwijk", Public: true, Wide: true},
		in(Welcome("Samen aan het werk in de wijk"),
			in(Lead(), html(`Bewoners, ondernemers, studenten en de gemeente leren van elkaar hoe meer mensen werk vinden dat bij hen past.`)),
			in(Actions(), LinkButton("Kom naar een bijeenkomst", MeetingsPath), Link("Wat is een wijkleernetwerk?", "/over"))),
		html(`<h2>Binnenkort</h2>`),
		in(CardGrid(), coming("Werk in de wijk", "/bijeenkomsten/werk-in-de-wijk", "Fluor, Amersfoort. Nog 12 plekken vrij."), coming("Wat vraagt een baas?", "/bijeenkomsten/baas", "Wijkhuis Klarendal, Arnhem. De zaal is vol; u kunt op de wachtlijst."), coming("Oppas en werk", "/bijeenkomsten/oppas", "Via de telefoon of de computer.")),
	)
	public := Page{Title: "Werk in de wijk", Public: true, Current: MeetingsPath, Description: "Bijeenkomst over werk in en uit de wijk."}
	add("meeting", visitor, public, meeting...)
	add("english", english, public, meeting...)
	add("registration", visitor, Page{Title: "Meld u aan", Public: true, Current: MeetingsPath}, registration(nil, "Ana de Vries", "bellen", "06 12 34 56 78"))
	add("mistakes", visitor, Page{Title: "Meld u aan", Public: true, Current: MeetingsPath, Mistakes: wrong}, registration(wrong, "", "", "zes twaalf"))
	add("check", visitor, Page{Title: "Kloppen uw antwoorden?", Current: MeetingsPath},
		BackLink("", "/aanmelden"), html(`<h1>Kloppen uw antwoorden?</h1>`), SummaryList(answers),
		in(Form(FormProps{Action: "/aanmelden/bevestigen", IdempotencyKey: "0193"}), Button("Meld mij aan")))
	add("confirmation", visitor, Page{Title: "U bent aangemeld", Current: MeetingsPath},
		html(`<h1>U bent aangemeld</h1>`),
		in(Notice(Good, "Wij zien u op donderdag 3 december"), html(`<p>Wij bellen u een dag van tevoren.</p>`)),
		Reference("Uw code, ook om te bellen", "blauwe molen 42"), SummaryList(answers[:2]),
		in(Actions(), SecondLinkButton("Zet in mijn agenda", "/agenda.ics"), Link("Afmelden of iets wijzigen", "/aanmelding/blauwe-molen-42")))
	add("sign-in", visitor, Page{Title: "Vul de code in"},
		in(Form(FormProps{Action: "/inloggen/code"}),
			CodeField(Field{Name: "code", Label: "Vul de code in", Hint: "Wij hebben zes cijfers naar u gemaild. De code werkt 10 minuten.", Large: true}),
			in(Actions(), Button("Log mij in"), QuietButton("Stuur een nieuwe code", "opnieuw", "ja"))))
	add("empty", member, Page{Title: "Notities", Current: NotesPath, Wide: true},
		Breadcrumb([]Crumb{{"Werkgroepen", WorkgroupsPath}, {"Werk in Klarendal", "/werkgroepen/klarendal"}, {"Notities", ""}}),
		html(`<h1>Notities</h1>`),
		EmptyState("Hier komen de notities van de werkgroep", "Schrijf op wat u zag of hoorde in de wijk. Alleen u ziet het, tot u het deelt.", LinkButton("Schrijf een notitie", "/notities/nieuw")))
	add("components", member, Page{Title: "Werkgroepen", Current: WorkgroupsPath, Wide: true, Styles: []string{"list.css"}},
		html(`<h1>Werkgroepen</h1>`),
		in(FilterForm("/werkgroepen", "Werkgroepen zoeken", "/werkgroepen"), append(options, TextField(Field{Name: "woord", Label: "Woord", Optional: true, Type: "search"}))...),
		Found(1234),
		in(Cards(),
			in(Card(CardProps{Title: "Werk in Klarendal", Href: "/werkgroepen/klarendal", Above: "Openbaar"}), html(`<p>Meer werk dat bij mensen past, in hun eigen wijk.</p>`), Status(Good, "Loopt"), html(" "), Tag("Onderzoek")),
			in(Card(CardProps{Title: "Leerbedrijven", Href: "/werkgroepen/leerbedrijven"}), html(`<p>Wat helpt om werk te krijgen en te houden?</p>`), Status(Warning, "Herzien voor 1 december"))),
		Pagination(PageLinks{Page: 4, Pages: 9, Href: func(n int) string { return "/werkgroepen?bladzijde=" + itoa(n) }}),
		html(`<h2>Hoe staat het ervoor?</h2><p>`), Status(Quiet, "Concept"), html(" "), Status(Info, "In gesprek"), html(" "), Status(Good, "Afgesproken"), html(" "), Status(Warning, "Gewijzigd"), html(" "), Status(Danger, "Bezwaar"), html(`</p>`),
		in(Notice(Info, ""), html(`<p>De lijst is bijgewerkt.</p>`)), in(Notice(Warning, ""), html(`<p>De herziening is over drie dagen.</p>`)),
		in(Notice(Danger, "Dit kunt u niet ongedaan maken"), html(`<p>De drie notities van deze werkgroep gaan weg.</p>`)),
		in(Table(TableProps{ID: "leden", Caption: "Leden van de werkgroep", Columns: []Column{{Label: "Naam"}, {Label: "Groep"}, {Label: "Notities", Numeric: true}}}),
			html(`<tr role="row"><th scope="row" role="rowheader">Ana de Vries</th><td role="cell" data-label="Groep">Bewoners</td><td role="cell" data-label="Notities" class="sw-number">12</td></tr>`),
			html(`<tr role="row"><th scope="row" role="rowheader">Rachid Bouali</th><td role="cell" data-label="Groep">Sociaal ondernemers</td><td role="cell" data-label="Notities" class="sw-number">1.204</td></tr>`)),
		html(`<h2>Wie doen er mee?</h2><ul class="sw-presence">`), whole(avatars...), html(`</ul><ul>`), whole(marks...), html(`</ul>`),
		in(Byline(people[0]), Day(begins)),
		html(`<p>`), When(begins), html(`</p>`),
		in(Disclosure("Wat betekent programma van eisen?"), html(`<p>Dat is de lijst met afspraken waar de samenwerking aan moet voldoen.</p>`)),
		in(Form(FormProps{Action: "/werkgroepen/klarendal", Upload: true, Label: "Werkgroep beheren"}),
			FileField(Field{Name: "bestand", Label: "Voeg een bestand toe", Hint: "Tot 10 MB.", Optional: true}, ".odt,.docx,.pdf"),
			in(Actions(), Button("Bewaar"), SecondButton("Bewaar als concept", "wat", "concept"), DangerButton("Verwijder de werkgroep"))),
		in(Prose(), html(`<h2>Uit een notitie</h2><p>Een gewone zin met <em>nadruk</em> en <strong>gewicht</strong>.</p><blockquote><p>“Ik wil werken, maar wel dichtbij.”</p></blockquote>`)),
	)
	add("document", member, Page{Title: "Programma van eisen", Current: WorkgroupsPath, Wide: true, Styles: []string{"app.css"}}, documentPage(people))
	return pages
}

// documentPage is the frame that the page of a programme of requirements fills.
func documentPage(people []Person) templ.Component {
	requirement := func(key, statement, plain string, status templ.Component) templ.Component {
		return whole(
			html(`<article class="sw-requirement" id="`+key+`" aria-labelledby="`+key+`-kenmerk"><h3 class="sw-requirement__key" id="`+key+`-kenmerk">`+key+`</h3><p class="sw-requirement__statement">`+statement+`</p><p class="sw-requirement__plain"><span class="sw-requirement__label">In gewone taal</span>`+plain+`</p><ul class="sw-requirement__line"><li>`),
			status,
			html(`</li><li>Moet</li><li>Uit 3 gesprekken</li><li>4 van 5 groepen steunen dit</li></ul>`),
			in(Disclosure("Meer over "+key), html(`<p>Onderbouwing: ouders zeggen dat zij anders niet kunnen komen.</p>`)),
			html(`</article>`))
	}
	var present []templ.Component
	for _, p := range people[:3] {
		present = append(present, html(`<li>`), Avatar(p), html(`</li>`))
	}
	return whole(
		html(`<div class="sw-document"><header>`),
		Breadcrumb([]Crumb{{"Werkgroepen", WorkgroupsPath}, {"Werk in Klarendal", "/werkgroepen/klarendal"}, {"Programma van eisen", ""}}),
		html(`<h1>Programma van eisen</h1></header><section class="sw-bar" aria-label="Samen schrijven"><ul class="sw-presence" aria-label="Nu aanwezig">`),
		whole(present...),
		html(`</ul><p class="sw-saved" data-state="saved" role="status">Opgeslagen</p><div class="sw-mode" role="group" aria-label="Wat wilt u doen?"><button class="sw-mode__choice" type="button" aria-pressed="true">Schrijven</button><button class="sw-mode__choice" type="button" aria-pressed="false">Voorstellen</button><button class="sw-mode__choice" type="button" aria-pressed="false">Lezen</button></div></section>
<details class="sw-outline"><summary class="sw-outline__handle">Inhoud</summary><nav aria-label="Inhoud"><ol class="sw-outline__list"><li><a href="#samen" aria-current="true">Samen beginnen</a><ol><li><a href="#PVE-1"><span class="sw-outline__key">PVE-1</span> Oppas bij bijeenkomsten</a></li><li><a href="#PVE-2"><span class="sw-outline__key">PVE-2</span> Gewone taal</a></li></ol></li><li><span class="sw-outline__heading">Leren van elkaar</span></li></ol></nav></details>
<div class="sw-text"><h2 id="samen">Samen beginnen</h2><p>Wie meedoet, moet kunnen komen. Daarom spreken wij het volgende af.<span class="sw-caret sw-group-entrepreneur"><span class="sw-caret__label">Rachid Bouali</span></span></p>`),
		requirement("PVE-1", "Bij iedere bijeenkomst is oppas geregeld voor wie dat vooraf vraagt.", "Hebt u kinderen? Dan passen wij op.", Status(Good, "Afgesproken")),
		requirement("PVE-2", `Alle stukken zijn <span class="sw-selection sw-group-partner">geschreven in gewone taal</span>, op niveau B1.`, "U begrijpt wat u leest.", Status(Info, "In gesprek")),
		html(`<h2>Leren van elkaar</h2><p>Studenten en docenten leren mee, <em>niet</em> over de mensen heen.</p></div>
<details class="sw-margin"><summary class="sw-margin__handle">Opmerkingen (2)</summary><div class="sw-margin__body">`),
		in(Remarks(),
			in(Remark(people[0], "bij PVE-1, gisteren", false), html(`<p>Geldt dit ook in de avond?</p>`)),
			in(Remark(people[2], "bij PVE-2, vandaag", true), html(`<p>Wij lezen de stukken graag vooraf mee.</p>`))),
		html(`<h2 class="sw-margin__title">Toetsen</h2><p>Alt + F10 gaat naar de knoppen.</p></div></details></div>`),
	)
}

// The pages are left in a folder with the built assets, where a browser looks at them.
func TestGalleryRendersEveryComponent(t *testing.T) {
	folder := *gallery
	if folder == "" {
		folder = t.TempDir()
	}
	for name, g := range galleryPages() {
		text := render(t, reader(g.request), g.page)
		if strings.Contains(text, "style=") || strings.Contains(text, "onclick=") {
			t.Errorf("%s: the content security policy forbids styles and handlers in the page", name)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".html"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if *gallery != "" {
		if err := frontend.Check(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(folder, "built")); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(folder, "built"), frontend.Assets); err != nil {
			t.Fatal(err)
		}
	}
}
