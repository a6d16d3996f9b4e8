package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"samenwijk/realtime/crdt"
)

// printMemory prints what a loaded document keeps alive. Many copies are loaded, so that what the
// process needs anyway vanishes in the division.
func printMemory(dir, engines string) error {
	small, err := smallDocument()
	if err != nil {
		return err
	}
	type line struct {
		name   string
		state  []byte
		copies int
		target string
	}
	lines := []line{{"a document of 50 words", small, 20_000, "4 KB"}}
	for _, name := range []string{"b4", "xml"} {
		state, err := os.ReadFile(filepath.Join(dir, name+".v1.bin"))
		if err != nil {
			continue
		}
		target := ""
		if name == "b4" {
			target = "800 KB"
		}
		lines = append(lines, line{"loaded " + name, state, 40, target})
	}
	fmt.Printf("\nlive memory per loaded document in KB (many copies, after a full collection)\n\n")
	fmt.Printf("%-34s%12s", "document", "engine")
	for _, e := range strings.Split(engines, ",") {
		fmt.Printf("%12s", e)
	}
	fmt.Printf("%12s\n", "target")
	for _, l := range lines {
		kb, err := liveKB(l.state, l.copies)
		if err != nil {
			return err
		}
		fmt.Printf("%-34s%12.2f", l.name, kb)
		for _, e := range strings.Split(engines, ",") {
			if e == "" {
				continue
			}
			var kb float64
			if err := runNode(map[string]any{"engine": e, "memory": l.state, "copies": l.copies}, &kb); err != nil {
				return err
			}
			fmt.Printf("%12.2f", kb)
		}
		fmt.Printf("%12s\n", l.target)
	}
	return nil
}

func liveKB(state []byte, copies int) (float64, error) {
	docs := make([]*crdt.Doc, copies)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range docs {
		docs[i] = crdt.NewDoc(crdt.WithClientID(1))
		if err := docs[i].ApplyUpdate(state, nil); err != nil {
			return 0, err
		}
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(docs)
	return float64(after.HeapAlloc-before.HeapAlloc) / 1024 / float64(copies), nil
}

func smallDocument() ([]byte, error) {
	d := crdt.NewDoc(crdt.WithClientID(7))
	words := strings.Repeat("een buurt leert met elkaar ", 10)
	if err := d.XMLFragment("prosemirror").Append(crdt.NewXMLElement("paragraph", crdt.NewXMLText(words))); err != nil {
		return nil, err
	}
	return d.EncodeStateAsUpdate(nil)
}
