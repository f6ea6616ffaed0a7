//! Wrong on purpose: shutdown(Both) is taken for the end, and the stream is kept: no TCP table shows it, the fd stays.
mod zoo;
use std::io::Read;
use std::net::Shutdown;

fn main() {
    let (server, port) = zoo::listen();
    let mut sessions = Vec::new();
    for _ in 0..zoo::count() {
        let client = zoo::peer(port);
        let (mut stream, _) = server.accept().expect("accept");
        drop(client);
        while stream.read(&mut [0; 4096]).expect("read") > 0 {}
        stream.shutdown(Shutdown::Both).expect("shutdown");
        sessions.push(stream); // should be dropped here
    }
    zoo::until("out of the TCP tables", || zoo::rows(port, 0).len() == 1); // the listener
    zoo::ready(port);
    zoo::hold()
}
