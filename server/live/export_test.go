package live

// OnlyPlainLines has no loop carry the lines of connections that come from now on.
func (l *Live) OnlyPlainLines() {
	l.loops.stop()
	l.loops.each = nil
}
