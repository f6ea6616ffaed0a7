// As paths.c, of which it has the fetches: 17 are closed, 23 forgotten. A server accepts them all in one loop and hangs up.
// Somebody keeps what is forgotten, or the collector would close it.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

var forgotten []net.Conn
var address string

//go:noinline
func dial() net.Conn {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		panic(err)
	}
	return conn
}

//go:noinline
func toldEnd(conn net.Conn) {
	_, _ = io.Copy(io.Discard, conn)
}

//go:noinline
func fetchClosed() {
	conn := dial()
	toldEnd(conn)
	conn.Close()
}

//go:noinline
func fetchForgotten() {
	conn := dial()
	toldEnd(conn)
	forgotten = append(forgotten, conn)
}

func acceptLoop(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte{'c'})
		conn.Close()
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	address = listener.Addr().String()
	go acceptLoop(listener)
	for turn := 0; turn < 23; turn++ {
		if turn < 17 {
			fetchClosed()
		}
		fetchForgotten()
	}
	port := listener.Addr().(*net.TCPAddr).Port
	fmt.Printf("{\"ready\":true,\"pid\":%d,\"port\":%d,\"held\":23}\n", os.Getpid(), port)
	_, _ = os.Stdin.Read(make([]byte, 1))
}
