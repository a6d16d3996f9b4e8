package differential

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// judge is a Node process that replays sessions with yjs.
type judge struct {
	in  io.WriteCloser
	out *bufio.Reader
	cmd *exec.Cmd
}

func startJudge(t testing.TB) *judge {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("the differential test needs Node (node is not in the PATH)")
	}
	if _, err := os.Stat("node_modules/yjs/package.json"); err != nil {
		t.Fatal("the differential test needs yjs: run `npm ci` in realtime/differential")
	}
	cmd := exec.Command("node", "judge.mjs")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &judge{in, bufio.NewReaderSize(out, 1<<20), cmd}
}

func (j *judge) send(s *session) error {
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = j.in.Write(append(line, '\n'))
	return err
}

func (j *judge) receive() (results []string, err error) {
	line, err := j.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the judge went away: %w", err)
	}
	return results, json.Unmarshal(line, &results)
}

// compare says at which step a session went differently, -1 for nowhere. Undo in yjs sometimes
// fails on content that was collected; nothing can be compared from there on.
func compare(p *player, want []string) (at int, threw bool) {
	for i, said := range p.results {
		if op := p.session.Steps[i]["op"]; i < len(want) && strings.HasPrefix(want[i], "threw") && (op == "undo" || op == "redo") {
			return -1, true
		}
		sum := md5.Sum(bytes.Join(said, nil))
		if i >= len(want) || hex.EncodeToString(sum[:]) != want[i] {
			return i, false
		}
	}
	return -1, false
}

// explain replays a session that went differently and tells what came out on both sides.
func explain(j *judge, p *player, step int) string {
	p.session.Verbose = true
	if err := j.send(&p.session); err != nil {
		return err.Error()
	}
	want, err := j.receive()
	if err != nil {
		return err.Error()
	}
	what, _ := json.Marshal(p.session.Steps[step])
	var b strings.Builder
	fmt.Fprintf(&b, "step %d of %d: %s\n", step, len(p.results), what)
	theirs := strings.Split(want[step], "|")
	for i := range max(len(theirs), len(p.results[step])) {
		var ours, judged string
		if i < len(p.results[step]) {
			ours = hex.EncodeToString(p.results[step][i])
		}
		if i < len(theirs) {
			judged = theirs[i]
		}
		if ours != judged {
			fmt.Fprintf(&b, "part %d: engine %s\n        yjs    %s\n%s%s", i, ours, judged, readable("engine", ours), readable("yjs   ", judged))
		}
	}
	return b.String()
}

func readable(who, part string) string {
	raw, err := hex.DecodeString(part)
	if err != nil || !bytes.HasPrefix(raw, []byte("{\"")) && !bytes.HasPrefix(raw, []byte("error")) {
		return ""
	}
	return fmt.Sprintf("        %s %s\n", who, raw)
}
