package crdt

import "slices"

// Array is a list of values and types.
type Array struct{ node }

// NewArray makes an array to be put into another type.
func NewArray(values ...any) *Array {
	a := &Array{detached(typeArray, "")}
	a.wait.list = values
	return a
}

// Len is the number of elements.
func (a *Array) Len() int { return a.listLen() }

// Insert puts values at an index.
func (a *Array) Insert(index int, values ...any) error { return a.insert(index, values) }

// Append puts values at the end.
func (a *Array) Append(values ...any) error {
	if len(values) == 0 {
		return nil
	}
	if a.doc == nil {
		return a.insert(len(a.wait.list), values)
	}
	for _, v := range values {
		if err := checkValue(v); err != nil {
			return err
		}
	}
	return a.edit(func(tx *Tx) error {
		a.doc.appendList(tx, a.id, values)
		return nil
	})
}

// Delete deletes length elements.
func (a *Array) Delete(index, length int) error { return a.remove(index, length) }

// Get gives the element at an index: a plain value, bytes, a *SubDoc or a Shared.
func (a *Array) Get(index int) (any, bool) { return a.at(index) }

// Values gives all elements.
func (a *Array) Values() []any { return a.list() }

// ToJSON gives the elements as plain values, as []any.
func (a *Array) ToJSON() any {
	out := a.list()
	for i := range out {
		out[i] = toJSON(out[i])
	}
	return out
}

// The methods of lists, which arrays and fragments share.

func (n *node) listLen() int {
	if n.doc == nil {
		return len(n.wait.list)
	}
	return int(n.ty().length)
}

func (n *node) insert(index int, values []any) error {
	for _, v := range values {
		if err := checkValue(v); err != nil {
			return err
		}
	}
	if n.doc == nil {
		if index < 0 || index > len(n.wait.list) {
			return ErrRange
		}
		n.wait.list = slices.Insert(n.wait.list, index, values...)
		return nil
	}
	if len(values) == 0 {
		return nil
	}
	return n.edit(func(tx *Tx) error { return n.doc.insertList(tx, n.id, index, values) })
}

func (n *node) remove(index, length int) error {
	if n.doc == nil {
		if index < 0 || length < 0 || index+length > len(n.wait.list) {
			return ErrRange
		}
		n.wait.list = slices.Delete(n.wait.list, index, index+length)
		return nil
	}
	return n.edit(func(tx *Tx) error { return n.doc.deleteList(tx, n.id, index, length) })
}

func (n *node) at(index int) (any, bool) {
	if n.doc == nil {
		if index < 0 || index >= len(n.wait.list) {
			return nil, false
		}
		return n.wait.list[index], true
	}
	return n.doc.listValue(n.id, index)
}

func (n *node) list() []any {
	if n.doc == nil {
		return slices.Clone(n.wait.list)
	}
	return n.doc.listValues(n.id)
}
