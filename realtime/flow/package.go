// Package flow reads the flows of a shared document as a tree of blocks, and writes such a tree back
// with as few changes as will do.
//
// A flow is one shared text that holds everything between one pair of brackets of the page: the running
// text, a statement, a cell. What a paragraph is (a heading, an item of a list, part of a box) is not
// where its words are: a small value, the mark, ends the paragraph, and what the paragraph is lies in
// a map under the mark's name. A card, such as a requirement or a table, has its words in flows of its
// own; in the running text stands only a reference to it. So to make a heading, to split, to join or to
// move a card takes no word away, and whoever types there at that moment loses none.
//
// Which cards there are, and of which parts, is said by a Model; Programme is the one of a programme of
// requirements. docs/document.md is the contract that all readers and writers keep, and what is left
// open there is decided by the cases in testdata/read, which the editor's reader must read alike.
//
// Reading cannot fail: a document holds what strangers sent, and whatever it is, something can be shown
// of it. A reader takes time and memory in proportion to what is stored. Writers work within a
// transaction of the caller and leave alone what they do not change: words that stay keep their ids, and
// values, attributes and embeds that this version does not know stay where they are.
package flow
