package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
)

func liveKBNode(engine string, state []byte, copies int) (float64, error) {
	spec, err := json.Marshal(map[string]any{"engine": engine, "memory": state, "copies": copies})
	if err != nil {
		return 0, err
	}
	cmd := exec.Command("node", "--expose-gc", "--max-old-space-size=8192", "realtime/differential/bench.mjs")
	cmd.Stdin = strings.NewReader(string(spec))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	var kb float64
	return kb, json.Unmarshal(out, &kb)
}
