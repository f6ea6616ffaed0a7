//! As paths.cc, in Rust: 23 connections forgotten by one function, 17 dropped by its sibling.
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};

/// What every path goes through.
#[inline(never)]
fn dial(to: SocketAddr) -> TcpStream {
    TcpStream::connect(to).expect("connect")
}

fn read_end(stream: &mut TcpStream) {
    assert_eq!(stream.read(&mut [0]).expect("read"), 0);
}

#[inline(never)]
fn fetch_forgotten(to: SocketAddr) {
    let mut stream = dial(to);
    read_end(&mut stream);
    std::mem::forget(stream);
}

#[inline(never)]
fn fetch_closed(to: SocketAddr) {
    let mut stream = dial(to);
    read_end(&mut stream);
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let here = listener.local_addr().expect("address");
    std::thread::spawn(move || loop {
        drop(listener.accept());
    });
    for turn in 0..23 {
        if turn < 17 {
            fetch_closed(here);
        }
        fetch_forgotten(here);
    }
    println!("{{\"ready\":true,\"pid\":{},\"port\":{},\"held\":23}}", std::process::id(), here.port());
    let _ = std::io::stdin().read(&mut [0]);
}
