package live

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// loop carries many lines with two goroutines: one reads from those that have something to say
// (epoll(7)), one has those write that were kicked. A line that is silent costs no more than what is
// known of it.
type loop struct {
	fd    int             // of epoll
	epoll *os.File        // the same, watched by the runtime like any other file
	raw   syscall.RawConn // of epoll
	ended sync.WaitGroup

	mu     sync.Mutex
	lines  map[int32]*watched // by descriptor
	kicked []*watched
	bell   sync.Cond // rings when lines were kicked, or off
	off    bool
}

// newLoop starts a loop.
func newLoop() (*loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("watch connections: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // says that the runtime can wait for it
		return nil, errors.Join(fmt.Errorf("watch connections: %w", err), unix.Close(fd))
	}
	l := &loop{fd: fd, epoll: os.NewFile(uintptr(fd), "epoll"), lines: map[int32]*watched{}}
	l.bell.L = &l.mu
	if l.raw, err = l.epoll.SyscallConn(); err != nil {
		return nil, errors.Join(fmt.Errorf("watch connections: %w", err), l.epoll.Close())
	}
	l.ended.Go(l.read)
	l.ended.Go(l.write)
	return l, nil
}

// stop ends the loop, and the lines that it still carries.
func (l *loop) stop() {
	l.mu.Lock()
	l.off = true
	l.bell.Signal()
	rest := make([]*watched, 0, len(l.lines))
	for _, w := range l.lines {
		rest = append(rest, w)
	}
	l.mu.Unlock()
	for _, w := range rest {
		w.end()
	}
	_ = l.epoll.Close()
	l.ended.Wait()
}

// read brings to the sockets what their clients send.
func (l *loop) read() {
	events, b, with := make([]unix.EpollEvent, 256), make([]byte, 64<<10), newPen()
	for {
		n := 0
		err := l.raw.Read(func(fd uintptr) bool {
			n = ready(int(fd), events)
			return n > 0 // otherwise the goroutine waits until there are some
		})
		if err != nil {
			return // the loop was stopped
		}
		for _, e := range events[:n] {
			l.mu.Lock()
			w := l.lines[e.Fd]
			l.mu.Unlock()
			if w == nil {
				continue // it ended meanwhile
			}
			if e.Events&unix.EPOLLOUT != 0 {
				w.free()
				w.socket.flush(with)
			}
			if e.Events&^unix.EPOLLOUT != 0 {
				w.read(b)
			}
		}
	}
}

// write has the sockets write that were kicked.
func (l *loop) write() {
	with := newPen()
	var turn []*watched
	for {
		l.mu.Lock()
		for len(l.kicked) == 0 && !l.off {
			l.bell.Wait()
		}
		if l.off {
			l.mu.Unlock()
			return
		}
		turn, l.kicked = l.kicked, turn[:0]
		l.mu.Unlock()
		for _, w := range turn {
			w.kicked.Store(false) // before it looks: what comes later kicks again
			w.socket.flush(with)
		}
		clear(turn)
	}
}

// adopt returns a line over a connection that the server may close from then on.
func (l *loop) adopt(s *socket, conn *net.TCPConn) (line, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	own := -1
	var failed error
	if err := raw.Control(func(fd uintptr) { own, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, failed
	}
	// What waits in the socket is not seen to move, and there may be megabytes of it.
	_ = unix.SetsockoptInt(own, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, systemBytes) // an older system keeps more
	return &watched{loop: l, socket: s, fd: own}, nil
}

// watched is a line of a loop.
type watched struct {
	loop   *loop
	socket *socket
	kicked atomic.Bool

	mu      sync.Mutex // held while the descriptor is used: once closed, its number is somebody else's
	fd      int        // -1 when the line has ended
	carried bool       // the loop watches it
	held    bool       // nothing is read for now
	full    bool       // what was written last did not fit; the loop says when there is room
}

func (w *watched) run(early []byte) {
	if wait := w.socket.heard(early); wait != nil {
		wait()
	}
	if err := w.carry(); err != nil {
		w.end()
	}
}

// carry has the loop watch the line.
func (w *watched) carry() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return nil
	}
	l := w.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.off {
		return net.ErrClosed
	}
	l.lines[int32(w.fd)], w.carried = w, true
	return w.watch(unix.EPOLL_CTL_ADD)
}

// watch tells epoll what matters now.
func (w *watched) watch(how int) error {
	if w.fd < 0 || !w.carried {
		return nil
	}
	e := unix.EpollEvent{Fd: int32(w.fd)}
	if !w.held {
		e.Events |= unix.EPOLLIN
	}
	if w.full {
		e.Events |= unix.EPOLLOUT
	}
	return unix.EpollCtl(w.loop.fd, how, w.fd, &e)
}

// read brings to the socket what the client sent, once.
func (w *watched) read(b []byte) {
	w.mu.Lock()
	if w.fd < 0 {
		w.mu.Unlock()
		return
	}
	n, err := 0, error(nil) // a line that is held wakes the loop only when it is broken
	if !w.held {
		n, err = read(w.fd, b)
	}
	w.mu.Unlock()
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
	case err != nil, n == 0:
		w.end()
	default:
		if wait := w.socket.heard(b[:n]); wait != nil {
			w.hold(true)
			go func() {
				wait()
				w.hold(false)
			}()
		}
	}
}

// hold stops reading, or goes on.
func (w *watched) hold(on bool) {
	w.mu.Lock()
	w.held = on
	err := w.watch(unix.EPOLL_CTL_MOD)
	w.mu.Unlock()
	if err != nil {
		w.end()
	}
}

func (w *watched) write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return 0, net.ErrClosed
	}
	if w.full {
		return 0, nil
	}
	n, err := write(w.fd, b)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		n, err = 0, nil
	}
	if err == nil && n < len(b) {
		w.full = true
		err = w.watch(unix.EPOLL_CTL_MOD)
	}
	return max(n, 0), err
}

func (w *watched) owed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd < 0 {
		return 0
	}
	n, err := unix.IoctlGetInt(w.fd, unix.SIOCOUTQ)
	if err != nil {
		return 0
	}
	return n
}

// free says that there is room again.
func (w *watched) free() {
	w.mu.Lock()
	w.full = false
	err := w.watch(unix.EPOLL_CTL_MOD)
	w.mu.Unlock()
	if err != nil {
		w.end()
	}
}

func (w *watched) kick() {
	if w.kicked.Swap(true) {
		return
	}
	l := w.loop
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kicked = append(l.kicked, w); len(l.kicked) == 1 {
		l.bell.Signal()
	}
}

func (w *watched) end() {
	w.mu.Lock()
	fd := w.fd
	if w.fd = -1; fd >= 0 {
		l := w.loop
		l.mu.Lock()
		if w.carried {
			delete(l.lines, int32(fd))
			_ = unix.EpollCtl(l.fd, unix.EPOLL_CTL_DEL, fd, nil) // the server may still hold the connection as well
		}
		l.mu.Unlock()
		_ = unix.Close(fd)
	}
	w.mu.Unlock()
	if fd >= 0 {
		w.socket.gone()
	}
}

// The calls that follow never wait, so the runtime is not told of them: it would prepare for long ones,
// and have a thread look every few microseconds whether they last.

// ready fills events with what epoll has to say, and returns how many; none also after an error, which
// then comes back when the runtime looks.
func ready(epoll int, events []unix.EpollEvent) int {
	n, _, failed := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if failed != 0 {
		return 0
	}
	return int(n)
}

// read reads from a descriptor that does not block; b is not empty.
func read(fd int, b []byte) (int, error) {
	n, _, failed := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if failed != 0 {
		return -1, failed
	}
	return int(n), nil
}

// write writes to a descriptor that does not block; b is not empty.
func write(fd int, b []byte) (int, error) {
	n, _, failed := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if failed != 0 {
		return -1, failed
	}
	return int(n), nil
}
