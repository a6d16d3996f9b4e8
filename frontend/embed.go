// Package frontend holds what the browser gets: the styles, fonts and islands as Vite built them,
// and the sentences of the pages in Dutch and English.
package frontend

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
)

//go:embed all:dist
var dist embed.FS

//go:embed locales/*.toml
var locales embed.FS

// Assets is the result of the build. Everything below "assets/" carries a hash of its content in its
// name and may be cached for ever; a compressed twin stands beside it with ".br" and ".gz" added.
var Assets = below(dist, "dist")

// Locales holds one file for each room of pages and language: "meetings.nl.toml", "meetings.en.toml".
var Locales = below(locales, "locales")

func below(files fs.FS, folder string) fs.FS {
	sub, err := fs.Sub(files, folder)
	if err != nil {
		panic(err)
	}
	return sub
}

// entry is one line of Vite's manifest.
type entry struct {
	File string `json:"file"`
}

var manifest = sync.OnceValues(func() (map[string]string, error) { return readManifest(Assets) })

// readManifest returns the built file for each source by its base name, such as "site.css"; an island by
// its folder too, such as "editor/index.ts".
func readManifest(assets fs.FS) (map[string]string, error) {
	text, err := fs.ReadFile(assets, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the frontend is not built: run make frontend, then build the program again")
	}
	if err != nil {
		return nil, fmt.Errorf("read the manifest of the frontend: %w", err)
	}
	var entries map[string]entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("read the manifest of the frontend: %w", err)
	}
	built := make(map[string]string, len(entries))
	for source, e := range entries {
		name := path.Base(source)
		if name == "index.ts" {
			name = path.Join(path.Base(path.Dir(source)), name)
		}
		built[name] = "/" + e.File
	}
	return built, nil
}

// Check tells at start whether everything a page needs has been built.
func Check() error {
	built, err := manifest()
	if err != nil {
		return err
	}
	for _, name := range []string{"site.css", "app.css", "reading.css", "version.css", "list.css", "print.css", "islands.ts", "early.ts", "editor/index.ts",
		"source-sans-3.woff2", "favicon.svg"} {
		if built[name] == "" {
			return fmt.Errorf("the built frontend lacks %s: run make frontend, then build the program again", name)
		}
	}
	return nil
}

// Asset returns the address of a source such as "site.css" or "islands.ts" as it was built. A name
// that was not built keeps its place under /assets, where it is answered with "not found".
func Asset(name string) string {
	built, err := manifest()
	if err == nil && built[name] != "" {
		return built[name]
	}
	return "/assets/" + name
}
