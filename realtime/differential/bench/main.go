// Command bench measures the engine beside yjs and ywasm: the same workloads, in the same run, as
// process CPU time, warm and in the first runs of a fresh process, with the ratios.
//
// The workloads are editing traces. When SAMENWIJK_TRACES names a directory they are read from it;
// otherwise they are made up, which gives other numbers but the same kind of table.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// workload is one line of the table.
type workload struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Trace string `json:"trace"`
	N     int    `json:"n,omitempty"`

	target float64 // how many times less CPU than yjs is asked for
}

func workloads() []workload {
	return []workload{
		{Name: "apply b4, one update per edit", Kind: "apply", Trace: "b4", target: 15},
		{Name: "apply friendsforever, 2 writers", Kind: "apply", Trace: "friendsforever", target: 25},
		{Name: "apply b3.1, 1,540 clients", Kind: "apply", Trace: "b3.1", target: 40},
		{Name: "apply b3.5, 1,540 clients", Kind: "apply", Trace: "b3.5", target: 40},
		{Name: "apply xml, rich text", Kind: "apply", Trace: "xml"},
		{Name: "load b4 from v1", Kind: "load", Trace: "b4", target: 9},
		{Name: "load b4 from v2", Kind: "loadV2", Trace: "b4"},
		{Name: "load xml from v1", Kind: "load", Trace: "xml", target: 15},
		{Name: "load xml from v2", Kind: "loadV2", Trace: "xml"},
		{Name: "load node_nodecc from v1", Kind: "load", Trace: "node_nodecc"},
		{Name: "encode b4 as v1", Kind: "encode", Trace: "b4", target: 11},
		{Name: "encode b4 as v2", Kind: "encodeV2", Trace: "b4"},
		{Name: "diffUpdate of b4", Kind: "diff", Trace: "b4", target: 18},
		{Name: "mergeUpdates of 1,000", Kind: "merge", Trace: "b4", N: 1000, target: 90},
		{Name: "mergeUpdates of 10,000", Kind: "merge", Trace: "b4", N: 10000, target: 400},
	}
}

// sample is the CPU time of one run of a workload in microseconds.
type sample struct {
	Name    string    `json:"name"`
	Early   []float64 `json:"early"`   // the first runs of a fresh process, one by one
	Samples []float64 `json:"samples"` // warm: each the mean over many runs after those
	Skipped string    `json:"skipped,omitempty"`
}

func (s sample) warm() float64       { return median(s.Samples) }
func (s sample) firstSeven() float64 { return median(s.Early) }
func (s sample) first() float64 {
	if len(s.Early) == 0 {
		return 0
	}
	return s.Early[0]
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(list))[len(list)/2]
}

func main() {
	samples := flag.Int("samples", 5, "samples per workload")
	only := flag.String("only", "", "only workloads whose name contains this")
	engines := flag.String("engines", "yjs,ywasm", "what to measure the engine beside")
	memory := flag.Bool("memory", true, "measure memory as well")
	profile := flag.String("cpuprofile", "", "write a CPU profile of the engine's part")
	one := flag.String("fresh", "", "measure the first runs of this workload only, and write them as JSON")
	flag.Parse()
	if *one != "" {
		if err := fresh(os.Getenv("SAMENWIJK_TRACES"), *one); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := run(*samples, *only, *engines, *memory, *profile); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(samples int, only, engines string, memory bool, profile string) error {
	dir := os.Getenv("SAMENWIJK_TRACES")
	if dir == "" {
		made, err := os.MkdirTemp("", "traces")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		if err := makeTraces(made); err != nil {
			return err
		}
		dir = made
		fmt.Println("SAMENWIJK_TRACES names no directory: the traces are made up")
	}
	list := slices.DeleteFunc(workloads(), func(w workload) bool {
		if !strings.Contains(w.Name, only) {
			return true
		}
		_, err := os.Stat(filepath.Join(dir, w.Trace+".v1.bin"))
		return err != nil
	})
	table := map[string]map[string]sample{}
	ours, err := measure(dir, list, samples, profile)
	if err != nil {
		return err
	}
	table["engine"] = ours
	columns := []string{"engine"}
	for _, engine := range strings.Split(engines, ",") {
		if engine == "" {
			continue
		}
		s, err := measureNode(engine, dir, list, samples)
		if err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
		table[engine] = s
		columns = append(columns, engine)
	}
	printTable(list, columns, table)
	if memory && only == "" {
		return printMemory(dir, engines)
	}
	return nil
}

const explanation = `
Process CPU (user and system, garbage collection included) in ms per run; %s, %d CPUs, %s.
  warm         median of samples of at least 100 ms each, after everything is compiled and cached
  first seven  median of the first seven runs of a fresh process: what a process that did not do
               this a hundred times before needs
  first        the very first run of that process
  x            how many times less the engine needs than yjs; met says where that reaches the target

`

// printTable prints what each contestant needed, and how often the engine fits into yjs: when
// everything is warm, in the first seven runs of a process, and in the first one.
func printTable(list []workload, columns []string, table map[string]map[string]sample) {
	fmt.Printf(explanation, runtime.Version(), runtime.NumCPU(), time.Now().Format(time.DateOnly))
	kinds := []struct {
		name string
		of   func(sample) float64
	}{{"warm", sample.warm}, {"first seven", sample.firstSeven}, {"first", sample.first}}
	_, withYjs := table["yjs"]
	width := 10 * len(columns)
	if withYjs {
		width += 8
	}
	fmt.Printf("%-33s", "")
	for _, k := range kinds {
		fmt.Printf(" |%*s", width, k.name)
	}
	fmt.Printf(" |\n%-33s", "workload")
	for range kinds {
		fmt.Print(" |")
		for _, c := range columns {
			fmt.Printf("%10s", c)
		}
		if withYjs {
			fmt.Printf("%8s", "x")
		}
	}
	fmt.Printf(" |%7s  met\n", "target")
	for _, w := range list {
		fmt.Printf("%-33s", w.Name)
		var met []string
		for _, k := range kinds {
			fmt.Print(" |")
			for _, c := range columns {
				if v := k.of(table[c][w.Name]); v > 0 {
					fmt.Printf("%10.3f", v/1000)
				} else {
					fmt.Printf("%10s", "-")
				}
			}
			if !withYjs {
				continue
			}
			ratio := 0.0
			if e := k.of(table["engine"][w.Name]); e > 0 {
				ratio = k.of(table["yjs"][w.Name]) / e
			}
			fmt.Printf("%7.1fx", ratio)
			if w.target > 0 && ratio >= w.target {
				met = append(met, k.name)
			}
		}
		if fmt.Print(" |"); w.target > 0 {
			fmt.Printf("%6.0fx", w.target)
			if withYjs {
				fmt.Printf("  %s", cmp.Or(strings.Join(met, ", "), "nowhere"))
			}
		}
		fmt.Println()
	}
}

func measureNode(engine, dir string, list []workload, samples int) (map[string]sample, error) {
	if _, err := os.Stat("realtime/differential/node_modules/yjs"); err != nil {
		return nil, fmt.Errorf("run `npm ci` in realtime/differential first")
	}
	byName := map[string]sample{}
	for _, w := range list { // each in a process of its own, so that none pays for another's garbage
		spec := map[string]any{"engine": engine, "dir": dir, "list": []workload{w}, "samples": samples}
		var results []sample
		if err := runNode(spec, &results); err != nil {
			return nil, err
		}
		byName[w.Name] = results[0]
	}
	return byName, nil
}

// runNode hands a specification to the other side and reads its answer.
func runNode(spec map[string]any, answer any) error {
	in, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	cmd := exec.Command("node", "--expose-gc", "--max-old-space-size=8192", "realtime/differential/bench.mjs")
	cmd.Stdin = bytes.NewReader(in)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(out, answer)
}

// cpu is the CPU time of this process, that of the garbage collector included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
