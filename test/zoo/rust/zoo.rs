//! What every Rust program of the zoo needs (std only). Arguments of each: [ADDRESS [COUNT]] (see python/zoo.py).
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::{env, fs, process, thread, time::Duration};

pub const CLOSE_WAIT: u32 = 8;

pub fn address() -> String {
    env::args().nth(1).unwrap_or_else(|| "127.0.0.1".into())
}

pub fn count() -> usize {
    env::args().nth(2).map_or(23, |text| text.parse().expect("COUNT"))
}

fn with_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

pub fn listen() -> (TcpListener, u16) {
    let address = address();
    let host = if address.starts_with("::ffff:") { "::" } else { &address };
    let server = TcpListener::bind(with_port(host, 0)).expect("bind");
    let port = server.local_addr().expect("local address").port();
    (server, port)
}

pub fn peer(port: u16) -> TcpStream {
    TcpStream::connect(with_port(address().trim_start_matches("::ffff:"), port)).expect("connect")
}

/// ::1 as /proc/net/tcp6 has it.
const LOOPBACK_6: &str = "00000000000000000000000001000000:";

/// (inode, receive queue) of the sockets with that local port in that state; of any state with 0.
/// On another address the same port may be another program's.
pub fn rows(port: u16, state: u32) -> Vec<(u64, u32)> {
    let mut found = Vec::new();
    let on_loopback_6 = address() == "::1";
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let hex = |text: &str| u32::from_str_radix(text.rsplit(':').next().unwrap(), 16).unwrap();
            let is_ours = columns[1].starts_with(LOOPBACK_6) == on_loopback_6;
            if is_ours && hex(columns[1]) == u32::from(port) && (state == 0 || hex(columns[3]) == state) {
                found.push((columns[9].parse().unwrap(), hex(columns[4])));
            }
        }
    }
    found
}

pub fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..1250 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    eprintln!("state not reached in 25 s: {what}");
    process::exit(1);
}

pub fn ready(port: u16) {
    println!("{{\"ready\":true,\"pid\":{},\"port\":{},\"held\":{}}}", process::id(), port, count());
    std::io::stdout().flush().expect("stdout");
}

/// Until whoever started us ends our standard input, or dies.
pub fn hold() -> ! {
    std::io::stdin().read_to_end(&mut Vec::new()).ok();
    process::exit(0)
}
