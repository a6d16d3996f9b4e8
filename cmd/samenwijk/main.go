// Command samenwijk serves a neighbourhood learning network: workgroups, programmes of
// requirements that are written together live, expert meetings and research notes.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"samenwijk/domain/fault"
	"samenwijk/server/ui"
)

type commandLine struct {
	Config

	Serve   serveCommand   `cmd:"" help:"Serve the network."`
	Migrate migrateCommand `cmd:"" help:"Bring the tables up to date and stop."`
	Admin   adminCommand   `cmd:"" help:"Make somebody an administrator, with an account when needed."`
	Code    codeCommand    `cmd:"" help:"Print the code that somebody just asked for, where no mail can be sent."`
	Letter  letterCommand  `cmd:"" help:"Print the latest letter to somebody with the link in it, where no mail can be sent."`
	Log     logCommand     `cmd:"" help:"List who changed roles, addresses and blocks, and when."`
	Token   tokenCommand   `cmd:"" help:"Handle the tokens with which scripts of people take part in live documents."`
	Backup  backupCommand  `cmd:"" help:"Copy everything into one file, while the network is being served."`
	Restore restoreCommand `cmd:"" help:"Put a backup into an empty database, SQLite or Postgres."`
	Seed    seedCommand    `cmd:"" help:"Put the invented people and texts of the demonstration in the database."`

	Compact compactCommand `cmd:"" help:"Give live documents a snapshot now and delete updates past their time; the program also does so by itself."`
	Fsck    fsckCommand    `cmd:"" help:"Look whether everything stored is there, whole, and agrees with itself; ends with 1 when it is not."`

	Show    showCommand    `cmd:"" name:"config" help:"Print the configuration in force; secrets are hidden."`
	Version versionCommand `cmd:"" help:"Print from which source the program was built."`
}

func main() {
	keepToOurselves()
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "samenwijk:", inWords(err))
		os.Exit(1)
	}
}

// inWords says a fault as its sentence; what is none says it itself.
func inWords(err error) string {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	var sentences []string
	for _, one := range f.All() {
		sentences = append(sentences, ui.Translate(ui.English, one.Code, one.Params...))
	}
	before, _, _ := strings.Cut(err.Error(), f.Error()) // what it was about
	return before + strings.Join(sentences, " ")
}

func run(args []string) error {
	if unknown := unknownVariables(os.Environ()); len(unknown) > 0 {
		return fmt.Errorf("unknown setting %s: `samenwijk serve --help` lists what can be set", strings.Join(unknown, ", "))
	}
	var line commandLine
	parser, err := kong.New(&line, kong.Name("samenwijk"), kong.Description("The home of a neighbourhood learning network."))
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return err
	}
	log := newLog(line.Config)
	slog.SetDefault(log)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen.BindTo(ctx, (*context.Context)(nil))
	err = chosen.Run(line.Config, log)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

func newLog(config Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(config.LogLevel)); err != nil {
		panic(err) // the parser accepts no other word
	}
	options := &slog.HandlerOptions{Level: level}
	if config.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

type showCommand struct{}

func (showCommand) Run(config Config) error {
	for _, line := range config.shown() {
		fmt.Println(line)
	}
	return nil
}
