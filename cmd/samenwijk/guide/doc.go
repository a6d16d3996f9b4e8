// Package guide holds the test of docs/install.md: its commands are typed from its own text.
package guide
