//! Wrong on purpose: read returned 0, and the stream goes into a map of sessions that nothing cleans.
mod zoo;
use std::io::Read;

fn main() {
    let (server, port) = zoo::listen();
    let mut sessions = Vec::new();
    for _ in 0..zoo::count() {
        let client = zoo::peer(port);
        let (mut stream, _) = server.accept().expect("accept");
        drop(client);
        while stream.read(&mut [0; 4096]).expect("read") > 0 {}
        sessions.push(stream); // should be dropped here
    }
    zoo::until("CLOSE_WAIT, EOF read", || {
        let rows = zoo::rows(port, zoo::CLOSE_WAIT);
        rows.len() == zoo::count() && rows.iter().all(|row| row.1 == 0)
    });
    zoo::ready(port);
    zoo::hold()
}
