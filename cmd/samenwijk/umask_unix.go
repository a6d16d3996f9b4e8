//go:build unix

package main

import "syscall"

// keepToOurselves has every file that the program makes from now on be its owner's alone.
func keepToOurselves() { syscall.Umask(0o077) }
