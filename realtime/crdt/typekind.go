package crdt

// The kinds of type, numbered as on the wire.
const (
	typeArray uint8 = iota
	typeMap
	typeText
	typeXMLElement
	typeXMLFragment
	typeXMLHook
	typeXMLText
	typeUnknown // a root type that nobody asked for by kind yet
)
