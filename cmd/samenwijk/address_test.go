package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"samenwijk/domain/access"
	"samenwijk/server/servertest"
)

var placeInRoute = regexp.MustCompile(`:\w+\??|\*`)

// TestNoAddressAnywhereFailsWhateverBytesItHolds asks each route for things whose ids are no text, too
// long or the end of a string, by address, query, form and cookie, as a visitor and as an administrator.
func TestNoAddressAnywhereFailsWhateverBytesItHolds(t *testing.T) {
	hostile := []string{"\xff", "%ff", "\xc3(", "%00", "a%00b", strings.Repeat("a", 3000), "%2e%2e%2f", "%", "\u202e"}
	each(t, func(t *testing.T, w *world) {
		const email = "beheer@voorbeeld.test"
		w.person(email, "Beheerder", access.Admin, access.Coordinator)
		visitor, admin := w.browser(), w.signIn(email)
		asked := 0
		for _, b := range []*servertest.Browser{visitor, admin} {
			csrf := b.Get("/bestaat-niet").Form("/taal").Value("csrf")
			cookies := ""
			for _, cookie := range b.Cookies() {
				cookies += cookie.Name + "=" + cookie.Value + "; "
			}
			for _, route := range w.app.GetRoutes(true) {
				if route.Method != http.MethodGet && route.Method != http.MethodPost || strings.HasSuffix(route.Path, "uitloggen") {
					continue
				}
				for _, bytes := range hostile {
					head := "Host: " + w.config.Listen + "\r\nOrigin: " + w.url + "\r\nX-CSRF-Token: " + csrf + "\r\nConnection: close\r\n"
					path := placeInRoute.ReplaceAllLiteralString(route.Path, bytes)
					own := "Cookie: " + cookies + "a=b\r\n"
					body, query := "", ""
					if path == route.Path { // no id in the path: it stands elsewhere
						query = "?werkgroep=" + bytes + "&bladzijde=" + bytes + "&terug=" + bytes + "&" + bytes + "=1"
						for _, name := range []string{"aanmelding", "uitnodiging", "inlogcode", "taal"} {
							own = strings.TrimSuffix(own, "\r\n") + "; " + name + "=" + bytes + "\r\n"
						}
					}
					if route.Method == http.MethodPost {
						body = "workgroup=" + bytes + "&idempotency_key=" + bytes + "&email=" + bytes + "&" + bytes + "=1&terug=" + bytes
					}
					asked++
					status := w.raw(route.Method+" "+path+query+" HTTP/1.1\r\n"+head+own, body)
					if status >= 500 || status == 0 {
						t.Errorf("%s %s with %.20q answers %d", route.Method, route.Path, bytes, status)
					}
					if path != route.Path && status == http.StatusOK && bytes != "%" {
						t.Errorf("%s %s with %.20q is there", route.Method, route.Path, bytes)
					}
				}
			}
		}
		if asked < 1000 {
			t.Errorf("only %d addresses were asked for", asked)
		}
	})
}

// raw sends a request as it is, with a body, and returns the status, or zero without an answer.
func (w *world) raw(head, body string) int {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.config.Listen)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	request := head
	if body != "" {
		request += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"+body); err != nil {
		return 0
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
