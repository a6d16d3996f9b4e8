package crdt

import (
	"slices"

	"samenwijk/realtime/lib0"
)

// StateVector says for each client how many of its clocks are known.
type StateVector map[uint64]uint32

// DecodeStateVector reads a state vector. Nil and empty bytes stand for an empty one.
func DecodeStateVector(b []byte) (StateVector, error) {
	if len(b) == 0 {
		return nil, nil
	}
	d := lib0.NewDecoder(b)
	sv, err := readStateVector(d)
	if err == nil && d.Rest() > 0 {
		d.Fail(ErrMalformed, "bytes after the state vector")
		err = d.Err()
	}
	if err != nil {
		return nil, err
	}
	return sv, nil
}

func readStateVector(d *lib0.Decoder) (StateVector, error) {
	n := d.Count(2)
	sv := make(StateVector, min(n, 1024))
	for ; n > 0 && d.Err() == nil; n-- {
		client, clock := d.VarUint(), d.VarUint()
		if clock > maxClock {
			d.Fail(ErrUnsupported, "clock too large")
		}
		sv[client] = uint32(clock)
	}
	return sv, d.Err()
}

// Encode writes the state vector, highest client first.
func (sv StateVector) Encode() []byte { return sv.append(nil) }

func (sv StateVector) append(dst []byte) []byte {
	clients := make([]uint64, 0, len(sv))
	for client := range sv {
		clients = append(clients, client)
	}
	slices.Sort(clients)
	dst = lib0.AppendVarUint(dst, uint64(len(sv)))
	for _, client := range slices.Backward(clients) {
		dst = lib0.AppendVarUint(dst, client)
		dst = lib0.AppendVarUint(dst, uint64(sv[client]))
	}
	return dst
}
