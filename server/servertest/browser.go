// Package servertest is a browser without JavaScript for tests: it keeps cookies, follows
// redirects, reads the forms of a page and sends them the way a browser would. Every page it opens
// must be our own answer: a status of 500 or more fails the test.
package servertest

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"samenwijk/server/web"
)

// Browser is one person's browser. It is not safe for concurrent use.
type Browser struct {
	t      testing.TB
	base   *url.URL
	client *http.Client
}

// NewBrowser opens a browser without cookies on the site at base.
func NewBrowser(t testing.TB, base string) *Browser {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, base: u, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// Cookies returns what the browser would send to the site.
func (b *Browser) Cookies() []*http.Cookie { return b.client.Jar.Cookies(b.base) }

// SetCookies makes the browser send these, as when somebody copied them from elsewhere.
func (b *Browser) SetCookies(cookies ...*http.Cookie) { b.client.Jar.SetCookies(b.base, cookies) }

// Get opens a page, following redirects, also those that a page asks for where no script runs.
func (b *Browser) Get(path string) *Page {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodGet, b.url(path), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Do(request)
}

// Post sends fields to path without a form, as a program would; it adds no token.
func (b *Browser) Post(path string, fields url.Values) *Page {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodPost, b.url(path), strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", b.base.Scheme+"://"+b.base.Host)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(request)
}

// GetForScripts opens a page as a browser gets it that runs scripts.
func (b *Browser) GetForScripts(path string) *Page {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodGet, b.url(path), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

// Do sends any request with the cookies of this browser.
func (b *Browser) Do(request *http.Request) *Page {
	b.t.Helper()
	page := b.do(request)
	if next := page.withoutScripts(); next != "" {
		return b.Get(page.resolve(next))
	}
	return page
}

func (b *Browser) do(request *http.Request) *Page {
	b.t.Helper()
	page, err := b.try(request)
	if err != nil {
		b.t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	if page.Status >= 500 {
		b.t.Fatalf("%s %s answers %d:\n%s", request.Method, request.URL.Path, page.Status, page.Text())
	}
	return page
}

func (b *Browser) try(request *http.Request) (*Page, error) {
	response, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	page := &Page{
		browser: b, Status: response.StatusCode, Path: web.WithoutSaid(response.Request.URL.RequestURI()),
		Address: response.Request.URL.RequestURI(), Header: response.Header, Body: string(body),
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		if page.root, err = html.Parse(strings.NewReader(page.Body)); err != nil {
			return nil, err
		}
	}
	return page, nil
}

func (b *Browser) url(path string) string {
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		return path
	}
	return b.base.Scheme + "://" + b.base.Host + path
}
