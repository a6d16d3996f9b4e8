package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
)

type versionCommand struct{}

// Run needs no database: what it prints is known of a program that does not start as well.
func (versionCommand) Run() error {
	_, err := fmt.Println("samenwijk", builtFrom())
	return err
}

// builtFrom says from which source the program was built: of a tag its name, else the day and the commit, with
// "changed" when files were not committed. It is "unknown" when the build saw no repository.
func builtFrom() string {
	info, known := debug.ReadBuildInfo()
	if !known {
		return "unknown"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	said := map[string]string{}
	for _, s := range info.Settings {
		said[s.Key] = s.Value
	}
	commit, day := said["vcs.revision"], said["vcs.time"]
	if commit == "" {
		return "unknown"
	}
	words := []string{commit[:min(12, len(commit))], info.GoVersion}
	if day, _, _ := strings.Cut(day, "T"); day != "" {
		words[0] = day + "-" + words[0]
	}
	// A version of a module that stands for a commit begins with v0.0.0-; a tag has a name of its own.
	if v := info.Main.Version; strings.HasPrefix(v, "v") && !strings.HasPrefix(v, "v0.0.0-") && !strings.Contains(v, "+") {
		words[0] = v
	}
	if said["vcs.modified"] == "true" {
		words[0] += "-changed"
	}
	return strings.Join(words, " ")
}

// sayVersion is the first line of the log of a program that serves: whoever reads the log later knows what ran.
func sayVersion(ctx context.Context, log *slog.Logger) {
	log.InfoContext(ctx, "samenwijk starts", "version", builtFrom())
}
