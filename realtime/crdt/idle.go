package crdt

// Idle is a document that nobody works on, kept as bytes: a fraction of the memory, and enough to
// answer peers who come by. It never changes and may be used by several goroutines at once.
type Idle struct {
	state       []byte
	stateVector []byte
}

// Idle gives the present state of the document as an Idle. Listeners, undo steps and the client id
// stay behind.
func (d *Doc) Idle() (*Idle, error) {
	state, err := d.EncodeStateAsUpdate(nil)
	if err != nil {
		return nil, err
	}
	return &Idle{state, d.StateVector()}, nil
}

// NewIdle makes an Idle of a v1 update that holds a whole document, after checking it.
func NewIdle(state []byte) (*Idle, error) {
	sv, err := StateVectorFromUpdate(state)
	if err != nil {
		return nil, err
	}
	return &Idle{state, sv}, nil
}

// StateVector is the encoded state vector. The bytes must not be changed.
func (i *Idle) StateVector() []byte { return i.stateVector }

// State is the document as a v1 update. The bytes must not be changed.
func (i *Idle) State() []byte { return i.state }

// EncodeStateAsUpdate writes what a peer with the given state vector lacks as a v1 update.
func (i *Idle) EncodeStateAsUpdate(stateVector []byte) ([]byte, error) {
	return diffAs(i.state, stateVector, false, true)
}

// Wake makes a document of it.
func (i *Idle) Wake(opts ...Option) (*Doc, error) {
	d := NewDoc(opts...)
	if err := d.ApplyUpdate(i.state, nil); err != nil {
		return nil, err
	}
	return d, nil
}
