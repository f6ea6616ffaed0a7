//! Innocent: a proxy that forwards a half-close. The client ends its half, the proxy ends its half towards the backend,
//! the backend answers for 20 s more (third argument: seconds), then everything is closed.
//!
//!     client FIN_WAIT2 -> CLOSE_WAIT proxy FIN_WAIT2 -> CLOSE_WAIT backend (sends)
mod zoo;
use std::io::{copy, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::{env, thread, time::Duration};

fn forward(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        copy(&mut from, &mut to).ok();
        to.shutdown(Shutdown::Write).ok();
    });
}

fn backend(server: TcpListener, tenths: u32) {
    for connection in server.incoming() {
        let mut connection = connection.expect("accept");
        thread::spawn(move || {
            connection.read_to_end(&mut Vec::new()).expect("request");
            for _ in 0..tenths {
                connection.write_all(b"line\n").expect("answer");
                thread::sleep(Duration::from_millis(100));
            }
        });
    }
}

fn main() {
    let seconds: u32 = env::args().nth(3).map_or(20, |text| text.parse().expect("SECONDS"));
    let (proxy, port) = zoo::listen();
    let (behind, behind_port) = zoo::listen();
    thread::spawn(move || backend(behind, seconds * 10));
    for _ in 0..zoo::count() {
        let mut client = zoo::peer(port);
        let (front, _) = proxy.accept().expect("accept");
        let back = zoo::peer(behind_port);
        forward(front.try_clone().expect("dup"), back.try_clone().expect("dup"));
        forward(back, front);
        client.write_all(b"request").expect("request");
        client.shutdown(Shutdown::Write).expect("half-close");
        thread::spawn(move || client.read_to_end(&mut Vec::new()));
    }
    zoo::until("half-closed through the proxy", || {
        [port, behind_port].iter().all(|p| zoo::rows(*p, zoo::CLOSE_WAIT).len() == zoo::count())
    });
    zoo::ready(port);
    zoo::hold()
}
