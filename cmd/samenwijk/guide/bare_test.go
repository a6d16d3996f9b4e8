//go:build bare

package guide

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var debian = flag.String("debian", "bookworm", "which Debian")

// What a machine has and a folder with Debian in it lacks: something that starts services. It reads the same files as
// systemd does, and understands what the files of the guide say.
const systemctl = `#!/bin/bash
set -eu
of() { sed -n "s/^$2=//p" "/etc/systemd/system/$1"; }
stop() {
	[ -e "/run/$1.pid" ] || return 0
	kill "$(cat "/run/$1.pid")"
	while kill -0 "$(cat "/run/$1.pid")" 2>/dev/null; do sleep 0.2; done
	rm "/run/$1.pid"
}
start() {
	case $1 in postgresql.service|nginx.service) service "${1%.service}" restart; return;; esac
	user=$(of "$1" User)
	for folder in $(of "$1" StateDirectory); do install -d -m 700 -o "$user" "/var/lib/$folder"; done
	run() {
		cd "$(of "$1" WorkingDirectory)"
		set -a; . "$(of "$1" EnvironmentFile)"; set +a
		umask "$(of "$1" UMask)"
		exec runuser -u "$user" -- $(of "$1" ExecStart)
	}
	if [ "$(of "$1" Type)" = oneshot ]; then (run "$1"); else (run "$1") >>"/var/log/$1.log" 2>&1 & echo $! >"/run/$1.pid"; fi
}
what=$1; shift
[ "${1:-}" = --now ] && { shift; now=yes; } || now=no
name=${1:-}; case $name in *.*|"") ;; *) name=$name.service;; esac
case $what in
	daemon-reload) systemd-analyze verify /etc/systemd/system/samenwijk*.*;;
	enable) grep -q '^\[Install\]' "/etc/systemd/system/$name"; if [ $now = yes ] && [ "${name%.timer}" = "$name" ]; then start "$name"; fi;;
	start) start "$name";;
	stop) stop "$name";;
	restart) stop "$name"; start "$name";;
	*) echo "systemctl $what is not known here" >&2; exit 1;;
esac
`

// TestTheGuideWorksInAnEmptyDebian types the guide, from its own text, where nothing is installed. Making that folder takes
// some minutes and the packages of Debian, so it is a target of its own (make guide).
func TestTheGuideWorksInAnEmptyDebian(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("this needs root: it makes a folder with a Debian of its own")
	}
	house := filepath.Join(t.TempDir(), "debian")
	run(t, "", "mmdebstrap", "--mode=root", "--variant=minbase",
		"--include=systemd,procps,curl,openssl,ca-certificates,perl-base", *debian, house)
	t.Cleanup(func() {
		_, _ = inside(house, "systemctl stop samenwijk; service nginx stop; service postgresql stop")
		_ = exec.Command("umount", house+"/proc").Run()
	})
	run(t, "", "mount", "-t", "proc", "proc", house+"/proc")

	write(t, house+"/usr/local/bin/systemctl", systemctl)
	write(t, house+"/etc/hosts", "127.0.0.1 localhost samenwijk.example\n")
	run(t, "", "cp", filepath.Join(program(t), "samenwijk"), house+"/root/samenwijk")
	run(t, "", "cp", "-r", files, house+"/root/install")
	// In the place of certbot, which asks somebody on the internet.
	must(t, house, `folder=/etc/letsencrypt/live/samenwijk.example; mkdir -p $folder
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=samenwijk.example -addext subjectAltName=DNS:samenwijk.example \
			-keyout $folder/privkey.pem -out $folder/fullchain.pem 2>/dev/null
		cp $folder/fullchain.pem /usr/local/share/ca-certificates/samenwijk.crt; update-ca-certificates >/dev/null`)

	for _, block := range blocks(t) {
		t.Logf("%s\n%s", block, must(t, house, "cd /root; "+block))
	}

	// A password with signs, written as the guide says.
	said := must(t, house, `runuser -u postgres -- psql --quiet --command "alter role samenwijk password 'p@ss/w:rd#1%'"
		written=$(printf '%s' 'p@ss/w:rd#1%' | perl -pe 's/([^A-Za-z0-9._~-])/sprintf "%%%02X", ord $1/ge')
		cd /tmp; DATABASE_URL="postgres://samenwijk:$written@127.0.0.1/samenwijk" SAMENWIJK_SECRET_FILE=/var/lib/samenwijk/secret samenwijk fsck`)
	if !strings.Contains(said, "document") {
		t.Errorf("fsck over a password says %s", said)
	}
	// A websocket gets through, and a script without the s is told.
	upgrade := must(t, house, `curl --silent --include --http1.1 --max-time 5 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
		-H 'Sec-WebSocket-Version: 13' \
		-H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==' https://samenwijk.example/live/none | head -n 1 || true`)
	if strings.Contains(upgrade, "426") || strings.Contains(upgrade, "50") {
		t.Errorf("a websocket is answered with %s", upgrade)
	}
	for path, want := range map[string]string{"http://samenwijk.example/aanmelden": "301", "http://samenwijk.example/live/none": "403"} {
		if got := must(t, house, "curl --silent --output /dev/null --write-out '%{http_code}' "+path); got != want {
			t.Errorf("%s is answered with %s, want %s", path, got, want)
		}
	}
	log := must(t, house, "cat /var/log/samenwijk.service.log")
	if first, _, _ := strings.Cut(log, "\n"); !strings.Contains(first, "samenwijk starts") {
		t.Errorf("its log begins with %s", first)
	}
	if strings.Contains(log, "behind a proxy") || strings.Contains(log, "another address") {
		t.Errorf("its log has a warning:\n%s", log)
	}
	// The other proxy reads its file as well.
	must(t, house, "apt-get install --yes --no-install-recommends caddy >/dev/null 2>&1;"+
		" caddy validate --config /root/install/Caddyfile --adapter caddyfile 2>&1")
}

func inside(house, commands string) (string, error) {
	command := exec.Command("chroot", house, "/bin/bash", "-euo", "pipefail", "-c", commands)
	command.Env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "HOME=/root",
	}
	out, err := command.CombinedOutput()
	return string(out), err
}

func must(t *testing.T, house, commands string) string {
	t.Helper()
	out, err := inside(house, commands)
	if err != nil {
		t.Fatal(fmt.Errorf("%w of\n%s\n%s", err, commands, out))
	}
	return out
}

func run(t *testing.T, folder, name string, args ...string) {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
}
