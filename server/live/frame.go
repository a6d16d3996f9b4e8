package live

import (
	"encoding/binary"

	"samenwijk/realtime/hub"
)

// What a frame can be (RFC 6455, 5.2).
const (
	opContinue = 0
	opText     = 1
	opBinary   = 2
	opClose    = 8
	opPing     = 9
	opPong     = 10

	finalBit  = 0x80
	maskBit   = 0x80
	maxInline = 125 // bytes of a control frame, and of a payload whose length needs no more bytes
	maxHeader = 14
)

// codeProtocol is the close code of a client that does not speak the protocol (RFC 6455, 7.4.1).
const codeProtocol = 1002

var noWebsocket = &hub.Refusal{Code: codeProtocol, Reason: "this is no websocket frame"}

// parser reads the frames of one client from pieces as they come. Memory grows with what really
// arrives. While it is deaf it forgets what messages hold.
type parser struct {
	max  int // bytes of one message
	deaf bool

	head    [maxHeader]byte
	have    int // bytes of head
	inside  bool
	kind    byte
	final   bool
	left    uint64 // bytes of the payload that are still to come
	mask    [4]byte
	whole   byte   // what the message in pieces is, opContinue when there is none
	message []byte // so far
	control []byte
}

// next reads from b until something is complete, and returns it with what is left of b. Kind is
// opContinue when b ended before that. The payload belongs to the caller. After an error nothing more
// can be read, unless it is hub.TooLarge: from then on the parser is deaf.
func (p *parser) next(b []byte) (kind byte, payload, rest []byte, err error) {
	for {
		if !p.inside {
			for need := p.headerSize(); p.have < need; need = p.headerSize() {
				n := copy(p.head[p.have:need], b)
				if n == 0 {
					return opContinue, nil, nil, nil
				}
				p.have, b = p.have+n, b[n:]
				if p.have == 2 && !p.sensible() {
					return opContinue, nil, nil, noWebsocket
				}
			}
			if err := p.open(); err != nil {
				return opContinue, nil, b, err
			}
		}
		n := min(uint64(len(b)), p.left)
		p.keep(b[:n])
		b = b[n:]
		if p.left > 0 {
			return opContinue, nil, nil, nil
		}
		p.inside, p.have = false, 0
		switch {
		case p.kind >= opClose:
			payload, p.control = p.control, nil
			return p.kind, payload, b, nil
		case p.final:
			kind, payload = p.whole, p.message
			p.whole, p.message = opContinue, nil
			return kind, payload, b, nil
		}
	}
}

// headerSize is how many bytes of the header are needed, as far as is known.
func (p *parser) headerSize() int {
	if p.have < 2 {
		return 2
	}
	switch p.head[1] &^ maskBit {
	case 126:
		return 2 + 2 + 4
	case 127:
		return 2 + 8 + 4
	}
	return 2 + 4
}

// sensible checks the first two bytes of a frame: no bits that nobody agreed on, masked, control frames
// short and whole, pieces only of a message that began.
func (p *parser) sensible() bool {
	kind, final, size := p.head[0]&0x0f, p.head[0]&finalBit != 0, p.head[1]&^maskBit
	if p.head[0]&0x70 != 0 || p.head[1]&maskBit == 0 {
		return false
	}
	switch kind {
	case opContinue:
		return p.whole != opContinue
	case opText, opBinary:
		return p.whole == opContinue
	case opClose, opPing, opPong:
		return final && size <= maxInline
	}
	return false
}

// open begins the payload of the frame whose header is complete.
func (p *parser) open() error {
	p.kind, p.final = p.head[0]&0x0f, p.head[0]&finalBit != 0
	switch size := p.head[1] &^ maskBit; size {
	case 126:
		p.left = uint64(binary.BigEndian.Uint16(p.head[2:]))
	case 127:
		p.left = binary.BigEndian.Uint64(p.head[2:])
		if p.left>>63 != 0 {
			return noWebsocket
		}
	default:
		p.left = uint64(size)
	}
	copy(p.mask[:], p.head[p.have-4:p.have])
	p.inside = true
	if p.kind >= opClose {
		return nil
	}
	if p.kind != opContinue {
		p.whole = p.kind
	}
	if !p.deaf && p.left > uint64(p.max-len(p.message)) {
		p.deaf, p.message = true, nil
		return hub.TooLarge()
	}
	return nil
}

// keep takes a piece of the payload.
func (p *parser) keep(b []byte) {
	if len(b) == 0 {
		return
	}
	to := &p.message
	if p.kind >= opClose {
		to = &p.control
	} else if p.deaf {
		p.left -= uint64(len(b))
		return
	}
	begin := len(*to)
	*to = append(*to, b...)
	unmask((*to)[begin:], p.mask)
	p.left -= uint64(len(b))
	turn := len(b) % len(p.mask) // the next piece begins in the middle of the mask
	m := p.mask
	for i := range m {
		p.mask[i] = m[(i+turn)%len(m)]
	}
}

// unmask turns around what a client did to the bytes of its payload (RFC 6455, 5.3).
func unmask(b []byte, mask [4]byte) {
	word := uint64(binary.LittleEndian.Uint32(mask[:]))
	word |= word << 32
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^word)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= mask[i%len(mask)]
	}
}

// appendFrame appends a whole frame as a server sends it.
func appendFrame(b []byte, kind byte, payload []byte) []byte {
	return append(appendHeader(b, kind, len(payload)), payload...)
}

// appendHeader appends the header of a whole frame as a server sends it (RFC 6455, 5.2).
func appendHeader(b []byte, kind byte, size int) []byte {
	b = append(b, finalBit|kind)
	switch {
	case size <= maxInline:
		return append(b, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(b, 127), uint64(size))
}

// maxReason is how many bytes a close frame has place for besides the code (RFC 6455, 5.5).
const maxReason = maxInline - 2

func closePayload(why *hub.Refusal) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(why.Code)), why.Reason[:min(len(why.Reason), maxReason)]...)
}
