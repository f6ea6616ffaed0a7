"""A clean suite: an HTTP/1.1 server in a process of its own, keep-alive clients, a graceful end or (argument "kill") an abrupt one."""
import http.client
import http.server
import multiprocessing
import signal
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"hello"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(pipe):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    pipe.send(server.server_address)
    server.serve_forever()
    server.server_close()


def main(how="shutdown"):
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,))
    server.start()
    address = ours.recv()
    clients = [http.client.HTTPConnection(*address) for _ in range(10)]
    for _ in range(20):
        for client in clients:
            client.request("GET", "/")
            assert client.getresponse().read() == b"hello"
    for client in clients[:5]:
        client.close()
    if how == "kill":
        server.kill()
    else:
        server.terminate()
    server.join()
    for client in clients[5:]:
        client.close()
    print("20 requests on each of 10 connections")


main(*sys.argv[1:])
