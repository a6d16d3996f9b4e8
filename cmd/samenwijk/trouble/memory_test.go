package trouble_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"samenwijk/server/servertest"
)

// mostMemory is what one request of somebody without an account may take.
const mostMemory = 64 << 20

// TestOneRequestWithoutAnAccountTakesLittleMemory sends what is made to take much, each to the built
// program, and reads from the system how much the process took at its highest.
func TestOneRequestWithoutAnAccountTakesLittleMemory(t *testing.T) {
	h := newHouse(t, "")
	h.open()
	defer h.close()
	visitor := servertest.NewBrowser(t, h.base)
	csrf := url.QueryEscape(visitor.Get("/inloggen").MustStatus(http.StatusOK).Form("/inloggen").Value("csrf"))
	part := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	raw, err := url.QueryUnescape(csrf)
	if err != nil {
		t.Fatal(err)
	}
	const encoded, multipart = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	first := part("csrf", raw)
	bomb := []byte(first + part("email", strings.Repeat("a", 200<<20)) + "--b--\r\n")
	gzipped := packed(t, bomb, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	plain := "csrf=" + csrf + "&email="
	const packedUp, unread, refused = http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge
	for name, tc := range map[string]struct {
		kind, encoding string
		body           []byte
		want           int
	}{
		"packed with gzip":              {multipart, "gzip", gzipped, packedUp},
		"packed with gzip in capitals":  {multipart, "GZIP", gzipped, packedUp},
		"packed with deflate":           {multipart, "deflate", packed(t, bomb, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }), packedUp},
		"packed with brotli":            {multipart, "br", packed(t, bomb, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }), packedUp},
		"packed without a name we know": {encoded, "x-made-up", []byte(plain), packedUp},
		"packed twice":                  {multipart, "identity, gzip", gzipped, packedUp},
		"half a million fields":         {encoded, "", []byte(plain + strings.Repeat("&a", 500_000)), refused},
		"half a million fields, none":   {encoded, "", []byte(plain + strings.Repeat("&", 1_000_000)), refused},
		"as many fields as are read":    {encoded, "", []byte(plain + strings.Repeat("&a="+strings.Repeat("%41", 150), 1_990)), unread},
		"one long field":                {encoded, "", []byte(plain + strings.Repeat("a", 1_000_000)), refused},
		"one long field, escaped":       {encoded, "", []byte(plain + strings.Repeat("%41", 330_000)), refused},
		"many parts":                    {multipart, "", []byte(first + strings.Repeat(part("a", ""), 19_000) + "--b--\r\n"), refused},
		"many empty files": {multipart, "", []byte(first +
			strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\n\r\n", 14_000) + "--b--\r\n"), refused},
		"many headers of a part": {multipart, "", []byte("--b\r\n" + strings.Repeat("A: b\r\n", 170_000) + "\r\n\r\n--b--\r\n"), unread},
		"eight times the limit":  {multipart, "", []byte(first + part("email", strings.Repeat("a", 8_000_000)) + "--b--\r\n"), refused},
		"more than is read":      {encoded, "", []byte(plain + strings.Repeat("a", 100<<20)), refused},
	} {
		t.Run(name, func(t *testing.T) {
			before := h.process.rest(t)
			for _, chunked := range []bool{false, true} {
				status := h.postRaw(t, "/inloggen", tc.kind, tc.encoding, tc.body, chunked)
				// A body of more than is read is cut off, which the sender may meet before the answer.
				if cut := status == 0 && len(tc.body) > 8<<20; !cut && status != tc.want {
					t.Errorf("chunked %v: answered %d, want %d", chunked, status, tc.want)
				}
			}
			taken := h.process.memory(t, "VmHWM") - before
			t.Logf("%d KB sent, %.1f MB taken", len(tc.body)>>10, float64(taken)/(1<<20))
			if taken > mostMemory {
				t.Errorf("one request took %d MB", taken>>20)
			}
		})
	}
}

func packed(t *testing.T, what []byte, by func(w io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var b bytes.Buffer
	w := by(&b)
	if _, err := w.Write(what); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rest lets the process forget how much memory it ever had, and returns what it has.
func (p *process) rest(t *testing.T) int64 {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0o200); err != nil {
		t.Fatal(err)
	}
	return p.memory(t, "VmRSS")
}

func (p *process) memory(t *testing.T, line string) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), line+":")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// postRaw sends a body as it is and returns the status, or zero when the connection ended without one.
func (h *house) postRaw(t *testing.T, path, kind, encoding string, body []byte, chunked bool) int {
	t.Helper()
	conn, err := net.Dial("tcp", h.listen)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	head := "POST " + path + " HTTP/1.1\r\nHost: " + h.listen + "\r\nOrigin: " + h.base + "\r\nContent-Type: " + kind + "\r\n"
	if encoding != "" {
		head += "Content-Encoding: " + encoding + "\r\n"
	}
	if chunked {
		head += "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n", len(body))
	} else {
		head += fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))
	}
	go func() {
		for _, piece := range [][]byte{[]byte(head), body, []byte("\r\n0\r\n\r\n")} {
			if _, err := conn.Write(piece); err != nil {
				return
			}
			if !chunked && len(piece) == len(body) && &piece[0] == &body[0] {
				return
			}
		}
	}()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
