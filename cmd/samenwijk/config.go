package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Config is everything the program can be told. Defaults give way to the environment, and the
// environment to flags. Samenwijk reads no other variable with its prefix: one it does not know is
// a mistake that should be seen at the start, not silence.
type Config struct {
	Database       string   `env:"DATABASE_URL" name:"database" default:"data/samenwijk.db" help:"A postgres:// URL, or the file of the SQLite database."`
	Listen         string   `env:"SAMENWIJK_LISTEN" default:"127.0.0.1:8080" help:"The address to listen on."`
	BaseURL        string   `env:"SAMENWIJK_BASE_URL" name:"base-url" default:"http://localhost:8080" help:"The address people use; links and cookies depend on it."`
	SecretFile     string   `env:"SAMENWIJK_SECRET_FILE" name:"secret-file" default:"data/secret" help:"File with the secret that signs tickets and forms; made when it is not there. Nodes of one installation share it."`
	OldSecretFiles []string `env:"SAMENWIJK_OLD_SECRET_FILES" name:"old-secret-files" help:"Files with secrets that were replaced: what was written under them can still be read. Nodes of one installation share them."`

	NATS            string `env:"SAMENWIJK_NATS" name:"nats" help:"Several nodes on one Postgres hear each other through NATS: nats://host:4222,nats://… or tls://user:password@host:4222. Without it this is the only node, or nodes look in the database."`
	NATSCredentials string `env:"SAMENWIJK_NATS_CREDENTIALS" name:"nats-credentials" help:"The file with credentials for NATS, where it asks for them."`

	SMTP     string `env:"SAMENWIJK_SMTP" name:"smtp" help:"smtp://user:password@host:587 (STARTTLS) or smtps://…; without it letters wait."`
	MailFrom string `env:"SAMENWIJK_MAIL_FROM" name:"mail-from" default:"samenwijk@localhost" help:"The sender of letters."`

	Name         string `env:"SAMENWIJK_NAME" name:"name-of-network" help:"How the network is called, on pages and in letters. Without it: Samenwijk."`
	ContactName  string `env:"SAMENWIJK_CONTACT_NAME" name:"contact-name" help:"Whom people ask for help: the name of a role or a desk, not of a person. Stands under every page."`
	ContactPhone string `env:"SAMENWIJK_CONTACT_PHONE" name:"contact-phone" help:"The telephone number there, such as 06 12 34 56 78."`
	ContactEmail string `env:"SAMENWIJK_CONTACT_EMAIL" name:"contact-email" help:"The e-mail address there. Without it: the address of SAMENWIJK_MAIL_FROM."`
	Controller   string `env:"SAMENWIJK_CONTROLLER" help:"The organisation that is responsible for what is kept about people, and its address, for the page about privacy."`
	DataOfficer  string `env:"SAMENWIJK_DATA_OFFICER" name:"data-officer" help:"The data protection officer and how to reach them, for the page about privacy."`
	PrivacyText  string `env:"SAMENWIJK_PRIVACY_TEXT" name:"privacy-text" help:"A file in Markdown with what the network itself says on the page about privacy."`
	Logo         string `env:"SAMENWIJK_LOGO" help:"A file, SVG or PNG, that stands in the place of our drawing."`
	Colour       string `env:"SAMENWIJK_COLOUR" help:"The colour of links and buttons, such as #0a5a66. It must be dark enough for white text."`

	KeepUpdates int `env:"SAMENWIJK_KEEP_UPDATES" name:"keep-updates" default:"30" help:"Days for which every single edit of a text is kept; after that its versions, and who wrote what, remain. With 0 it is an hour."`

	SourceURL string `env:"SAMENWIJK_SOURCE_URL" name:"source-url" help:"Where the source of this installation is published; the licence asks to tell its users."`

	TrustedProxies []string `env:"SAMENWIJK_TRUSTED_PROXIES" name:"trusted-proxies" help:"Addresses or networks of the proxies whose X-Forwarded-For counts: 127.0.0.1,10.0.0.0/8."`
	BodyLimit      int      `env:"SAMENWIJK_BODY_LIMIT" name:"body-limit" default:"1048576" help:"Bytes that one request may hold."`
	PerPerson      int      `env:"SAMENWIJK_CONNECTIONS_PER_PERSON" name:"connections-per-person" default:"100" help:"Live documents that one person has open at the same time on one node, in all browsers and scripts."`
	PerPlace       int      `env:"SAMENWIJK_CONNECTIONS_PER_PLACE" name:"connections-per-place" default:"100" help:"Live documents that visitors without an account have open at the same time on one node from one address."`
	LogFormat      string   `env:"SAMENWIJK_LOG_FORMAT" name:"log-format" enum:"text,json" default:"text" help:"text or json."`
	LogLevel       string   `env:"SAMENWIJK_LOG_LEVEL" name:"log-level" enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error."`

	speaksOfMail bool // in tests, which read letters where they are kept: pages are as with a mail server
}

// unknownVariables returns the variables with our prefix that no field reads. Those of the tests
// and of make are named in the Makefile and not the program's business.
func unknownVariables(environment []string) []string {
	known := []string{"SAMENWIJK_TRACES", "SAMENWIJK_CONFORMANCE", "SAMENWIJK_LOAD"}
	fields := reflect.TypeFor[Config]()
	for i := range fields.NumField() {
		known = append(known, fields.Field(i).Tag.Get("env"))
	}
	var unknown []string
	for _, pair := range environment {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "SAMENWIJK_") && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// baseURL parses BaseURL: a scheme, a host and nothing else.
func (c Config) baseURL() (*url.URL, error) {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return nil, fmt.Errorf("SAMENWIJK_BASE_URL is %q; it must look like https://samenwijk.example", c.BaseURL)
	}
	u.Path = ""
	return u, nil
}

// trustedProxies parses TrustedProxies: addresses, and networks such as 10.0.0.0/8.
func (c Config) trustedProxies() ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, written := range c.TrustedProxies {
		written = strings.TrimSpace(written)
		network, err := netip.ParsePrefix(written)
		if err != nil {
			address, err := netip.ParseAddr(written)
			if err != nil {
				return nil, fmt.Errorf("SAMENWIJK_TRUSTED_PROXIES has %q; it must be an address such as 10.0.0.2, or a network such as 10.0.0.0/8", written)
			}
			network = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
		}
		proxies = append(proxies, network.Masked())
	}
	return proxies, nil
}

// secretBytes is how long the secret is that this program makes, and the least it accepts.
const secretBytes = 32

// olderSecrets reads the secrets that were replaced.
func (c Config) olderSecrets() ([][]byte, error) {
	var older [][]byte
	for _, name := range c.OldSecretFiles {
		secret, err := readSecret(strings.TrimSpace(name))
		if err != nil {
			return nil, fmt.Errorf("SAMENWIJK_OLD_SECRET_FILES: %w", err)
		}
		older = append(older, secret)
	}
	return older, nil
}

// secretsThere reads all secrets, the newest first, and makes none: without a file there are only older ones.
func (c Config) secretsThere() ([][]byte, error) {
	older, err := c.olderSecrets()
	if err != nil {
		return nil, err
	}
	newest, err := readSecret(c.SecretFile)
	if errors.Is(err, os.ErrNotExist) {
		return older, nil
	}
	return append([][]byte{newest}, older...), err
}

func readSecret(name string) ([]byte, error) {
	secret, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	if len(secret) < secretBytes {
		return nil, fmt.Errorf("the secret in %s is shorter than %d bytes", name, secretBytes)
	}
	return secret, nil
}

// secret reads the secret, or makes one that only this user can read.
func (c Config) secret(random func(n int) []byte) ([]byte, error) {
	secret, err := readSecret(c.SecretFile)
	if !errors.Is(err, os.ErrNotExist) {
		return secret, err
	}
	if err := os.MkdirAll(filepath.Dir(c.SecretFile), 0o700); err != nil {
		return nil, fmt.Errorf("folder of the secret: %w", err)
	}
	// Two programs that start at once must not each keep a secret of their own.
	file, err := os.OpenFile(c.SecretFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return c.secret(random)
	}
	if err != nil {
		return nil, fmt.Errorf("make the secret: %w", err)
	}
	secret = random(secretBytes)
	_, err = file.Write(secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("write the secret: %w", err)
	}
	return secret, nil
}

// shown lists what is in force, one "NAME = value" a setting, with what is secret hidden.
func (c Config) shown() []string {
	var lines []string
	fields, values := reflect.TypeFor[Config](), reflect.ValueOf(c)
	for i := range fields.NumField() {
		if !fields.Field(i).IsExported() {
			continue
		}
		value := fmt.Sprint(values.Field(i).Interface())
		lines = append(lines, fields.Field(i).Tag.Get("env")+" = "+hidden(value))
	}
	return lines
}

// hidden returns a setting without the passwords and tokens in its addresses.
func hidden(value string) string {
	addresses := strings.Split(value, ",")
	for i, address := range addresses {
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil || u.User == nil {
			continue
		}
		if _, password := u.User.Password(); !password {
			u.User = url.User("xxxxx")
		}
		addresses[i] = u.Redacted()
	}
	return strings.Join(addresses, ",")
}
