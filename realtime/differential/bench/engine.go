package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"

	"samenwijk/realtime/crdt"
)

// least is how long a sample lasts at least: short workloads are repeated.
const least = 100 * time.Millisecond

func measure(dir string, list []workload, samples int, profile string) (map[string]sample, error) {
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, err
		}
		defer pprof.StopCPUProfile()
	}
	out := map[string]sample{}
	for _, w := range list {
		work, err := prepare(dir, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		s, err := measureFresh(dir, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		if err := work(); err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		for range samples {
			runtime.GC()
			n, from := 0, cpu()
			for n == 0 || cpu()-from < least {
				if err := work(); err != nil {
					return nil, fmt.Errorf("%s: %w", w.Name, err)
				}
				n++
			}
			s.Samples = append(s.Samples, float64((cpu()-from).Nanoseconds())/1000/float64(n))
		}
		out[w.Name] = s
	}
	return out, nil
}

// early is the number of runs of a fresh process that are measured one by one.
const early = 7

// measureFresh has another process of this program measure the first runs of a workload.
func measureFresh(dir string, w workload) (sample, error) {
	s := sample{Name: w.Name}
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	cmd := exec.Command(self, "-fresh", w.Name)
	cmd.Env = append(os.Environ(), "SAMENWIJK_TRACES="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(out, &s)
}

// fresh is the other side of measureFresh: it writes a sample without warm runs.
func fresh(dir, name string) error {
	list := workloads()
	i := slices.IndexFunc(list, func(w workload) bool { return w.Name == name })
	if i < 0 {
		return fmt.Errorf("unknown workload %q", name)
	}
	work, err := prepare(dir, list[i])
	if err != nil {
		return err
	}
	s := sample{Name: name}
	for range early {
		from := cpu()
		if err := work(); err != nil {
			return err
		}
		s.Early = append(s.Early, float64((cpu()-from).Nanoseconds())/1000)
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

// prepare reads what a workload needs and returns the work itself.
func prepare(dir string, w workload) (func() error, error) {
	read := func(ext string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, w.Trace+ext)) }
	state, err := read(".v1.bin")
	if err != nil {
		return nil, err
	}
	var updates [][]byte
	if w.Kind == "apply" || w.Kind == "merge" {
		if updates, err = readTrace(filepath.Join(dir, w.Trace+".v1.rec.gz")); err != nil {
			return nil, err
		}
	}
	switch w.Kind {
	case "apply":
		return func() error {
			d := crdt.NewDoc(crdt.WithClientID(1))
			for _, u := range updates {
				if err := d.ApplyUpdate(u, nil); err != nil {
					return err
				}
			}
			if d.HasPending() {
				return fmt.Errorf("something is missing")
			}
			return nil
		}, nil
	case "load":
		return func() error { return crdt.NewDoc(crdt.WithClientID(1)).ApplyUpdate(state, nil) }, nil
	case "loadV2":
		v2, err := crdt.ConvertV1ToV2(state)
		return func() error { return crdt.NewDoc(crdt.WithClientID(1)).ApplyUpdateV2(v2, nil) }, err
	case "encode", "encodeV2":
		d := crdt.NewDoc(crdt.WithClientID(1))
		encode := d.EncodeStateAsUpdate
		if w.Kind == "encodeV2" {
			encode = d.EncodeStateAsUpdateV2
		}
		return func() error { _, err := encode(nil); return err }, d.ApplyUpdate(state, nil)
	case "diff":
		sv, err := halfOf(state)
		return func() error { _, err := crdt.DiffUpdate(state, sv); return err }, err
	case "merge":
		part := updates[:min(w.N, len(updates))]
		return func() error { _, err := crdt.MergeUpdates(part); return err }, nil
	}
	return nil, fmt.Errorf("unknown kind %q", w.Kind)
}

// halfOf is a state vector that knows half of every client.
func halfOf(state []byte) ([]byte, error) {
	b, err := crdt.StateVectorFromUpdate(state)
	if err != nil {
		return nil, err
	}
	sv, err := crdt.DecodeStateVector(b)
	if err != nil {
		return nil, err
	}
	for client := range sv {
		sv[client] /= 2
	}
	return sv.Encode(), nil
}

const recHead = "YUPDREC1"

func readTrace(path string) ([][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(b, []byte(recHead)) {
		return nil, fmt.Errorf("%s is not a recording", path)
	}
	n := binary.LittleEndian.Uint32(b[len(recHead):])
	b = b[len(recHead)+4:]
	out := make([][]byte, 0, n)
	for range n {
		size, at := binary.Uvarint(b)
		out = append(out, b[at:at+int(size):at+int(size)])
		b = b[at+int(size):]
	}
	return out, nil
}

func writeTrace(path string, updates [][]byte) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z := gzip.NewWriter(f)
	head := binary.LittleEndian.AppendUint32([]byte(recHead), uint32(len(updates)))
	if _, err := z.Write(head); err != nil {
		return err
	}
	for _, u := range updates {
		if _, err := z.Write(append(binary.AppendUvarint(nil, uint64(len(u))), u...)); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}
