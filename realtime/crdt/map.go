package crdt

import "slices"

// Map holds values and types by key.
type Map struct{ node }

// NewMap makes a map to be put into another type. The entries are set in the order of their keys.
func NewMap(entries map[string]any) *Map {
	m := &Map{detached(typeMap, "")}
	for key, v := range entries {
		m.wait.keys = append(m.wait.keys, key)
		m.wait.values[key] = v
	}
	slices.Sort(m.wait.keys)
	return m
}

// Set gives a key a value: a plain one, bytes, a *SubDoc or a detached type.
func (m *Map) Set(key string, v any) error { return m.setKey(key, v) }

// Delete removes a key.
func (m *Map) Delete(key string) error { return m.removeKey(key) }

// Get gives the value of a key.
func (m *Map) Get(key string) (any, bool) { return m.key(key) }

// Has says whether a key has a value.
func (m *Map) Has(key string) bool {
	_, ok := m.key(key)
	return ok
}

// At gives the id under which the value of a key came into the document.
func (m *Map) At(key string) (ID, bool) {
	if m.doc == nil {
		return ID{}, false
	}
	name, known := m.doc.nameIndex[key]
	if !known {
		return ID{}, false
	}
	h := m.doc.lookup(m.id, name)
	if h == 0 || m.doc.items[h].deleted() {
		return ID{}, false
	}
	id := m.doc.id(h)
	id.Clock += m.doc.items[h].length - 1
	return id, true
}

// Len is the number of keys that have a value.
func (m *Map) Len() int { return len(m.Keys()) }

// Keys lists the keys that have a value, in the order in which the document first heard of them.
func (m *Map) Keys() []string {
	if m.doc == nil {
		return slices.Clone(m.wait.keys)
	}
	var keys []string
	m.doc.eachKey(m.id, func(key string, _ handle) bool {
		keys = append(keys, key)
		return true
	})
	return keys
}

// Values gives all keys with their values.
func (m *Map) Values() map[string]any { return m.keyValues() }

// Clear removes all keys.
func (m *Map) Clear() error {
	if m.doc == nil {
		m.wait.keys, m.wait.values = nil, map[string]any{}
		return nil
	}
	return m.edit(func(tx *Tx) error {
		var all []handle
		m.doc.eachKey(m.id, func(_ string, h handle) bool {
			all = append(all, h)
			return true
		})
		for _, h := range all {
			m.doc.deleteItem(tx, h)
		}
		return nil
	})
}

// ToJSON gives the keys with plain values, as map[string]any.
func (m *Map) ToJSON() any {
	out := m.keyValues()
	for key, v := range out {
		out[key] = toJSON(v)
	}
	return out
}

// The methods of keys, which maps and the attributes of other types share.

func (n *node) setKey(key string, v any) error {
	if err := checkValue(v); err != nil {
		return err
	}
	if n.doc == nil {
		if _, ok := n.wait.values[key]; !ok {
			n.wait.keys = append(n.wait.keys, key)
		}
		n.wait.values[key] = v
		return nil
	}
	return n.edit(func(tx *Tx) error {
		n.doc.setKey(tx, n.id, key, v)
		return nil
	})
}

func (n *node) removeKey(key string) error {
	if n.doc == nil {
		delete(n.wait.values, key)
		n.wait.keys = slices.DeleteFunc(n.wait.keys, func(k string) bool { return k == key })
		return nil
	}
	return n.edit(func(tx *Tx) error {
		n.doc.deleteKey(tx, n.id, key)
		return nil
	})
}

func (n *node) key(key string) (any, bool) {
	if n.doc == nil {
		v, ok := n.wait.values[key]
		return v, ok
	}
	return n.doc.getKey(n.id, key)
}

func (n *node) keyValues() map[string]any {
	out := map[string]any{}
	if n.doc == nil {
		for key, v := range n.wait.values {
			out[key] = v
		}
		return out
	}
	n.doc.eachKey(n.id, func(key string, h handle) bool {
		out[key] = n.doc.lastValue(h)
		return true
	})
	return out
}
